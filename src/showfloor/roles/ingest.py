"""`showfloor ingest`: takes streams and serves their video to edges. Several can run beside one
`showfloor serve`, each with a data folder of its own and all with one folder of recordings."""

import json
import logging

from showfloor.accounts.database_threads import Database
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.kernel.settings import SettingError, Settings
from showfloor.roles.http import HttpServer, healthz, in_turn, nothing_here, upgrades
from showfloor.roles.media_service import MediaService
from showfloor.roles.process import Component, require_shared, run, run_components
from showfloor.roles.singleton_lock import DataFolderLock
from showfloor.roles.start_checks import require_encoder, require_servable
from showfloor.roles.timeline_service import TimelineService

log = logging.getLogger(__name__)


class Ingest:
    """One process of many. An encoder may connect to any of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database = Database()
        self._timeline = TimelineService(settings, self._database)
        self._media = MediaService(settings, self._database, self._timeline)
        self._healthz = healthz(
            lambda: {"role": "ingest", **self._media.report(), **self._timeline.report()}
        )
        self._http = HttpServer(
            settings, self._dispatch,
            upgrades(self._media.live_edge_protocol, self._timeline.ws),
            in_turn(self._media.live_edge.shutdown, self._timeline.send_away),
            direct=self._timeline.direct,
        )  # fmt: skip

    async def run(self) -> None:
        """Serve until a signal says stop."""
        lock = DataFolderLock(self._settings.data_dir)
        components: list[Component] = [lock, self._database, self._timeline, self._media]
        await run_components(components, self._http, self._announce)

    def _announce(self, port: int) -> None:
        ready = {"port": port, "rtmp_port": self._media.rtmp.port}
        (self._settings.data_dir / "ingest.json").write_text(json.dumps(ready), "utf-8")
        log.info("serving role=ingest port=%s rtmp_port=%s", port, self._media.rtmp.port)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/hls/"):
            await self._media.app(scope, receive, send)
        elif path.startswith("/whip/"):
            await self._media.whip(scope, receive, send)
        elif path == "/healthz":
            await self._healthz(scope, receive, send)
        else:
            await nothing_here(scope, receive, send)


def ingest(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; return the exit code. SettingError if it cannot share work."""
    require_shared(settings, "ingest")
    if not settings.own_url:
        raise SettingError(
            "SHOWFLOOR_OWN_URL: must be set, for edges to find the video of `showfloor ingest`"
        )
    require_servable(settings)
    require_encoder(settings)
    return run(lambda: Ingest(settings).run())
