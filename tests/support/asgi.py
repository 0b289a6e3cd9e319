"""A real uvicorn around an ASGI application, on a free port, on the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from showfloor.edge.asgi_types import App, Message, Receive, Scope, Send
from showfloor.edge.http.direct import Direct
from showfloor.edge.http.intake import Intake
from showfloor.edge.http.responses import Response, respond
from tests.support.waiting import await_until


def directly(app: App, direct: Direct) -> App:
    """Return the application whose requests go the direct way first, each with its whole body."""

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        if direct(scope, body, answer.set_result):
            await respond(send, await answer)
            return

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, again, send)

    return ask


@asynccontextmanager
async def served(app: App, ws: Any = "none", intake: Intake | None = None) -> AsyncIterator[int]:
    """The port that `app` is served on, as `serve` does it; `ws`: takes upgraded connections."""
    intake = intake or Intake()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, loop="none", http=intake.protocol, ws=ws,
        lifespan="off", log_config=None, access_log=False, ws_per_message_deflate=False,
        ws_ping_interval=None, timeout_graceful_shutdown=1, proxy_headers=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.create_task(server.serve())
    try:
        await await_until(lambda: server.started, what="uvicorn to start")
        intake.start()
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        intake.stop()
        server.should_exit = True
        await running
