"""`showfloor web`: pages, API, console and the timelines' endpoints. The one `showfloor serve`
beside it takes the streams and runs the jobs."""

import logging

from showfloor.accounts.database_threads import Database
from showfloor.adapters.filesystem.curve_files import CurveFiles
from showfloor.checkout import payment_health
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.http.direct import first_of
from showfloor.kernel.settings import Settings
from showfloor.media.diagnostics import curves
from showfloor.replays import recordings
from showfloor.roles.django_app import django_app
from showfloor.roles.http import HttpServer, healthz
from showfloor.roles.object_storage import object_store
from showfloor.roles.payments import Payments
from showfloor.roles.process import require_shared, run, run_components
from showfloor.roles.start_checks import require_servable
from showfloor.roles.timeline_service import TimelineService
from showfloor.shows.stream_health import HealthListener
from showfloor.timeline.bus import bus

log = logging.getLogger(__name__)


class Web:
    """One process of many."""

    def __init__(self, settings: Settings) -> None:
        self._database = Database()
        self._timeline = TimelineService(settings, self._database)
        self._payments = Payments(settings)
        self._curves = CurveFiles(settings.data_dir, curves.book)
        recordings.use_store(object_store(settings))
        self._django = self._timeline.in_front_of(django_app(settings, self._database))
        self._healthz = healthz(
            lambda: {
                "role": "web",
                "payments": payment_health.report(),
                **self._timeline.report(),
            }
        )
        self._http = HttpServer(
            settings, self._dispatch, self._timeline.ws, self._timeline.send_away,
            direct=first_of(self._timeline.direct, self._django.direct),
        )  # fmt: skip

    async def run(self) -> None:
        """Serve until a signal says stop."""
        await run_components(
            [self._database, self._timeline, self._curves, HealthListener(bus)], self._http,
            lambda port: log.info("serving role=web port=%s", port),
        )  # fmt: skip

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/timeline/"):
            await self._timeline.app(scope, receive, send)
        elif path.startswith("/testpay/"):
            await self._payments.token_app(scope, receive, send)
        elif path == "/healthz":
            await self._healthz(scope, receive, send)
        else:
            await self._django(scope, receive, send)


def web(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; return the exit code. SettingError if it cannot share work."""
    require_shared(settings, "web")
    require_servable(settings)
    return run(lambda: Web(settings).run())
