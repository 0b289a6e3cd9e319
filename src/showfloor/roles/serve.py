"""`showfloor serve`: all roles in one process. Beside `web` and `edge`, it is the one process that
takes the streams and runs the jobs."""

import asyncio
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from showfloor.accounts.database_threads import Database
from showfloor.accounts.signer import token_signer
from showfloor.adapters.aiortc.peer import IceSettings, WorkerPeer
from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder
from showfloor.adapters.ffmpeg.key_frames import FfmpegKeyFrames
from showfloor.adapters.filesystem.archives import FileArchives
from showfloor.adapters.filesystem.disk import DiskReserve, free_bytes
from showfloor.adapters.filesystem.owner_name import owner_name
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.adapters.purge.cache_purger import CachePurger
from showfloor.adapters.purge.http import HttpPurge
from showfloor.checkout import payment_health
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.authorizer import LiveEdgeAuthorizer, MediaAuthorizer
from showfloor.edge.hls.endpoint import HlsApp
from showfloor.edge.http.direct import first_of
from showfloor.edge.live_edge import connection
from showfloor.edge.live_edge.registry import PREFIX, LiveEdgeLimits, LiveEdgeRegistry
from showfloor.edge.websocket.handshake import same_origin
from showfloor.edge.whip.endpoint import WhipApp
from showfloor.kernel.clock import utc_now
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.networks import network_of
from showfloor.kernel.settings import Settings
from showfloor.media import services as media_services
from showfloor.media.diagnostics.machine_watch import MachineWatch
from showfloor.media.encoding import ladder
from showfloor.media.hls.origin import LiveStreamRegistry
from showfloor.media.recording.backlog import MemoryBudget
from showfloor.media.recording.storage import Storage
from showfloor.media.rtmp.server import RtmpLimits, RtmpServer
from showfloor.media.signer import pass_signer
from showfloor.media.whip.ice_servers import IceServers
from showfloor.media.whip.sessions import WhipLimits, WhipSessions
from showfloor.privacy import retention
from showfloor.privacy.retention import Retention
from showfloor.replays import recordings, storyboard
from showfloor.roles.django_app import django_app
from showfloor.roles.http import Beside, HttpServer, healthz
from showfloor.roles.job_runner import JobRunner
from showfloor.roles.limits import rtmp_connections_max
from showfloor.roles.links import rtmps
from showfloor.roles.payments import Payments
from showfloor.roles.process import Component, run, run_components
from showfloor.roles.singleton_lock import DatabaseLock, DataFolderLock
from showfloor.roles.start_checks import require_servable
from showfloor.roles.timeline_service import TimelineService
from showfloor.shows import services as shows
from showfloor.shows import stream_health
from showfloor.shows.highlight_ranges import HighlightRanges
from showfloor.shows.ingest.service import ShowIngest
from showfloor.site.slices import SLICES
from showfloor.site.stream_words import warnings
from showfloor.timeline.bus import bus

log = logging.getLogger(__name__)

RESERVE_FILE_SHARE: Final = 16  # of the reserve; a file keeps it until others fill the disk


class MediaService:
    """A component: streams come in by RTMP and by WHIP (`whip`), are encoded, kept, and served as
    HLS by `app`."""

    def __init__(self, settings: Settings, database: Database, timeline: TimelineService) -> None:
        self._database = database
        self._owner = owner_name(settings.data_dir)
        reserve_bytes = settings.disk_reserve_mb << 20
        storage = Storage(
            partial(free_bytes, settings.media_dir), reserve_bytes=reserve_bytes,
            show_bytes_per_s=ladder.bytes_per_s(settings.ladder),
            memory=MemoryBudget(settings.recording_memory_mb << 20),
        )  # fmt: skip
        reserve = DiskReserve(settings.data_dir, reserve_bytes // RESERVE_FILE_SHARE)
        storyboard.use(FfmpegKeyFrames())
        recordings.use(FileArchives(settings.media_dir, reserve_bytes))
        self._machine = MachineWatch(storage, reserve, partial(stream_health.tell_machine, bus))
        self._streams = LiveStreamRegistry(
            open_recording=lambda channel_id: FileRecording(settings.media_dir / channel_id),
            window_s=settings.dvr_window_s, channels_max=64, idle_s=60, storage=storage,
            clock=utc_now,
        )  # fmt: skip
        self.ingest = ShowIngest(
            settings, database, timeline.directory, self._streams, bus,
            new_encoder=lambda: FfmpegEncoder(settings.encoder_preset), owner=self._owner,
        )  # fmt: skip
        limits = RtmpLimits(
            silence_s=settings.ingest_silence_s, connections_max=rtmp_connections_max()
        )
        self.rtmp = RtmpServer(
            self.ingest, settings.host, settings.rtmp_port, limits, rtmps=rtmps(settings)
        )
        self._ranges = HighlightRanges(database)
        authorizer = MediaAuthorizer(
            timeline.directory, self._streams, timeline.auth_cache, token_signer(), pass_signer(),
            self._ranges,
        )  # fmt: skip
        self.app = HlsApp(authorizer.resolve, authorizer.authorise_preview)
        ice = IceSettings(settings.whip_ports, settings.whip_addresses)
        whip_limits = WhipLimits(silence_s=settings.ingest_silence_s)
        self._whip = WhipSessions(self.ingest, lambda: WorkerPeer(ice), whip_limits)
        self.whip = WhipApp(
            self._whip, IceServers(settings.ice_servers, settings.turn_secret),
            trusted_proxies=settings.trusted_proxies,
        )  # fmt: skip
        self.live_edge = LiveEdgeRegistry(
            LiveEdgeAuthorizer(timeline.directory, self._streams, timeline.authorizer),
            same_origin(settings.site_url), trusted_proxies=settings.trusted_proxies,
            network=network_of, limits=LiveEdgeLimits(settings.live_edge_viewers_max),
        )  # fmt: skip
        timeline.look_after(self.live_edge)
        self._undo: list[Callable[[], None]] = []

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        await self._machine.start()
        await self._database.run(shows.recover_after_restart, self._owner)
        self.ingest.start()
        self._undo = [
            media_services.on_rotation(
                lambda channel_id: loop.call_soon_threadsafe(self.ingest.kick_channel, channel_id)
            ),
            self._ranges.watch(bus),
        ]
        await self.rtmp.start()

    async def stop(self) -> None:
        for undo in self._undo:
            undo()
        self.rtmp.stop_listening()  # else cut encoders would connect again at once
        await self.ingest.stop()
        await self._whip.stop()
        await self.rtmp.close()
        await self._streams.close()
        await self._machine.stop()

    def report(self) -> dict[str, Any]:
        """Return the number of broadcasts and the problems in words, for `/healthz`."""
        return {
            "broadcasts": self.ingest.broadcasts,
            "live_edge": self.live_edge.viewers,
            "problems": [*warnings(self._machine.findings()), *self._problems_of_shows()],
            **self._machine.report(),
        }

    def _problems_of_shows(self) -> list[dict[str, Any]]:
        return [
            {"show": slug, **warning}
            for slug, finding in self.ingest.findings()
            for warning in warnings([finding])
        ]


class Jobs:
    """A component of a process: the jobs of all slices, each queue in a thread of its own."""

    def __init__(self, payments: Payments, forgetting: Retention) -> None:
        jobs = [*(job for one in SLICES for job in one.jobs), *payments.jobs()]
        self._runners = [
            JobRunner([Job("forget_old", retention.EVERY_S, forgetting.run)]),
            *(JobRunner([job for job in jobs if job.queue is queue]) for queue in JobQueue),
        ]

    async def start(self) -> None:
        for runner in self._runners:
            runner.start()

    async def stop(self) -> None:
        for runner in self._runners:
            await asyncio.to_thread(runner.stop)


class Server:
    """All roles of one process."""

    def __init__(self, settings: Settings, beside: Beside | None = None) -> None:
        self._settings = settings
        self._beside = beside
        self._database = Database()
        self._timeline = TimelineService(settings, self._database)
        self._media = MediaService(settings, self._database, self._timeline)
        self._payments = Payments(settings)
        forgetting = Retention(days=dict(settings.keep_days))
        self._jobs = Jobs(self._payments, forgetting)
        site = urlsplit(settings.site_url).netloc
        self._purger = CachePurger(self._database, bus, HttpPurge(settings.purge_urls, site))
        self._django = self._timeline.in_front_of(django_app(settings, self._database))
        self._healthz = healthz(
            lambda: {
                **self._media.report(), **self._timeline.report(), "kept": forgetting.report(),
                "payments": payment_health.report(),
            }
        )  # fmt: skip
        self._http = HttpServer(
            settings, self._dispatch, self._upgraded(), self._send_away,
            direct=first_of(self._timeline.direct, self._django.direct),
        )  # fmt: skip

    async def run(self) -> None:
        """Serve until a signal says stop."""
        components: list[Component] = [DataFolderLock(self._settings.data_dir)]
        if self._settings.database_url:
            components.append(DatabaseLock(self._settings.database_url))
        components += [self._database, self._timeline, self._media, self._jobs, self._purger]
        await run_components(components, self._http, self._announce, self._beside)

    def _upgraded(self) -> Callable[..., asyncio.Protocol]:
        """Return the maker of the protocol that takes a connection over, by its path."""
        timeline, live_edge = self._timeline.ws, connection.protocol(self._media.live_edge)

        def make(*, path: str, **uvicorn: Any) -> asyncio.Protocol:
            return (live_edge if path.startswith(PREFIX) else timeline)(**uvicorn)

        return make

    async def _send_away(self) -> None:
        await self._media.live_edge.shutdown()
        await self._timeline.send_away()

    def _announce(self, port: int) -> None:
        self._payments.serving_on(port)
        ready = {"port": port, "rtmp_port": self._media.rtmp.port}
        (self._settings.data_dir / "serve.json").write_text(json.dumps(ready), "utf-8")
        log.info("serving port=%s rtmp_port=%s", port, self._media.rtmp.port)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/timeline/"):
            await self._timeline.app(scope, receive, send)
        elif path.startswith("/hls/"):
            await self._media.app(scope, receive, send)
        elif path.startswith("/whip/"):
            await self._media.whip(scope, receive, send)
        elif path.startswith("/testpay/"):
            await self._payments.token_app(scope, receive, send)
        elif path == "/healthz":
            await self._healthz(scope, receive, send)
        else:
            await self._django(scope, receive, send)


def serve(settings: Settings, beside: Beside | None = None) -> int:
    """Run until SIGINT or SIGTERM, together with `beside`; return the exit code. Raise Conflict for
    a database that this process must not serve."""
    require_servable(settings)
    return run(lambda: Server(settings, beside).run())
