"""The HTTP server of a process, and the answers that every role gives."""

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, override
from urllib.parse import urlsplit

import uvicorn

from showfloor.edge.asgi_types import App, Receive, Scope, Send
from showfloor.edge.http.direct import Direct
from showfloor.edge.http.intake import Intake, IntakeLimits
from showfloor.edge.http.network_request_slots import NetworkRequestSlots
from showfloor.edge.live_edge.registry import PREFIX as LIVE_EDGE
from showfloor.kernel.settings import Settings
from showfloor.roles.limits import intake_limits, per_network_max

# A task that runs beside the answering server, and is cancelled when the server stops.
type Beside = Callable[[], Coroutine[None, None, None]]

# Ends upgraded connections at a stop.
type SendAway = Callable[[], Coroutine[None, None, None]]
# Makes the protocol that takes an upgraded connection over.
type Upgrade = Callable[..., asyncio.Protocol]

_ANY_ADDRESS = {"", "0.0.0.0", "::"}  # noqa: S104 - compared with, not bound
_TICK_S: Final = 1.0  # how often the Date of answers is set anew


def upgrades(live_edge: Upgrade, timelines: Upgrade) -> Upgrade:
    """Return the maker of the protocol that takes an upgraded connection over, by its path."""

    def make(*, path: str, **uvicorn: Any) -> asyncio.Protocol:
        if path.startswith(LIVE_EDGE):
            return live_edge(path=path, **uvicorn)
        return timelines(path=path, **uvicorn)

    return make


def in_turn(*calls: SendAway) -> SendAway:
    """Return a call that makes these, each after the end of the one before."""

    async def call() -> None:
        for one in calls:
            await one()

    return call


class _Uvicorn(uvicorn.Server):
    """A uvicorn without its signal handlers: they raise SIGTERM again, before our stop ends."""

    send_away: SendAway | None = None

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    def stop(self) -> None:
        """End in order; the second call waits for nothing."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._told.set()

    @override
    async def main_loop(self) -> None:
        """Wait for the stop. uvicorn's own loop looks ten times a second, which costs as much as a
        tick to 50 viewers."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._told.wait()

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End upgraded connections first: uvicorn waits for all, and does not know of these."""
        if self.send_away is not None:
            await self.send_away()
        await super().shutdown(sockets)


class HttpServer:
    """Serves an ASGI application until a signal says stop."""

    def __init__(
        self, settings: Settings, app: App, ws: Any = "none",
        send_away: SendAway | None = None,
        limits: IntakeLimits | None = None, direct: Direct | None = None,
    ) -> None:  # fmt: skip
        """`ws` is the protocol of upgraded connections; `send_away` ends these at a stop.
        `direct`: the direct way of the application, if it has one."""
        if settings.trusted_proxies:
            slots = NetworkRequestSlots(app, per_network_max(settings), settings.trusted_proxies)
            app, direct = slots, slots.around(direct) if direct is not None else None
        self._intake = Intake(limits or intake_limits(settings), direct=direct)
        self._server = _Uvicorn(
            uvicorn.Config(
                app, host=settings.host, port=settings.port,
                interface="asgi3", loop="none", http=self._intake.protocol, ws=ws, lifespan="off",
                access_log=False, log_config=None, server_header=False,
                backlog=self._intake.limits.backlog,
                timeout_graceful_shutdown=2, proxy_headers=False,
            )
        )  # fmt: skip

        self._server.send_away = send_away

    def stop_at_signals(self) -> None:
        """End in order at the first SIGINT or SIGTERM, and at once at the second."""
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signal_number, self.stop)

    def stop(self) -> None:
        self._server.stop()

    async def serve(self, on_ready: Callable[[int], object], beside: Beside | None = None) -> None:
        """Serve until a signal says stop; call `on_ready` with the port once the server answers."""
        serving = asyncio.create_task(self._server.serve())
        # uvicorn has a flag for it, and nothing to wait for.
        while not self._server.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if serving.done():
            await serving
            return
        self._intake.start()
        on_ready(self._server.servers[0].sockets[0].getsockname()[1])
        company = asyncio.create_task(beside()) if beside is not None else None
        try:
            await serving
        finally:
            self._intake.stop()
            if company is not None:
                company.cancel()
                await asyncio.gather(company, return_exceptions=True)


def own_address(settings: Settings, port: int) -> str:
    """Return the address at which this machine reaches its own server."""
    host = "127.0.0.1" if settings.host in _ANY_ADDRESS else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def site_host(settings: Settings) -> str:
    """Return the host name that the site answers to, which need not be this machine's own."""
    return urlsplit(settings.site_url).netloc


async def respond_json(send: Send, body: Mapping[str, Any], status: int = 200) -> None:
    """Send a short JSON answer that no cache keeps."""
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def healthz(report: Callable[[], Mapping[str, Any]]) -> App:
    """Return the application of `GET /healthz`, which a load balancer asks."""

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond_json(send, {"status": "ok", **report()})

    return answer


async def nothing_here(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer a request for a page in a role that serves none."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    body = {"type": "about:blank", "title": "Not Found", "status": 404, "code": "not-found"}
    await respond_json(send, body, 404)
