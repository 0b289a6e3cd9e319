"""`showfloor serve`: everything in one process. The only place that picks adapters for it."""

import asyncio
import contextlib
import fcntl
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import IO, Any, override
from urllib.parse import urlsplit

import uvicorn
import uvloop
from a2wsgi import WSGIMiddleware

from showfloor.accounts import bans, rights
from showfloor.accounts.signer import network_hasher, token_signer
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.adapters.log_store import SqlLogStore
from showfloor.adapters.postgres.log_store import postgres_log_store
from showfloor.adapters.sqlite.log_store import sqlite_log_store
from showfloor.edge.hls import HlsApp
from showfloor.edge.hub import Hub
from showfloor.edge.patience import Patience
from showfloor.edge.timeline import BAD_TOKEN, BANNED, NO_SHOW, TimelineApp
from showfloor.edge.types import App, Receive, Scope, Send
from showfloor.kernel.clock import utc_now
from showfloor.kernel.settings import Settings
from showfloor.media import services as media_services
from showfloor.media.origin import ChannelRegistry
from showfloor.media.rtmp.server import RtmpLimits, RtmpServer
from showfloor.roles import joblist
from showfloor.roles.database import Database
from showfloor.roles.directory import ShowDirectory
from showfloor.roles.door import MediaDoor, TimelineDoor
from showfloor.roles.ingest import ShowIngest
from showfloor.roles.jobs import JobRunner
from showfloor.roles.limits import connections_max
from showfloor.roles.payments import Payments
from showfloor.shows import services as shows
from showfloor.timeline.bus import bus

log = logging.getLogger(__name__)

WSGI_THREADS = 8


# Something that runs beside the server once it answers, and is cancelled when it stops.
type Beside = Callable[[], Coroutine[None, None, None]]


class AlreadyRunning(RuntimeError):
    """Another process serves from this data folder."""


class _Http(uvicorn.Server):
    """uvicorn without its signals: at its end it raises SIGTERM again, and ours never comes."""

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


class Server:
    """All roles of one process, from `start` to `stop`."""

    def __init__(self, settings: Settings, beside: Beside | None = None) -> None:
        self._settings = settings
        self._beside = beside
        self._database = Database()
        self._directory = ShowDirectory(self._database, bus)
        self._store = _log_store(settings)
        self._hub = Hub(self._store, bus)
        self._channels = ChannelRegistry(
            open_recording=lambda channel_id: FileRecording(settings.media_dir / channel_id),
            window_s=settings.dvr_window_s, channels_max=64, idle_s=60, clock=utc_now,
        )  # fmt: skip
        self._ingest = ShowIngest(settings, self._database, self._directory, self._channels, bus)
        limits = RtmpLimits(silence_s=settings.ingest_silence_s)
        self._rtmp = RtmpServer(self._ingest, settings.host, settings.rtmp_port, limits)
        self._payments = Payments(settings)
        self._jobs = JobRunner([*joblist.jobs(), *self._payments.jobs()])
        self._mails = JobRunner(joblist.mails())
        self._downloads = JobRunner(joblist.downloads())
        self._http = _Http(self._uvicorn_config())
        self._undo: list[Callable[[], None]] = []
        self._lock: IO[str] | None = None

    async def run(self) -> None:
        """Serve until a signal says stop."""
        self._lock = _lock_data_dir(self._settings.data_dir)
        self._stop_at_signals()
        await self._database.run(shows.recover_after_restart)
        self._start_loop_side()
        await self._rtmp.start()
        self._jobs.start()
        self._mails.start()
        self._downloads.start()
        try:
            serving = asyncio.create_task(self._http.serve())
            await self._announce(serving)
            await self._serve_with_company(serving)
        finally:
            await self._stop()

    def _stop_at_signals(self) -> None:
        """The first SIGINT or SIGTERM ends things in order, a second one waits for nobody."""

        def stop() -> None:
            self._http.force_exit = self._http.should_exit
            self._http.should_exit = True

        for signal_number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signal_number, stop)

    async def _serve_with_company(self, serving: "asyncio.Task[None]") -> None:
        if self._beside is None or serving.done():
            await serving
            return
        beside = asyncio.create_task(self._beside())
        try:
            await serving
        finally:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)

    def _start_loop_side(self) -> None:
        loop = asyncio.get_running_loop()
        self._hub.start()
        self._directory.start()
        self._ingest.start()
        self._undo.append(
            bans.subscribe(
                lambda ban: (
                    None
                    if ban.lifted
                    else self._hub.cut(ban.covers, BANNED, "sent out of this show")
                )
            )
        )
        self._undo.append(
            rights.subscribe(lambda change: self._hub.cut(change.covers, BAD_TOKEN, "come in anew"))
        )

        def hide(timeline_id: str) -> None:
            loop.call_soon_threadsafe(self._directory.forget, timeline_id)
            self._hub.cut_viewers(timeline_id, NO_SHOW, "no such show")

        self._undo.append(shows.on_hidden(hide))
        self._undo.append(
            media_services.on_rotation(
                lambda channel_id: loop.call_soon_threadsafe(self._ingest.kick_channel, channel_id)
            )
        )

    async def _announce(self, serving: "asyncio.Task[None]") -> None:
        # uvicorn has a flag for it, and nothing to wait for.
        while not self._http.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if serving.done():
            return
        port = self._http.servers[0].sockets[0].getsockname()[1]
        self._payments.serving_on(port)
        ready = {"port": port, "rtmp_port": self._rtmp.port}
        (self._settings.data_dir / "serve.json").write_text(json.dumps(ready), "utf-8")
        log.info("serving port=%s rtmp_port=%s", port, self._rtmp.port)

    async def _stop(self) -> None:
        for undo in self._undo:
            undo()
        await self._ingest.stop()
        await self._rtmp.close()
        await self._channels.close()
        self._hub.stop()
        self._directory.stop()
        await asyncio.to_thread(self._jobs.stop)
        await asyncio.to_thread(self._mails.stop)
        await asyncio.to_thread(self._downloads.stop)
        await self._store.close()
        await asyncio.to_thread(self._database.close)

    def _uvicorn_config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._dispatcher(), host=self._settings.host, port=self._settings.port,
            loop="none", http="httptools", ws="websockets-sansio", lifespan="off",
            access_log=False, log_config=None, server_header=False,
            ws_max_size=8192, ws_per_message_deflate=False, ws_ping_interval=None,
            limit_concurrency=connections_max(), timeout_keep_alive=75, timeout_graceful_shutdown=2,
            proxy_headers=False,
        )  # fmt: skip

    def _dispatcher(self) -> App:
        from showfloor.site.wsgi import application  # after django.setup()

        wsgi: Any = application  # Django's stubs do not say that its answers can be iterated
        threads: Any = WSGIMiddleware(wsgi, workers=WSGI_THREADS)
        django = Patience(threads)
        door = TimelineDoor(self._database, self._directory, token_signer(), network_hasher())
        media_door = MediaDoor(self._database, self._directory, self._channels, token_signer())
        timeline = TimelineApp(
            self._hub, door, _same_origin(self._settings.site_url),
            trusted_proxies=self._settings.trusted_proxies,
        )  # fmt: skip
        hls = HlsApp(media_door.resolve, media_door.authorise_preview)

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope["path"]
            if scope["type"] == "websocket":
                await timeline(scope, receive, send)
            elif path.startswith("/hls/"):
                await hls(scope, receive, send)
            elif path.startswith("/testpay/"):
                await self._payments.token_app(scope, receive, send)
            elif path == "/healthz":
                await self._healthz(send)
            else:
                await django(scope, receive, send)

        return dispatch

    async def _healthz(self, send: Send) -> None:
        body = json.dumps(
            {"status": "ok", "broadcasts": self._ingest.broadcasts, "viewers": self._hub.viewers}
        ).encode()
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def serve(settings: Settings, beside: Beside | None = None) -> int:
    """Run until SIGINT or SIGTERM, with `beside` in company; the exit code.

    1 with a sentence on standard error where another one is serving or an address is taken.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Server(settings, beside).run())
    except (AlreadyRunning, OSError) as error:
        print(f"showfloor: {error}", file=sys.stderr)
        return 1
    return 0


def _same_origin(site_url: str) -> Callable[[str | None, str], bool]:
    """A browser's socket must come from our own pages; what is no browser sends no Origin."""

    def allows(origin: str | None, host: str) -> bool:
        return origin is None or origin == site_url or urlsplit(origin).netloc == host

    return allows


def _log_store(settings: Settings) -> SqlLogStore:
    if settings.database_url:
        return postgres_log_store(settings.database_url)
    return sqlite_log_store(settings.data_dir / "showfloor.sqlite3")


def _lock_data_dir(data_dir: Path) -> IO[str]:
    """SQLite and the recordings serve one process; a second one is refused at the door."""
    handle = (data_dir / "serve.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        raise AlreadyRunning(f"another Showfloor is serving from {data_dir}") from None
    return handle
