"""A real uvicorn around an ASGI application, on a free port, on the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from showfloor.edge.asgi_types import App
from showfloor.edge.http.intake import Intake
from tests.support.waiting import await_until


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
