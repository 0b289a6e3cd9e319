"""The intake of HTTP connections: bounds on their number, on a request's head, and on how long a
client may ask, rest or not read.

uvicorn's protocol is fed in pieces, so that neither it nor httptools ever copies more of a head
than is allowed. `IntakeLimits` holds the bounds in bytes and seconds.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, override

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from showfloor.edge.asgi_types import App, Receive, Scope, Send
from showfloor.edge.http.direct import Direct
from showfloor.edge.http.responses import Response, problem, respond, respond_at_once
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.connection_limiter import ConnectionLimiter, Rank, Slot
from showfloor.kernel.networks import network_of

log = logging.getLogger(__name__)

HEAD_BYTES_MAX: Final = 16 * 1024
PIPELINE_MAX: Final = 16  # requests ahead of their answers; browsers send none
LINGER_BYTES_MAX: Final = 1024 * 1024  # of an unwanted body, so that the client gets the response
HEALTH_PATH: Final = "/healthz"
_BODY_PIECE: Final = 64 * 1024
_COPIED_MAX: Final = 32 * 1024  # bytes of a body whose copy costs too little to be measured
_REASONS: Final = {
    408: "Request Timeout", 414: "URI Too Long", 431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """`reserve`: connections beyond the bound while all are in use, answered only about health.
    Times in seconds."""

    connections_max: int = 10_000
    per_network_max: int = 0  # of an IPv4 address or an IPv6 /64; 0: no bound
    reserve: int = 16
    backlog: int = 1024  # connections that the kernel keeps until they are accepted
    head_s: float = 10.0  # from the connection on, or from the first byte of a later request
    idle_s: float = 75.0
    stall_s: float = 15.0  # without taking any byte of a response
    look_s: float = 1.0  # how often the limits are checked


class Intake:
    """All HTTP connections of one server. uvicorn takes `protocol` as its `http=`."""

    def __init__(
        self, limits: IntakeLimits | None = None, network: Callable[[str], str] = network_of,
        clock: Callable[[], float] = time.monotonic, direct: Direct | None = None,
    ) -> None:  # fmt: skip
        """`network`: the key by which an address is counted; an empty key is not counted.
        `direct`: the direct way of the application, if it has one."""
        self.limits = limits or IntakeLimits()
        self.direct = direct
        self.network = network
        self.limiter = ConnectionLimiter(
            self.limits.connections_max, self.limits.per_network_max, reserve=self.limits.reserve,
            time_s={
                Rank.SILENT: self.limits.head_s,
                Rank.IDLE: self.limits.idle_s,
                Rank.STALLED: self.limits.stall_s,
            },
            clock=clock,
        )  # fmt: skip
        self._warnings = Allowances(1, 1 / 60)
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def protocol(self) -> type[asyncio.Protocol]:
        def make(**uvicorn: Any) -> HttpConnection:
            return HttpConnection(self, **uvicorn)

        made: Any = make
        return made  # type: ignore[no-any-return]

    def start(self) -> None:
        self._sweeper = asyncio.create_task(self._sweep_on(), name="intake-sweep")

    def stop(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()

    def admit(self, connection: "HttpConnection", address: str) -> Slot | None:
        network = self.network(address)
        slot = self.limiter.admit(network, connection)
        if (slot is None or slot.is_extra) and not self._warnings.take("full"):
            log.warning(
                "connections_refused taken=%s network=%s: if that is a proxy of yours, "
                "SHOWFLOOR_TRUSTED_PROXIES says how many stand in front",
                self.limiter.taken, network,
            )  # fmt: skip
        return slot

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.sleep(self.limits.look_s)
            try:
                self.limiter.sweep()
            except Exception:  # one connection of thousands must not end the sweep for all
                log.exception("sweep_failed")


class _TooManyAhead(Exception):
    """Raised through the parser, which stops: uvicorn answers 400."""


class HttpConnection(HttpToolsProtocol):
    """One connection, from its first byte until it is lost or upgraded. Belongs to the loop."""

    def __init__(self, intake: Intake, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._intake = intake
        self._slot: Slot | None = None
        self._in_head = True  # the next bytes belong to a head
        self._head_bytes = 0  # of it so far
        self._bodiless_bytes = 0  # bytes within a body that are no part of its content
        self._moved = False  # a message ended within the present piece
        self._unsent = 0  # unsent bytes when it began to stall
        self._ended = False  # nothing more is parsed
        self._lingered = 0  # bytes discarded since
        self._earlier: list[RequestResponseCycle] = []  # unanswered, before the latest
        self._may_hold = False  # a request that begins now waits for the end of its piece
        self._held: tuple[RequestResponseCycle, Any] | None = None  # and its application

    # --- the transport's callbacks ---------------------------------------------------------------

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._slot = self._intake.admit(self, self.client[0] if self.client else "")
        if self._slot is None:
            self._ended = True
            transport.write(_FULL)
            transport.close()
        elif self._slot.is_extra:
            self.app = _only_health(self.app)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for cycle in self._earlier:  # uvicorn tells only the latest one
            cycle.disconnected = not cycle.response_complete
            cycle.message_event.set()
        if self._slot is not None:
            self._slot.release()

    @override
    def data_received(self, data: bytes) -> None:
        rest: Any = data
        while len(rest) and not self._ended:
            size = HEAD_BYTES_MAX - self._head_bytes if self._in_head else _BODY_PIECE
            if len(rest) <= size:
                self._feed(rest)
                return
            rest = memoryview(rest)  # the pieces are not copied
            self._feed(rest[:size])
            rest = rest[size:]
        self._discard(len(rest))

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        if self._slot is not None:
            self._unsent = self.transport.get_write_buffer_size()
            self._slot.become(Rank.STALLED)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self._slot is not None and self._slot.rank is not Rank.ACTIVE:
            at_rest = Rank.SILENT if self._ended else Rank.IDLE
            self._slot.become(Rank.ACTIVE if self._is_answering else at_rest)

    # --- the limiter's ---------------------------------------------------------------------------

    def evict(self) -> None:
        """Close the connection, because another needs its slot."""
        self.transport.abort()

    def overdue(self, rank: Rank) -> None:
        """End or keep a connection whose time at its rank has passed."""
        assert self._slot is not None, "who has no slot has no deadline"
        unsent = self.transport.get_write_buffer_size()
        if rank is Rank.STALLED and not self.transport.is_closing() and not unsent:
            self._slot.become(Rank.IDLE)
        elif rank is Rank.STALLED and 0 < unsent < self._unsent:
            self._unsent = unsent
            self._slot.become(Rank.STALLED)
        elif unsent or self.transport.is_closing():
            self.transport.abort()
        else:
            if self._head_bytes and not self._ended:
                self.transport.write(_TOO_SLOW)
            self._ended = True
            self._unsent = 0
            self.transport.close()
            self._slot.become(Rank.STALLED)  # the close has a deadline, too

    # --- the parser ------------------------------------------------------------------------------

    def _feed(self, piece: Any) -> None:
        self._moved = False
        self._bodiless_bytes += len(piece)
        self._may_hold = True
        super().data_received(piece)
        self._may_hold = False
        if self._held is not None:
            self._begin(*self._held)
        if self._ended or self.transport.is_closing():
            self._ended = True
        elif not self._in_head:
            if self._bodiless_bytes > HEAD_BYTES_MAX:  # a chunk's extensions, or what follows it
                self._give_up()
        elif self._moved:  # what has come of the next head is less than the piece
            self._head_bytes = 0
        else:
            self._head_bytes += len(piece)
            if self._head_bytes >= HEAD_BYTES_MAX:
                self._refuse_head()
            elif self._slot is not None and self._slot.rank is Rank.IDLE:
                self._slot.become(Rank.SILENT)

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Start a request, or hold it until its piece is parsed."""
        if self._may_hold:
            self._held = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begin a request that was held: directly if it is whole and taken, else as a task, which
        runs at once up to its first wait: responses to players rarely have one."""
        self._held = None
        if self._take(cycle):
            return
        task = asyncio.Task(cycle.run_asgi(app), loop=self.loop, eager_start=True)
        if not task.done():
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

    def _take(self, cycle: RequestResponseCycle) -> bool:
        direct, is_bodiless = self._intake.direct, cycle.scope["method"] in _BODILESS
        is_whole = not (cycle.more_body or cycle.waiting_for_100_continue)
        if direct is None or is_bodiless or self._is_reserve or not is_whole:
            return False
        scope: Any = cycle.scope
        is_answered = False

        def answer(response: Response) -> None:
            nonlocal is_answered
            is_answered = True
            self._answer(cycle, response)

        try:
            return direct(scope, bytes(cycle.body), answer)
        except Exception:  # the usual way says what is wrong, to a client that has no answer
            log.exception("direct_way_failed path=%s", cycle.scope["path"])
            return is_answered

    def _answer(self, cycle: RequestResponseCycle, response: Response) -> None:
        send: Any = cycle.send
        if not cycle.disconnected and not respond_at_once(send, response):
            app: Any = partial(_give, response)
            super()._start_asgi_task(cycle, app)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        """Drop headers with an underscore: WSGI would read `X_Forwarded_For` as `X-Forwarded-For`,
        which the proxy in front has not checked. Trailers of a chunked body are dropped, too."""
        if self._in_head and b"_" not in name:
            super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= PIPELINE_MAX:
            raise _TooManyAhead
        self._in_head, self._head_bytes, self._bodiless_bytes = False, 0, 0
        if self._is_answering:  # a pipelined request
            unanswered = [one for one in self._earlier if not one.response_complete]
            self._earlier = [*unanswered, self.cycle]
        super().on_headers_complete()
        if self._slot is not None and not self.flow.write_paused:
            self._slot.become(Rank.ACTIVE)
        cycle: Any = self.cycle  # None while there has been none but an upgrade
        if cycle is not None:
            cycle.transport = (_Lingering if self._may_have_body else _Gathering)(self)

    @property
    def _may_have_body(self) -> bool:
        return self.scope["method"] not in _BODILESS and any(
            name in _HAS_BODY for name, _value in self.headers
        )

    @override
    def on_body(self, body: bytes) -> None:
        self._bodiless_bytes = 0
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes, self._moved = True, 0, True
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        answered: Any = self.cycle.transport
        answered.flush()  # a head that no body follows
        was_last = not self.pipeline
        if was_last:
            # As uvicorn does it, without a timer for each response: the limiter ends idle ones.
            self.server_state.total_requests += 1
            if not self.transport.is_closing():
                self.flow.resume_reading()
        else:
            super().on_response_complete()
        if self._slot is None or not was_last:
            return
        if not self._in_head and not self._ended and not self.transport.is_closing():
            self.linger()
        elif self.flow.write_paused or self.transport.is_closing():
            self._stall()
        elif not self._ended:
            self._slot.become(Rank.SILENT if self._head_bytes else Rank.IDLE)

    @override
    def handle_websocket_upgrade(self) -> None:
        slot, self._slot = self._slot, None
        if slot is None or slot.is_extra:
            self._slot, self._ended = slot, True
            self.transport.write(_FULL)
            self.transport.close()
            return
        # uvicorn tells the protocol nothing of the request, and there are several kinds of sockets.
        make: Any = self.config.ws_protocol_class
        told_the_path: Any = partial(make, path=self.url.decode("latin-1"))
        self.ws_protocol_class = told_the_path
        super().handle_websocket_upgrade()
        self._ended = True
        slot.settle()
        upgraded: Any = self.transport.get_protocol()
        upgraded.connection_slot = slot

    # --- ending ----------------------------------------------------------------------------------

    def linger(self) -> None:
        """End the response and give the client a moment to read it: closing while the client still
        sends would destroy the response."""
        if self._in_head or self._slot is None:
            self.transport.close()
            return
        if self._ended:
            return
        self._ended = True
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._slot.become(Rank.SILENT)

    @property
    def is_closing(self) -> bool:
        return self._ended or self.transport.is_closing()

    @property
    def _is_reserve(self) -> bool:
        return self._slot is None or self._slot.is_extra

    @property
    def _is_answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first
        return cycle is not None and not cycle.response_complete

    def _stall(self) -> None:
        assert self._slot is not None, "asked before"
        self._unsent = self.transport.get_write_buffer_size()
        self._slot.become(Rank.STALLED)

    def _refuse_head(self) -> None:
        is_address = len(getattr(self, "url", b"")) > HEAD_BYTES_MAX // 2
        if self._is_answering:
            self._give_up()  # in the middle of another answer
            return
        self.transport.write(_ADDRESS_TOO_LONG if is_address else _HEAD_TOO_LARGE)
        self._in_head = False  # there is more of it, which is thrown away
        self.linger()

    def _give_up(self) -> None:
        self._ended = True
        self.transport.abort()

    def _discard(self, count: int) -> None:
        self._lingered += count
        if self._lingered > LINGER_BYTES_MAX:
            self._give_up()


class _Gathering:
    """The transport for one response. It sends the head together with the body's first piece, in
    one system call and one packet, and by itself where none comes in the same round of the loop."""

    def __init__(self, connection: HttpConnection) -> None:
        self._connection = connection
        self._has_begun = False
        self._head = b""  # until it is sent

    def write(self, data: bytes) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._head = data
            self._connection.loop.call_soon(self.flush)
        elif self._head and data:  # asyncio's own `writelines` never gets rid of an empty piece
            head, self._head = self._head, b""
            self._connection.transport.writelines((head, data))
        else:
            self._connection.transport.write(data)

    def write_whole(self, head: bytes, body: bytes) -> None:
        """Send a response that is one piece, without a copy of a large body behind its head."""
        self._has_begun = True
        if len(body) > _COPIED_MAX:
            self._connection.transport.writelines((head, body))
        else:
            self._connection.transport.write(head + body)

    def flush(self) -> None:
        """Send the head if it was not sent."""
        head, self._head = self._head, b""
        if head and not self._connection.transport.is_closing():
            self._connection.transport.write(head)

    def close(self) -> None:
        self.flush()
        self._connection.transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection.transport, name)


class _Lingering(_Gathering):
    """The same for a response whose request has a body: it closes by `linger`."""

    @override
    def close(self) -> None:
        self.flush()
        self._connection.linger()

    def is_closing(self) -> bool:
        return self._connection.is_closing


async def _give(response: Response, _scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer as an application that gives this response."""
    await respond(send, response)


def _only_health(app: Any) -> App:
    """Return an application for connections of the reserve, which answers health checks alone."""

    async def health_alone(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == HEALTH_PATH:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": _TOO_MANY.body})

    return health_alone


def _raw(response: Response) -> bytes:
    """Return the bytes of a response that is sent before there is a request."""
    head = [
        f"HTTP/1.1 {response.status} {_REASONS[response.status]}",
        f"content-type: {response.content_type}", f"content-length: {len(response.body)}",
        "cache-control: no-store", "connection: close",
    ]  # fmt: skip
    head += [f"{name.decode()}: {value.decode()}" for name, value in response.headers]
    return "\r\n".join([*head, "", ""]).encode() + response.body


_BODILESS: Final = frozenset({"GET", "HEAD"})
_HAS_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})
_TOO_MANY: Final = problem(
    503, "too-many-connections", "There are too many connections. Try again.", retry_after_s=2
)
_FULL: Final = _raw(_TOO_MANY)
_TOO_SLOW: Final = _raw(problem(408, "too-slow", "The request came too slowly."))
_SMALLER: Final = f"A request's head is smaller than {HEAD_BYTES_MAX} bytes."
_ADDRESS_TOO_LONG: Final = _raw(problem(414, "address-too-long", _SMALLER))
_HEAD_TOO_LARGE: Final = _raw(problem(431, "head-too-large", _SMALLER))
