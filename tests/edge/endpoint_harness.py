"""A show's timeline in memory, and its HTTP endpoints around it, in process or served for real."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, override

import httpx

from showfloor.accounts.tokens import Claims
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.endpoints import Sources, TimelineEndpoints
from showfloor.edge.fanout.hub import Hub
from showfloor.edge.fanout.personal_streams import PersonalStreams
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.sse.streams import EventStreams, StreamLimits
from showfloor.edge.ticks.endpoint import TickEndpoint, TickLimits
from showfloor.timeline.bus import Bus
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import Entry, Head, NoTimeline, Tick
from showfloor.timeline.presence import PresenceCounter
from tests.edge.socket_harness import MemoryPersonalStreams
from tests.support.asgi import served
from tests.support.commands import MadeUpCommands

BRAND, TIMELINE, BACKSTAGE, EPOCH = "brand", "timeline", "backstage", "epoch-1"
GUEST, STAFF, BANNED, STALE = "guest", "staff", "banned", "stale"


class MemoryTimeline:
    """The log of one timeline and one backstage, their ticks and their snapshots."""

    def __init__(self) -> None:
        self.entries: dict[str, list[Entry]] = {TIMELINE: [], BACKSTAGE: []}
        self.cuts: dict[str, list[Tick]] = {TIMELINE: [], BACKSTAGE: []}
        self.epoch = EPOCH
        self.redactions = 0
        self.reads = 0
        self.fails = False

    def add(self, *texts: str, to: str = TIMELINE) -> None:
        entries = self.entries[to]
        for text in texts:
            entries.append(Entry(len(entries) + 1, 1_000, "said", {"text": text}))

    def cut(self, timeline_id: str = TIMELINE) -> Tick:
        """Close a tick with what is there, though that may be nothing."""
        ticks = self.cuts[timeline_id]
        first = ticks[-1].last + 1 if ticks else 1
        tick = Tick(len(ticks) + 1, first, len(self.entries[timeline_id]), 1_000)
        ticks.append(tick)
        return tick

    def redact(self, seq: int) -> None:
        entry = self.entries[TIMELINE][seq - 1]
        self.entries[TIMELINE][seq - 1] = Entry(seq, entry.at, entry.kind, {})
        self.redactions += 1

    async def head(self, timeline_id: str) -> Head:
        self._look(timeline_id)
        ticks = self.cuts[timeline_id]
        return Head(
            len(self.entries[timeline_id]), self.epoch, len(ticks),
            ticks[-1].last if ticks else 0, self.redactions,
        )  # fmt: skip

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]:
        self._look(timeline_id)
        self.reads += 1
        end = until if until is not None else len(self.entries[timeline_id])
        return self.entries[timeline_id][after:end][:limit]

    async def ticks(self, timeline_id: str, after: int, limit: int) -> list[Tick]:
        self._look(timeline_id)
        return self.cuts[timeline_id][after : after + limit]

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        self._look(timeline_id)
        ticks = self.cuts[timeline_id]
        if empty or len(self.entries[timeline_id]) > (ticks[-1].last if ticks else 0):
            self.cut(timeline_id)

    async def snapshot(self, timeline_id: str) -> bytes:
        self._look(timeline_id)
        seq = len(self.entries[timeline_id])
        return json.dumps({"timeline": {"seq": seq, "epoch": self.epoch}}).encode()

    def _look(self, timeline_id: str) -> None:
        if self.fails:
            raise ConnectionError("no database")
        if timeline_id not in self.entries:
            raise NoTimeline(timeline_id)


class MemoryAuthorizer:
    """The show `open` is everyone's, `some` that of those with a token, `draft` is staff's, `lost`
    has no timeline; the token names the person. `banned_networks`: addresses that are out."""

    def __init__(self) -> None:
        self.banned_networks: set[str] = set()
        self.turns_away: AdmissionDenied | None = None

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        if self.turns_away is not None:
            raise self.turns_away
        is_there = slug in {"open", "some", "draft", "lost"}
        if not is_there or (slug == "draft" and token != STAFF):
            raise AdmissionDenied(4404, "no such show")
        if slug == "some" and token is None:
            raise AdmissionDenied(4402, "this show is for people with a ticket")
        if token == STALE:
            raise AdmissionDenied(4401, "run out")
        if token == BANNED or (token is None and address in self.banned_networks):
            raise AdmissionDenied(4403, "sent out of this show")
        if token not in {None, STAFF} and not (token or "").startswith(GUEST):
            raise AdmissionDenied(4401, "not signed by us")
        roles = ("producer",) if token == STAFF else ()
        kind = "u" if roles else "g"
        claims = Claims(f"{kind}:{token or ''}", BRAND, roles=roles, network=f"net-of-{address}")
        timeline_id = "none" if slug == "lost" else TIMELINE
        backstage = BACKSTAGE if slug == "open" else ""
        return Admission(timeline_id, BRAND, "show", slug, slug == "open", backstage), claims

    def known(self, slug: str, token: str) -> tuple[str, Claims] | None:
        is_known = slug == "open" and token.startswith(GUEST)
        return ("show", Claims(f"g:{token}", BRAND)) if is_known else None

    def renew(self, claims: Claims, token: str) -> Claims:
        return claims


class MemoryCommands(MadeUpCommands):
    """Does everything by saying so; `outcome` is what comes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Command] = []
        self.outcome = Outcome(seq=7, result={"message_id": "m1"})

    @override
    async def submit(self, command: Command) -> Outcome:
        self.done.append(command)
        return self.outcome


class EndpointHarness:
    """The endpoints, and what the tests do with the timeline behind them."""

    def __init__(
        self, streams: StreamLimits | None = None, ticks: TickLimits | None = None,
        trusted_proxies: int = 0,
    ) -> None:  # fmt: skip
        self.log = MemoryTimeline()
        self.bus = Bus()
        self.authorizer = MemoryAuthorizer()
        self.personal = MemoryPersonalStreams()
        self.commands = MemoryCommands()
        self.counter = PresenceCounter()
        self.hub = Hub(self.log, self.bus, self.log, self.log, counter=self.counter)
        personal = PersonalStreams(self.hub, self.personal)
        self.streams = EventStreams(self.hub, self.log, streams, personal=personal)
        self.ticks = TickEndpoint(self.hub, ticks)
        sources = Sources(self.log, self.log, self.personal, self.commands)
        self.app = TimelineEndpoints(
            self.authorizer, sources, streams=self.streams, ticks=self.ticks,
            trusted_proxies=trusted_proxies,
        )  # fmt: skip
        self.requests: list[str] = []
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://shop.test"
        )
        self.url = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests.append(f"{scope['method']} {scope['path']}")
        await self.app(scope, receive, send)

    @property
    def viewers(self) -> int:
        return self.counter.read(TIMELINE).viewers

    def say(self, *texts: str, to: str = TIMELINE) -> None:
        self.log.add(*texts, to=to)
        self.bus.wake(to)

    def tell(self, subject: str, *texts: str) -> None:
        """Something for one person alone."""
        self.personal.add(subject, *texts)
        self.bus.wake_person(BRAND, subject)

    def redact(self, seq: int) -> None:
        self.log.redact(seq)
        self.bus.wake(TIMELINE, redacted=(seq,))

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        return await self.ask("GET", path, token, content=None, **headers)

    async def ask(
        self, method: str, path: str, token: str | None = None, *,
        content: bytes | None = None, **headers: str,
    ) -> httpx.Response:  # fmt: skip
        """`path` is below `/timeline/`; underscores in names of headers are dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        return await self.client.request(
            method, f"{self.url}/timeline/{path}", headers=sent, content=content
        )

    async def command(
        self, body: Any, token: str | None = GUEST, slug: str = "open",
        content_type: str = "application/json", accept_language: str = "",
    ) -> httpx.Response:  # fmt: skip
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.ask(
            "POST", f"{slug}/commands", token, content=content,
            content_type=content_type, accept_language=accept_language,
        )  # fmt: skip


@asynccontextmanager
async def endpoint_harness(
    streams: StreamLimits | None = None, ticks: TickLimits | None = None,
    trusted_proxies: int = 0,
) -> AsyncIterator[EndpointHarness]:  # fmt: skip
    """Within the test's own loop, without a socket."""
    harness = EndpointHarness(streams, ticks, trusted_proxies)
    harness.hub.start()
    harness.app.start(harness.bus)
    try:
        yield harness
    finally:
        await harness.client.aclose()
        harness.app.stop()
        harness.hub.stop()


@asynccontextmanager
async def served_endpoints(
    streams: StreamLimits | None = None, ticks: TickLimits | None = None
) -> AsyncIterator[EndpointHarness]:
    """Behind a real uvicorn."""
    async with endpoint_harness(streams, ticks) as harness, served(harness) as port:
        await harness.client.aclose()
        harness.url = f"http://127.0.0.1:{port}"
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(timeout=30, limits=limits) as client:
            harness.client = client
            yield harness


def texts(frame: Any) -> Sequence[str]:
    """What the entries of a frame say."""
    return [entry["body"].get("text", "") for entry in frame["entries"]]
