"""`showfloor serve`: all roles in one process. Beside `web` and `edge`, it is the one process that
takes the streams and runs the jobs."""

import asyncio
import json
import logging
from urllib.parse import urlsplit

from showfloor.accounts.database_threads import Database
from showfloor.adapters.purge.cache_purger import CachePurger
from showfloor.adapters.purge.http import HttpPurge
from showfloor.checkout import payment_health
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.http.direct import first_of
from showfloor.kernel.jobs import Job, JobQueue
from showfloor.kernel.settings import Settings
from showfloor.privacy import retention
from showfloor.privacy.retention import Retention
from showfloor.replays import moving
from showfloor.roles.casts import CastProcesses
from showfloor.roles.django_app import django_app
from showfloor.roles.http import Beside, HttpServer, healthz, in_turn, upgrades
from showfloor.roles.job_runner import JobRunner
from showfloor.roles.media_service import MediaService
from showfloor.roles.payments import Payments
from showfloor.roles.process import Component, run, run_components
from showfloor.roles.singleton_lock import DatabaseLock, DataFolderLock
from showfloor.roles.start_checks import require_encoder, require_servable
from showfloor.roles.timeline_service import TimelineService
from showfloor.site.slices import SLICES
from showfloor.timeline.bus import bus

log = logging.getLogger(__name__)


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
        self._casts = CastProcesses()
        self._jobs = Jobs(self._payments, forgetting)
        site = urlsplit(settings.site_url).netloc
        self._purger = CachePurger(self._database, bus, HttpPurge(settings.purge_urls, site))
        self._django = self._timeline.in_front_of(django_app(settings, self._database))
        self._healthz = healthz(
            lambda: {
                **self._media.report(), **self._timeline.report(), "kept": forgetting.report(),
                "payments": payment_health.report(), "object_storage": moving.report(),
            }
        )  # fmt: skip
        self._http = HttpServer(
            settings, self._dispatch,
            upgrades(self._media.live_edge_protocol, self._timeline.ws),
            in_turn(self._media.live_edge.shutdown, self._timeline.send_away),
            direct=first_of(self._timeline.direct, self._django.direct),
        )  # fmt: skip

    async def run(self) -> None:
        """Serve until a signal says stop."""
        components: list[Component] = [DataFolderLock(self._settings.data_dir)]
        if self._settings.database_url:
            components.append(DatabaseLock(self._settings.database_url))
        components += [self._database, self._timeline, self._media, self._casts, self._jobs]
        components.append(self._purger)
        await run_components(components, self._http, self._announce, self._beside)

    def _announce(self, port: int) -> None:
        self._payments.serving_on(port)
        self._casts.serving_on(port)
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
    require_encoder(settings)
    return run(lambda: Server(settings, beside).run())
