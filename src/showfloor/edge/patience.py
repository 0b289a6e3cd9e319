"""Patience with slow clients, so that they cost a socket and never a thread.

Django runs in a few threads. A request gets one when its body is there, and keeps it no longer
than its answer's taker deserves: eight phones in a tunnel must not close the shop.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO

from showfloor.edge.types import App, Message, Receive, Scope, Send

GRACE_S = 15.0  # for a body or an answer of any size
RATE_MIN = 16 * 1024  # bytes/s beyond that
BODY_BYTES_MAX = 64 * 1024 * 1024  # an import of 50 MB and what its form adds
IN_MEMORY_MAX = 256 * 1024  # larger bodies go to a file
LARGE_MAX = 16  # of those at a time
CHUNK = 64 * 1024


class Refused(Exception):
    """A request that does not get a thread."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Gone(Exception):
    """The client has left."""


class Patience:
    """The ASGI application around one that costs threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sender = _Sender(send)
        length = _length(scope)
        if length == 0:
            await self._app(scope, receive, sender.send)
            return
        try:
            async with self._body(length, receive) as body:
                await self._app(scope, _again(body, receive), sender.send)
        except Refused as refused:
            await _refuse(send, refused)
        except Gone:
            pass

    @asynccontextmanager
    async def _body(self, length: int | None, receive: Receive) -> AsyncIterator[IO[bytes]]:
        """The whole body, read at the pace of `_Pace`; `length` as announced, None for unknown."""
        if (length or 0) > BODY_BYTES_MAX:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A request is smaller than that.")
        pace, size, is_large = _Pace(), 0, False
        with SpooledTemporaryFile(IN_MEMORY_MAX) as body:
            try:
                more = True
                while more:
                    message = await self._next(pace, receive)
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    size += len(chunk)
                    pace.done += len(chunk)
                    if size > BODY_BYTES_MAX:
                        raise Refused(
                            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A request is smaller than that."
                        )
                    if size > IN_MEMORY_MAX and not is_large:
                        self._take_large()
                        is_large = True
                    body.write(chunk)
                body.seek(0)
                yield body
            finally:
                self._large -= is_large

    async def _next(self, pace: "_Pace", receive: Receive) -> Message:
        try:
            async with pace.within():
                message = await receive()
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "The request came too slowly.") from None
        if message["type"] == "http.disconnect":
            raise Gone
        return message

    def _take_large(self) -> None:
        if self._large >= LARGE_MAX:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too many uploads at once. Try again.")
        self._large += 1


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


async def _refuse(send: Send, refused: Refused) -> None:
    body = {
        "type": "about:blank",
        "title": refused.status.phrase,
        "status": refused.status.value,
        "detail": str(refused),
    }
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),  # the rest of the body is not read
    ]
    start = {"type": "http.response.start", "status": refused.status.value, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
