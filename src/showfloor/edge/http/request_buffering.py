"""Requests are buffered before they get a thread, so that a slow client costs a socket alone.

Django runs in a few threads. A request gets one, in turn with those of other networks, when its
body is there, and keeps it no longer than its answer's taker deserves: eight phones in a tunnel
must not close the shop. Nobody's body is read where nothing would take it, and no large one of
someone who may not send it: addresses and rights are looked at first.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Protocol

from showfloor.edge.asgi_types import App, Message, Receive, Scope, Send
from showfloor.edge.http import responses
from showfloor.edge.http.fair_queue import FairQueue
from showfloor.edge.http.responses import ClientDisconnected, RequestRejected, problem_of
from showfloor.kernel.errors import RateLimited, ShowfloorError, TooLarge
from showfloor.kernel.networks import network_of
from showfloor.kernel.problems import REFUSAL

GRACE_S = 15.0  # for a body or an answer of any size
RATE_MIN = 16 * 1024  # bytes/s beyond that
BODY_BYTES_MAX = 64 * 1024 * 1024  # an import of 50 MB and what its form adds
ANYONE_BYTES_MAX: Final = 128 * 1024  # larger bodies take rights, and go to a file
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class BufferingLimits:
    """How many bodies may be on their way here at a time."""

    bodies_max: int = 1000
    per_network_max: int = 64  # of an IPv4 address or an IPv6 /64
    large_max: int = 16
    large_per_person_max: int = 4
    asking_max: int = 32  # whose rights are looked up


@dataclass(frozen=True, slots=True)
class Uploader:
    """Someone who may send a large body."""

    person: str
    bytes_max: int


class BodyRules(Protocol):
    """What the application behind would do with a body, known before it is read."""

    def has_reader(self, path: str) -> bool:
        """Whether there is such an address. On the event loop: no I/O."""

    async def uploader(self, scope: Scope) -> Uploader:
        """Who sends this request and may send a large body there; ShowfloorError."""


class RequestBuffering:
    """The ASGI application around one that costs threads. It answers a scope with a `REFUSAL`."""

    def __init__(
        self, app: App, rules: BodyRules, *, threads: int, trusted_proxies: int = 0,
        network: Callable[[str], str] = network_of, limits: BufferingLimits | None = None,
    ) -> None:  # fmt: skip
        self._app = app
        self._rules = rules
        self._queue = FairQueue(threads)
        self._trusted_proxies = trusted_proxies
        self._network = network
        self._limits = limits or BufferingLimits()
        self._bodies: Counter[str] = Counter()  # by network
        self._large: Counter[str] = Counter()  # by person
        self._asking = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        network = self._network(responses.visitor_address(scope, self._trusted_proxies))
        try:
            await self._answer(network, scope, receive, _Sender(send).send)
        except RequestRejected as rejected:
            await responses.respond(send, rejected.response, head=scope["method"] == "HEAD")
        except ClientDisconnected:
            pass

    async def _answer(self, network: str, scope: Scope, receive: Receive, send: Send) -> None:
        length = _length(scope)
        if length == 0:
            await self._run(network, scope, receive, send)
            return
        try:
            if not self._rules.has_reader(scope["path"]):
                await self._run(network, _bodiless(scope), receive, _closing(send))
                return
            async with self._body(network, length, scope, receive) as body:
                position_from = scope if length is not None else _with_length(scope, body)
                await self._run(network, position_from, _again(body, receive), send)
        except ShowfloorError as error:  # said by the application: it knows languages and pages
            refusal = _bodiless(scope)
            refusal[REFUSAL] = error
            await self._run(network, refusal, receive, _closing(send))

    async def _run(self, network: str, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._queue.turn(network))
            except ShowfloorError as error:  # no thread to say it by
                raise _refused(error.status, error.code, error.message) from None
            await self._app(scope, receive, send)

    @asynccontextmanager
    async def _body(
        self, network: str, length: int | None, scope: Scope, receive: Receive
    ) -> AsyncIterator[IO[bytes]]:
        """The whole body, read at the pace of `_Pace`; `length` as announced, None for unknown.
        ShowfloorError."""
        with self._reading(network), SpooledTemporaryFile(ANYONE_BYTES_MAX) as body:
            pace, size, uploader = _Pace(), 0, None
            try:
                if (length or 0) > ANYONE_BYTES_MAX:
                    uploader = await self._take_large(scope, length or 0)
                more = True
                while more:
                    message = await self._next(pace, receive)
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    size += len(chunk)
                    pace.done += len(chunk)
                    if size > ANYONE_BYTES_MAX and uploader is None:
                        uploader = await self._take_large(scope, size)
                    if uploader is not None and size > uploader.bytes_max:
                        raise too_large(uploader.bytes_max)
                    body.write(chunk)
                body.seek(0)
                yield body
            finally:
                if uploader is not None:
                    _count_down(self._large, uploader.person)

    async def _next(self, pace: "_Pace", receive: Receive) -> Message:
        try:
            async with pace.within():
                message = await receive()
        except TimeoutError:
            raise _refused(408, "too-slow", "The request came too slowly.") from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        return message

    @contextmanager
    def _reading(self, network: str) -> Iterator[None]:
        """One of the bodies that are on their way; Refused."""
        limits = self._limits
        if network and self._bodies[network] >= limits.per_network_max:
            raise _refused(
                429, "rate-limited",
                "Too much comes from your network at once. Try again in a moment.",
            )  # fmt: skip
        if self._bodies.total() >= limits.bodies_max:
            raise _busy()
        self._bodies[network] += 1
        try:
            yield
        finally:
            _count_down(self._bodies, network)

    async def _take_large(self, scope: Scope, size: int) -> Uploader:
        """One of the large bodies, to be counted down; ShowfloorError, Refused."""
        if self._asking >= self._limits.asking_max:
            raise _busy()
        self._asking += 1
        try:
            uploader = await self._rules.uploader(scope)
        finally:
            self._asking -= 1
        if size > uploader.bytes_max:
            raise too_large(uploader.bytes_max)
        if self._large[uploader.person] >= self._limits.large_per_person_max:
            raise RateLimited("Your other uploads are still on their way.", retry_after_s=5)
        if self._large.total() >= self._limits.large_max:
            raise _busy()
        self._large[uploader.person] += 1
        return uploader


def too_large(bytes_max: int) -> TooLarge:
    return TooLarge(f"At most {bytes_max} bytes can be sent here.", more={"bytes_max": bytes_max})


class _Pace:
    """How long one side may be waited for in all, given how much it has done."""

    def __init__(self) -> None:
        self.done = 0  # bytes
        self._waited_s = 0.0

    @asynccontextmanager
    async def within(self) -> AsyncIterator[None]:
        """TimeoutError when the time is used up."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(GRACE_S + self.done / RATE_MIN - self._waited_s):
                yield
        finally:
            self._waited_s += loop.time() - began


class _Sender:
    """Sends an answer on; who takes it too slowly gets no more, and the thread is free."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pace = _Pace()
        self._given_up = False

    async def send(self, message: Message) -> None:
        if self._given_up:
            return
        try:
            async with self._pace.within():
                await self._send(message)
        except TimeoutError:
            self._given_up = True
        self._pace.done += len(message.get("body", b""))


def _again(body: IO[bytes], receive: Receive) -> Receive:
    """The body once more, then whatever comes from the client."""
    is_over = False

    async def read() -> Message:
        nonlocal is_over
        if is_over:
            return await receive()
        chunk = body.read(CHUNK)
        is_over = len(chunk) < CHUNK
        return {"type": "http.request", "body": chunk, "more_body": not is_over}

    return read


def _length(scope: Scope) -> int | None:
    """Of the body, bytes; None when it is not announced."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else None


def _bodiless(scope: Scope) -> MutableMapping[str, Any]:
    """The request without the body that is not read."""
    headers = [(name, value) for name, value in scope["headers"] if name not in _OF_A_BODY]
    return {**scope, "headers": headers}


def _with_length(scope: Scope, body: IO[bytes]) -> Scope:
    """The request with a length: WSGI takes a body of unknown length for none."""
    size = body.seek(0, SEEK_END)
    body.seek(0)
    known = _bodiless(scope)
    known["headers"].append((b"content-length", b"%d" % size))
    return known


def _closing(send: Send) -> Send:
    """Says with the answer that the rest of the request is not read."""

    async def last(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (b"connection", b"close")]
            message = {**message, "headers": headers}
        await send(message)

    return last


def _count_down(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def _busy() -> RequestRejected:
    return _refused(503, "busy", "Too many uploads at once. Try again.")


def _refused(status: int, code: str, sentence: str) -> RequestRejected:
    members: dict[str, Any] = {"status": status, "code": code, "detail": sentence}
    if status in _LATER:
        members["retry_after_s"] = 2
    return RequestRejected(problem_of(members).with_headers((b"connection", b"close")))


_OF_A_BODY: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})
_LATER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
