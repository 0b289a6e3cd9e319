"""Requests are buffered before they get a thread, so that a slow client costs a socket alone.

Django runs in a few threads. A request gets a thread when its body is complete, in turn with other
networks, and a client that reads too slowly loses it again: eight phones in a tunnel must not close
the shop. A body is read only where the address takes one, and a large body only from a person who
may send it.
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

BODY_BYTES_MAX = 64 * 1024 * 1024  # an import of 50 MB and what its form adds
ANYONE_BYTES_MAX: Final = 128 * 1024  # larger bodies take rights, and go to a file
CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class BufferingLimits:
    """Bounds on the bodies that arrive at a time, and on their pace."""

    bodies_max: int = 1000
    per_network_max: int = 64  # of one IPv4 address or IPv6 /64
    large_max: int = 16
    large_per_person_max: int = 4
    asking_max: int = 32  # requests whose rights are looked up
    grace_s: float = 15.0  # for a body or a response of any size
    rate_min: int = 16 * 1024  # bytes/s beyond that


@dataclass(frozen=True, slots=True)
class Uploader:
    """A person who may send a large body."""

    person: str
    bytes_max: int


class BodyRules(Protocol):
    """The application's rules about a body, asked before it is read."""

    def has_reader(self, path: str) -> bool:
        """Return whether this address takes a body. On the event loop: no I/O."""

    async def uploader(self, scope: Scope) -> Uploader:
        """Return the person who may send a large body there; ShowfloorError."""


class RequestBuffering:
    """An ASGI application around one that costs threads, which answers a scope with a `REFUSAL`."""

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
            await self._answer(network, scope, receive, _Sender(send, _Pace(self._limits)).send)
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
                whole = scope if length is not None else _with_length(scope, body)
                await self._run(network, whole, _again(body, receive), send)
        # the application says it, because it knows languages and pages
        except ShowfloorError as error:
            refusal = _bodiless(scope)
            refusal[REFUSAL] = error
            await self._run(network, refusal, receive, _closing(send))

    async def _run(self, network: str, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._queue.turn(network))
            except ShowfloorError as error:  # no thread is free to say it
                raise _refused(error.status, error.code, error.message) from None
            await self._app(scope, receive, send)

    @asynccontextmanager
    async def _body(
        self, network: str, length: int | None, scope: Scope, receive: Receive
    ) -> AsyncIterator[IO[bytes]]:
        """Give the whole body, read at the pace of `_Pace`; `length` as announced, None for
        unknown. ShowfloorError."""
        with self._reading(network), SpooledTemporaryFile(ANYONE_BYTES_MAX) as body:
            pace, size, uploader = _Pace(self._limits), 0, None
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
        """Count one body while it arrives; RequestRejected where there are too many."""
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
        """Count one large body, to be counted down later; ShowfloorError, RequestRejected."""
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
    """The time that one side may take in all, given the bytes that it has moved."""

    def __init__(self, limits: BufferingLimits) -> None:
        self.done = 0  # bytes
        self._limits = limits
        self._waited_s = 0.0

    @asynccontextmanager
    async def within(self) -> AsyncIterator[None]:
        """Limit one wait; TimeoutError when the time is used up."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            allowed_s = self._limits.grace_s + self.done / self._limits.rate_min
            async with asyncio.timeout(allowed_s - self._waited_s):
                yield
        finally:
            self._waited_s += loop.time() - began


class _Sender:
    """Sends a response on; a client that takes it too slowly gets no more, and the thread is
    free."""

    def __init__(self, send: Send, pace: _Pace) -> None:
        self._send = send
        self._pace = pace
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
    """Return a `receive` that gives the buffered body, then what comes from the client."""
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
    """Return the announced length of the body in bytes; None without one."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() else None


def _bodiless(scope: Scope) -> MutableMapping[str, Any]:
    """Return the request without its body."""
    headers = [(name, value) for name, value in scope["headers"] if name not in _OF_A_BODY]
    return {**scope, "headers": headers}


def _with_length(scope: Scope, body: IO[bytes]) -> Scope:
    """Return the request with a length: WSGI ignores a body of unknown length."""
    size = body.seek(0, SEEK_END)
    body.seek(0)
    known = _bodiless(scope)
    known["headers"].append((b"content-length", b"%d" % size))
    return known


def _closing(send: Send) -> Send:
    """Return a `send` that announces that the rest of the request is not read."""

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
