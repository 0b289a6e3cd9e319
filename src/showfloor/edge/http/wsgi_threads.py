"""A WSGI application in a few threads, as an ASGI application.

A thread hands over a response when it is whole: each message by itself would cost a switch of
threads there and back, as much as the thread's work for a page. A response of more than
`HELD_BYTES_MAX` goes out in pieces, and the thread waits until each is taken.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from a2wsgi.wsgi import Body, build_environ

from showfloor.edge.asgi_types import Message, Receive, Scope, Send

HELD_BYTES_MAX: Final = 64 * 1024

type WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WsgiThreads:
    """The application as ASGI. Requests beyond `threads` wait for a thread."""

    def __init__(self, app: WsgiApp, threads: int) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(threads, "WSGI")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        loop = asyncio.get_running_loop()
        request: Any = scope  # a2wsgi has types of its own for these
        listen: Any = receive
        environ: Any = build_environ(request, Body(loop, listen))
        response = _Response(loop, send)
        context = contextvars.copy_context()
        make = partial(context.run, response.make, self._app, environ)
        await loop.run_in_executor(self._threads, make)
        await response.pass_on()


class _Response:
    """One response, made in a thread and sent by the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self._loop = loop
        self._send = send
        self._start: Message | None = None  # until it is sent
        self._held: list[bytes] = []
        self._size = 0

    def make(self, app: WsgiApp, environ: dict[str, Any]) -> None:
        """Run the application; in a thread."""
        chunks = app(environ, self._begin)
        try:
            for chunk in chunks:
                self._take(chunk)
        finally:
            getattr(chunks, "close", lambda: None)()

    async def pass_on(self, *, more: bool = False) -> None:
        """Send what is held. `more`: more will follow."""
        if self._start is not None:
            await self._send(self._start)
            self._start = None
        body = b"".join(self._held)
        self._held, self._size = [], 0
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _begin(
        self, status: str, headers: Iterable[tuple[str, str]], _error: Any = None
    ) -> Callable[[bytes], None]:
        self._start = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [
                (name.lower().encode("latin-1"), value.strip().encode("latin-1"))
                for name, value in headers
            ],
        }
        return self._take

    def _take(self, chunk: bytes) -> None:
        self._held.append(chunk)
        self._size += len(chunk)
        if self._size >= HELD_BYTES_MAX:
            sending = self.pass_on(more=True)
            asyncio.run_coroutine_threadsafe(sending, self._loop).result()
