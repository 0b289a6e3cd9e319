"""A timeline in memory, served over WebSockets by a real uvicorn, and what tests do with it."""

import asyncio
import json
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from showfloor.accounts.tokens import Claims
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.fanout.hub import Hub
from showfloor.edge.fanout.limits import HubLimits
from showfloor.edge.fanout.personal_streams import PersonalStreams
from showfloor.edge.fanout.tick_codec import Thin
from showfloor.edge.http.intake import Intake
from showfloor.edge.ports import Admission, AdmissionDenied, Commands, PersonalStreamStore
from showfloor.edge.websocket import connection
from showfloor.edge.websocket.registry import ConnectionRegistry, SocketLimits
from showfloor.timeline.bus import Bus
from showfloor.timeline.log import TICK_ENTRIES_MAX, TICK_MS, Entry, Head, NoTimeline, Tick
from showfloor.timeline.presence import PresenceCounter
from tests.support.asgi import served
from tests.support.waiting import await_until

BRAND, TIMELINE, BACKSTAGE, EPOCH = "brand", "timeline", "backstage", "epoch-1"
EPOCH_MS = 1_772_366_400_000


class MemoryLog:
    """The log of one timeline and its ticks, by the rules of the one in SQL."""

    def __init__(self, timeline_id: str = TIMELINE) -> None:
        self.timeline_id = timeline_id
        self.entries: list[Entry] = []
        self.closed: list[Tick] = []
        self.redactions = 0
        self.epoch = EPOCH
        self.queries = 0
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.after_read: Callable[[], None] = lambda: None
        self.failing = False

    def add(self, *texts: str, kind: str = "said") -> None:
        for text in texts:
            self.entries.append(Entry(len(self.entries) + 1, EPOCH_MS, kind, {"text": text}))

    def redact(self, seq: int) -> None:
        old = self.entries[seq - 1]
        self.entries[seq - 1] = Entry(seq, old.at, old.kind, {"text": ""})
        self.redactions += 1

    def cut(self, count: int | None = None) -> None:
        """Close a tick by hand, of so many entries."""
        first = self.ticked + 1
        last = len(self.entries) if count is None else self.ticked + count
        self.closed.append(Tick(len(self.closed) + 1, first, last, int(time.time() * 1000)))

    @property
    def ticked(self) -> int:
        return self.closed[-1].last if self.closed else 0

    async def head(self, timeline_id: str) -> Head:
        self._asked(timeline_id)
        await self.may_open.wait()
        return Head(len(self.entries), self.epoch, len(self.closed), self.ticked, self.redactions)

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]:
        self._asked(timeline_id)
        end = until if until is not None else len(self.entries)
        await self.may_read.wait()
        found = self.entries[after:end][:limit]
        await asyncio.sleep(0)
        self.after_read()
        return found

    async def ticks(self, timeline_id: str, after: int, limit: int) -> list[Tick]:
        self._asked(timeline_id)
        return self.closed[after : after + limit]

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        if self.failing:
            raise OSError("the database is away")
        waiting = len(self.entries) - self.ticked
        young = bool(self.closed) and time.time() * 1000 - self.closed[-1].at < TICK_MS
        if (waiting or empty) and (not young or waiting > TICK_ENTRIES_MAX):
            self.cut(min(waiting, TICK_ENTRIES_MAX))

    def _asked(self, timeline_id: str) -> None:
        self.queries += 1
        if self.failing:
            raise OSError("the database is away")
        if timeline_id != self.timeline_id:
            raise NoTimeline(timeline_id)


class MemoryPersonalStreams:
    """`edge.ports.Private`: everyone's own stream holds what `streams` says."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Entry]] = {}
        self.reads = 0
        self.may_read = asyncio.Event()
        self.may_read.set()

    def add(self, subject: str, *texts: str) -> None:
        stream = self.streams.setdefault(subject, [])
        for text in texts:
            stream.append(Entry(len(stream) + 1, 1_000, "told", {"text": text}))

    async def read(self, brand_id: str, subject: str, after: int, limit: int) -> list[Entry]:
        assert brand_id == BRAND
        self.reads += 1
        await asyncio.sleep(0)
        await self.may_read.wait()
        return [entry for entry in self.streams.get(subject, []) if entry.seq > after][:limit]

    async def ahead(self, brand_id: str, told: Mapping[str, int]) -> list[str]:
        assert brand_id == BRAND
        return [
            subject for subject, seq in told.items() if len(self.streams.get(subject, [])) > seq
        ]


class TwoLogs:
    """A show's log and its backstage's."""

    def __init__(self, *logs: MemoryLog) -> None:
        self._logs = {log.timeline_id: log for log in logs}

    async def head(self, timeline_id: str) -> Head:
        return await self._log(timeline_id).head(timeline_id)

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]:
        return await self._log(timeline_id).read(timeline_id, after, limit, until)

    async def ticks(self, timeline_id: str, after: int, limit: int) -> list[Tick]:
        return await self._log(timeline_id).ticks(timeline_id, after, limit)

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        await self._log(timeline_id).close_tick(timeline_id, empty=empty)

    def _log(self, timeline_id: str) -> MemoryLog:
        if timeline_id not in self._logs:
            raise NoTimeline(timeline_id)
        return self._logs[timeline_id]


class LogSnapshots:
    """A snapshot that is the texts so far."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.made = 0
        self.failing = False

    async def snapshot(self, timeline_id: str) -> bytes:
        self.made += 1
        await asyncio.sleep(0)
        if self.failing:
            raise OSError("no snapshot")
        texts = [entry.body["text"] for entry in self._log.entries[-50:]]
        timeline = {"seq": len(self._log.entries), "epoch": self._log.epoch}
        return json.dumps({"timeline": timeline, "texts": texts}).encode()


class OpenAuthorizer:
    """Lets everyone into the show `open`, as the person whose name is the token. `staff…` works
    there, `late…` has an old token, `bad…` a bad one."""

    def __init__(self) -> None:
        self.failing = False
        self.banned: set[str] = set()  # a moment ago

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        if self.failing:
            raise OSError("the database is away")
        if slug not in {"open", "plain"}:
            raise AdmissionDenied(4404, "no such show")
        backstage = BACKSTAGE if slug == "open" else ""
        admission = Admission(TIMELINE, BRAND, "show-1", slug, True, backstage)
        return admission, self._claims(token or "", address)

    def known(self, slug: str, token: str) -> tuple[str, Claims] | None:
        return None

    def check_again(self, claims: Claims) -> None:
        if claims.sub in self.banned:
            raise AdmissionDenied(4403, "sent out")

    def renew(self, claims: Claims, token: str) -> Claims:
        fresh = self._claims(token, "")
        if fresh.sub != claims.sub:
            raise AdmissionDenied(4401, "a token of someone else")
        return fresh

    def _claims(self, token: str, address: str) -> Claims:
        if token.startswith("bad"):
            raise AdmissionDenied(4401, "not a token")
        if token.startswith("banned"):
            raise AdmissionDenied(4403, "sent out")
        name = token.removeprefix("late-")
        roles = ("producer",) if name.startswith("staff") else ()
        issued_at = 1 if token.startswith("late") else int(time.time() * 1000)
        return Claims(
            f"g:{name}", BRAND, roles=roles, network=f"net-of-{address}", issued_at=issued_at
        )


class SocketHarness:
    """A served timeline."""

    def __init__(self, port: int, log: MemoryLog, sockets: ConnectionRegistry, bus: Bus) -> None:
        self.port, self.log, self.bus, self.sockets = port, log, bus, sockets
        self.hub = sockets.hub
        self.authorizer: OpenAuthorizer
        self.snapshots: LogSnapshots
        self.backstage: MemoryLog

    def say(self, *texts: str) -> None:
        self.log.add(*texts)
        self.bus.wake(TIMELINE)

    def redact(self, seq: int) -> None:
        self.log.redact(seq)
        self.bus.wake(TIMELINE, redacted=(seq,))

    def dial(
        self, path: str = "open", origin: str | None = None,
        headers: Mapping[str, str] | None = None, **how: Any,
    ) -> connect:  # fmt: skip
        return connect(
            f"ws://127.0.0.1:{self.port}/timeline/{path}",
            origin=Origin(origin) if origin is not None else None,
            additional_headers=headers, compression=None, max_size=None, max_queue=None, **how,
        )  # fmt: skip

    @asynccontextmanager
    async def follow(
        self, after: int | None = 0, token: str | None = "a", path: str = "open", **hello: Any
    ) -> AsyncIterator[ClientConnection]:
        async with self.dial(path) as socket:
            await greet(socket, after, token, **hello)
            yield socket

    async def raw(self, after: int | None = 0, token: str = "raw") -> "RawViewer":
        """A viewer that reads only when it is told to."""
        viewer = RawViewer(*await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 16))
        await viewer.greet(after, token)
        return viewer


class RawViewer:
    """A WebSocket client by hand, to be stalled and to say what no library says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def shake_hands(self, path: str = "/timeline/open") -> None:
        self.writer.write(opening(path))
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    async def greet(self, after: int | None, token: str) -> None:
        await self.shake_hands()
        self.say({"type": "hello", "token": token, "after": after})
        await self.until("welcome")

    def say(self, frame: Mapping[str, Any]) -> None:
        self.writer.write(masked(json.dumps(frame).encode()))

    def stall(self) -> None:
        transport: Any = self.writer.transport
        transport.pause_reading()

    def go_on(self) -> None:
        transport: Any = self.writer.transport
        transport.resume_reading()

    async def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        head, size = await self.reader.readexactly(2)
        assert head & 0x70 == 0, "no extension"
        assert size < 128, "a server masks nothing"
        if size == 126:
            (size,) = struct.unpack(">H", await self.reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
        return head & 15, await self.reader.readexactly(size)

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                opcode, payload = await self.frame()
                if opcode == 8:
                    raise Closed(int.from_bytes(payload[:2]))
                frame: dict[str, Any] = json.loads(payload) if opcode == 1 else {}
                if frame.get("type") == kind:
                    return frame

    async def close_code(self) -> int:
        """Return the code that the server closes with; 0 without a close frame."""
        try:
            await self.until("nothing that is sent")
        except Closed as closed:
            return closed.code
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        return 0

    def close(self) -> None:
        self.writer.transport.abort()


class Closed(Exception):
    """The server said good-bye."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@asynccontextmanager
async def socket_harness(
    *, limits: SocketLimits | None = None, trusted_proxies: int = 0, thin: Thin | None = None,
    commands: Commands | None = None, personal: PersonalStreamStore | None = None,
    network: Callable[[str], str] = str, intake: Intake | None = None,
    hub_limits: HubLimits | None = None,
) -> AsyncIterator[SocketHarness]:  # fmt: skip
    log, backstage, bus = MemoryLog(), MemoryLog(BACKSTAGE), Bus()
    store, snapshots, authorizer = TwoLogs(log, backstage), LogSnapshots(log), OpenAuthorizer()
    hub = Hub(store, bus, store, snapshots, thin=thin, counter=PresenceCounter(), limits=hub_limits)
    hub.start()
    sockets = ConnectionRegistry(
        hub, authorizer, lambda origin, host: origin in {None, f"http://{host}"},
        commands=commands, network=network, limits=limits, trusted_proxies=trusted_proxies,
        personal=PersonalStreams(hub, personal) if personal is not None else None,
    )  # fmt: skip
    async with served(_nothing, connection.protocol(sockets), intake) as port:
        harness = SocketHarness(port, log, sockets, bus)
        harness.authorizer, harness.snapshots, harness.backstage = authorizer, snapshots, backstage
        try:
            yield harness
        finally:
            await sockets.shutdown(0.2)
    hub.stop()


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def greet(
    socket: ClientConnection, after: int | None, token: str | None = None, **hello: Any
) -> None:
    said = {"type": "hello", "token": token, "after": after, **hello}
    await socket.send(json.dumps({name: what for name, what in said.items() if what is not None}))


async def frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of a kind."""
    async with asyncio.timeout(10):
        while True:
            got: dict[str, Any] = json.loads(await socket.recv())
            if got["type"] == kind:
                return got


async def close_code(socket: ClientConnection) -> int:
    """Return the code that the server closes with; earlier frames are ignored."""
    async with asyncio.timeout(20):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 0


async def texts_until(
    source: ClientConnection | RawViewer, seq: int, after: int | None = None
) -> list[str]:
    """The texts of all entries up to `seq`; fails on a gap or a double."""
    texts: list[str] = []
    expected = after + 1 if after is not None else None
    while expected is None or expected <= seq:
        got = await (
            source.until("entries") if isinstance(source, RawViewer) else frame(source, "entries")
        )
        assert expected in {None, got["from"]}, f"{got['from']} after {expected}"
        numbers = [entry["seq"] for entry in got["entries"]]
        assert numbers == list(range(got["from"], got["to"] + 1))
        texts += [entry["body"]["text"] for entry in got["entries"]]
        expected = got["to"] + 1
    return texts


def masked(payload: bytes, head: int = 0x81, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    """A client's frame."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = b"\xfe" + size.to_bytes(2)
    else:
        length = b"\xff" + size.to_bytes(8)
    body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes([head]) + length + mask + body


def opening(path: str = "/timeline/open", *lines: str) -> bytes:
    """A client's handshake."""
    head = [
        f"GET {path} HTTP/1.1", "Host: test", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", *lines,
    ]  # fmt: skip
    return ("\r\n".join(head) + "\r\n\r\n").encode()


async def turns(count: int = 50) -> None:
    """Let the event loop turn so often: whatever can go on does."""
    for _ in range(count):
        await asyncio.sleep(0)


async def everyone_in(harness: SocketHarness, count: int) -> None:
    await await_until(lambda: harness.hub.viewers == count, what=f"{count} viewers")


def thin_to(count: int) -> Thin:
    """The public is shown the first so many of a tick."""

    def thin(entries: Sequence[Entry]) -> Sequence[Entry]:
        return entries[:count]

    return thin


def numbered(prefix: str, numbers: Iterable[int]) -> list[str]:
    return [f"{prefix} {number}" for number in numbers]
