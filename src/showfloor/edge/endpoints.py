"""The HTTP endpoints of a show's timeline, beside its WebSocket.

    GET  /timeline/<show>                      its position; as text/event-stream: follow it
    GET  /timeline/<show>/snapshot             the show as it is now
    GET  /timeline/<show>/ticks/<n>            one tick; a request for the next one blocks until it
    is closed
    GET  /timeline/<show>/ranges/<epoch>/<k>   500 entries, for late joiners and replays
    GET  /timeline/<show>/private?after=<seq>  entries for the bearer of the token alone
    POST /timeline/<show>/commands             one command of a person

`/timeline/<show>/backstage` and its ticks and ranges are the same for staff alone. A bearer token
identifies a person, never a cookie. Everyone gets the same bytes of a public show, and caches may
keep them. A show for members or for people with a ticket is for those alone, and in no cache. Any
other show looks like one that does not exist, except to staff.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.commands.endpoint import CommandEndpoint
from showfloor.edge.commands.rate_limit import CommandRateLimit
from showfloor.edge.http import responses
from showfloor.edge.http.connection_slots import Target
from showfloor.edge.http.direct import Answer
from showfloor.edge.http.fair_queue import FairQueue
from showfloor.edge.http.responses import (
    ClientDisconnected,
    RequestRejected,
    Response,
    problem,
    problem_of,
)
from showfloor.edge.ports import (
    AdmissionDenied,
    Authorizer,
    Commands,
    LogStore,
    PersonalStreamStore,
    Snapshots,
)
from showfloor.edge.sse.streams import EventStreams, read_position
from showfloor.edge.ticks.endpoint import TickEndpoint
from showfloor.edge.ticks.ranges import IS_COMPLETE, Ranges
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.clock import Clock, iso_ms, utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.json_text import json_bytes
from showfloor.kernel.networks import network_of
from showfloor.kernel.problems import problem as described
from showfloor.timeline.bus import Bus, Wake
from showfloor.timeline.log import NoTimeline

log = logging.getLogger(__name__)

PRIVATE_MAX: Final = 200  # entries in one answer
READS_MAX: Final = 16  # at a time, of ranges and of people's own streams
EVENT_STREAM: Final = "text/event-stream"
_NOW: Final = "public, max-age=1"
_NUMBER: Final = r"(?:0|[1-9][0-9]{0,14})"
_PATH: Final = re.compile(
    r"/timeline/(?P<slug>[-a-zA-Z0-9_]{1,80})(?P<backstage>/backstage)?"
    rf"(?:/ticks/(?P<tick>{_NUMBER})|/ranges/(?P<epoch>[A-Za-z0-9_-]{{1,64}})/(?P<range>{_NUMBER})"
    r"|/(?P<word>snapshot|private|commands))?"
)
_COMMANDS: Final = re.compile(r"/timeline/([-a-zA-Z0-9_]{1,80})/commands")
# for one person: never for other origins, never in a cache
_FOR_ONE: Final = frozenset({"private", "commands"})
_STATUS: Final = {
    1012: 503, 4400: 400, 4401: 401, 4402: 403, 4403: 403, 4404: 404, 4429: 429, 4503: 503,
}  # fmt: skip
_CODE: Final = {
    401: "bad-token",
    403: "banned",
    404: "not-found",
    429: "rate-limited",
    503: "unavailable",
}
_SENTENCE: Final = {
    401: "This token is no good here; take a new one.",
    403: "You can't take part here.",
    404: "There is no such show.",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """The ports that the endpoints use. A port that is None is not offered (501)."""

    store: LogStore
    snapshots: Snapshots | None = None
    personal: PersonalStreamStore | None = None
    commands: Commands | None = None


class TimelineEndpoints:
    """The ASGI application for HTTP below `/timeline/`."""

    def __init__(
        self, authorizer: Authorizer, sources: Sources, *,
        streams: EventStreams, ticks: TickEndpoint, rate_limit: CommandRateLimit | None = None,
        trusted_proxies: int = 0, clock: Clock = utc_now,
        network: Callable[[str], str] = network_of,
    ) -> None:  # fmt: skip
        """`network`: the key by which an address shares the database with others."""
        self._authorizer = authorizer
        self._sources = sources
        self._trusted_proxies = trusted_proxies
        self._clock = clock
        self._streams = streams
        self._ticks = ticks
        rate_limit = rate_limit or CommandRateLimit()
        self._commands = CommandEndpoint(sources.commands, rate_limit) if sources.commands else None
        self._ranges = Ranges(sources.store)
        self._reads = FairQueue(READS_MAX)
        self._network = network
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self, bus: Bus) -> None:
        """Drop cached ranges at each redaction, until `stop`."""
        loop = asyncio.get_running_loop()

        def woken(wake: Wake) -> None:
            if wake.redacted and not loop.is_closed():
                loop.call_soon_threadsafe(self._ranges.forget, wake.timeline_id)

        self._unsubscribe = bus.subscribe(woken)

    def stop(self) -> None:
        self._unsubscribe()

    def direct(self, scope: Scope, body: bytes, answer: Answer) -> bool:
        """Take a command of a person who is known here, to a show that is (`edge.http.direct`)."""
        found = _COMMANDS.fullmatch(scope["path"])
        if found is None or scope["method"] != "POST" or self._commands is None:
            return False
        try:
            responses.query(scope)
            token = responses.bearer(scope)
        except RequestRejected:
            return False
        known = self._authorizer.known(found[1], token) if token is not None else None
        if known is None:
            return False
        show_id, claims = known
        return self._commands.take(claims, show_id, scope, body, answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.fullmatch(scope["path"])
        try:
            response = await self._answer(found, scope, receive, send)
        except RequestRejected as rejected:
            response = rejected.response
        except AdmissionDenied as denied:
            response = denial_response(denied)
        except NoTimeline:
            response = _NO_SHOW
        except ShowfloorError as error:
            response = problem_of(described(error))
        except ClientDisconnected:
            return
        except Exception:  # a database that does not answer must not give a bare 500
            log.exception("timeline_door_failed path=%s", scope["path"])
            response = _UNAVAILABLE
        if response is not None:
            if found is not None and found["word"] not in _FOR_ONE:
                response = response.with_headers(*responses.PUBLIC_CORS)
            await responses.respond(send, response, head=scope["method"] == "HEAD")

    async def _answer(
        self, found: re.Match[str] | None, scope: Scope, receive: Receive, send: Send
    ) -> Response | None:
        """Return the response; None where it has been sent already."""
        if found is None or (found["backstage"] and found["word"]):
            return _NO_ADDRESS
        methods = ("POST",) if found["word"] == "commands" else ("GET", "HEAD")
        if scope["method"] == "OPTIONS" and found["word"] not in _FOR_ONE:
            return _PREFLIGHT
        if scope["method"] not in methods:
            return problem(
                405, "method-not-allowed", f"Only {' and '.join(methods)}."
            ).with_headers((b"allow", ", ".join(methods).encode()))
        if found["word"] == "commands":
            return await self._command(found, scope, receive)
        if found["word"] == "private":
            return await self._personal(found, scope)
        if found["tick"] is None and found["word"] is None and found["range"] is None:
            return await self._start(found, scope, receive, send)
        return await self._cacheable(found, scope, receive)

    async def _start(
        self, found: re.Match[str], scope: Scope, receive: Receive, send: Send
    ) -> Response | None:
        """Stream the timeline, or return its position."""
        if responses.accepts(scope, EVENT_STREAM):
            position = read_position(scope)
            target = await self._admit(found, responses.bearer(scope), self._address(scope))
            return await self._streams.follow(target, position, scope, receive, send)
        responses.query(scope)
        target = await self._admit(found, responses.bearer(scope))
        here = await self._ticks.position(target.timeline_id)
        body = json_bytes({**here, "now": iso_ms(self._clock())})
        response = Response(200, body, cache=_NOW)
        return self._kept(target, response.with_headers(responses.vary("Accept")))

    async def _cacheable(self, found: re.Match[str], scope: Scope, receive: Receive) -> Response:
        """Return a resource that is the same for everyone who may see the show."""
        responses.query(scope)
        target = await self._admit(found, responses.bearer(scope))
        if found["tick"] is not None:
            response = await self._ticks.get(target, int(found["tick"]), receive)
        elif found["range"] is not None:
            async with self._reading(scope):
                response = await self._range(target, found["epoch"], int(found["range"]), scope)
        else:
            response = await self._snapshot(target)
        return self._kept(target, response)

    async def _range(self, target: Target, epoch: str, number: int, scope: Scope) -> Response:
        rendered = await self._ranges.get(target.timeline_id, epoch, number)
        if rendered is None:
            return problem(404, "not-found", "There is no such range (yet).", cache=_NOW)
        cache = IS_COMPLETE if rendered.kept else "no-store"
        response = Response(200, rendered.body, cache=cache).with_headers(
            (b"etag", rendered.tag.encode())
        )
        return (
            responses.not_modified(response)
            if responses.is_known(scope, rendered.tag)
            else response
        )

    async def _snapshot(self, target: Target) -> Response:
        if self._sources.snapshots is None:
            return _NOT_OFFERED
        body = await self._sources.snapshots.snapshot(target.timeline_id)
        return Response(200, body, cache=_NOW)

    async def _personal(self, found: re.Match[str], scope: Scope) -> Response:
        after = responses.position_from(responses.query(scope, "after").get("after", "0"), "after")
        target = await self._admit_person(found, scope)
        if self._sources.personal is None:
            return _NOT_OFFERED
        async with self._reading(scope):
            entries = await self._sources.personal.read(
                target.admission.brand_id, target.claims.sub, after, PRIVATE_MAX
            )
        body = {
            "type": "private",
            "from": after + 1,
            "to": entries[-1].seq if entries else after,
            "more": len(entries) == PRIVATE_MAX,
            "entries": [entry.wire() for entry in entries],
        }
        return Response(200, json_bytes(body)).uncached()

    async def _command(self, found: re.Match[str], scope: Scope, receive: Receive) -> Response:
        responses.query(scope)
        target = await self._admit_person(found, scope)
        if self._commands is None:
            return _NOT_OFFERED
        return await self._commands.post(target.claims, target.admission.show_id, scope, receive)

    async def _admit_person(self, found: re.Match[str], scope: Scope) -> Target:
        token = responses.bearer(scope)
        if token is None:
            raise RequestRejected(problem(401, "token-required", "A viewer token is needed."))
        return await self._admit(found, token, self._address(scope))

    async def _admit(self, found: re.Match[str], token: str | None, address: str = "") -> Target:
        """Return what this request may read; AdmissionDenied. `address` is the visitor's where the
        response is for them alone: a response that caches keep must not depend on who asks first,
        and a person with a token is known by it."""
        admission, claims = await self._authorizer.admit(found["slug"], token, address)
        if not found["backstage"]:
            return Target(admission.timeline_id, admission.public, admission, claims)
        if not claims.is_staff or not admission.backstage_id:
            raise RequestRejected(_NO_SHOW)
        return Target(admission.backstage_id, False, admission, claims)

    def _reading(self, scope: Scope) -> AbstractAsyncContextManager[None]:
        """Wait for a turn at the database, shared fairly among networks; ShowfloorError."""
        return self._reads.turn(self._network(self._address(scope)))

    def _kept(self, target: Target, response: Response) -> Response:
        return response if target.public else response.uncached()

    def _address(self, scope: Scope) -> str:
        """Return the visitor's address, so that a ban by network holds here, too."""
        return responses.visitor_address(scope, self._trusted_proxies)


def denial_response(denied: AdmissionDenied) -> Response:
    """Return the problem for a denial that a WebSocket answers with a close code."""
    if denied.code not in _STATUS:
        return problem(403, "refused", denied.reason).uncached()
    status = _STATUS[denied.code]
    if denied.code == CloseCode.NO_RIGHT:
        sentence = f"{denied.reason[:1].upper()}{denied.reason[1:]}."
        return problem(status, "no-right", sentence).uncached()
    code = _CODE.get(status, "refused")
    if status == HTTPStatus.UNAUTHORIZED and "run out" in denied.reason:
        code = "token-expired"
    members: dict[str, Any] = {
        "status": status, "code": code, "detail": _SENTENCE.get(status, denied.reason),
    }  # fmt: skip
    if status in {429, 503}:
        members["retry_after_s"] = 2
    return problem_of(members).uncached()


_NO_SHOW: Final = denial_response(AdmissionDenied(4404, ""))
_NO_ADDRESS: Final = problem(404, "not-found", "There is no such address.")
_NOT_OFFERED: Final = problem(501, "not-offered", "This server does not offer that.")
_UNAVAILABLE: Final = problem(
    503, "unavailable", "Something we need does not answer. Try again.", retry_after_s=2
)
_PREFLIGHT: Final = Response(
    HTTPStatus.NO_CONTENT, cache="max-age=86400",
    headers=(
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"Authorization, If-None-Match, Last-Event-ID"),
        (b"access-control-max-age", b"86400"),
    ),
)  # fmt: skip
