"""`showfloor edge`: the endpoints of the timelines, and the video of the processes that take the
streams, by HLS and at the live edge. Any number can run, and any can die."""

import logging

from showfloor.accounts.database_threads import Database
from showfloor.accounts.signer import address_signer
from showfloor.edge.asgi_types import Receive, Scope, Send
from showfloor.edge.hls.origin_proxy import OriginLimits, OriginProxy, origin_client
from showfloor.edge.live_edge.origin_proxy import LiveEdgeProxy
from showfloor.edge.live_edge.registry import LiveEdgeLimits
from showfloor.edge.websocket.handshake import same_origin
from showfloor.kernel.networks import network_of
from showfloor.kernel.settings import Settings
from showfloor.roles.http import HttpServer, healthz, in_turn, nothing_here, upgrades
from showfloor.roles.process import require_shared, run, run_components
from showfloor.roles.start_checks import require_servable
from showfloor.roles.timeline_service import TimelineService
from showfloor.shows.origins import OriginDirectory

log = logging.getLogger(__name__)


class Edge:
    """One process of many."""

    def __init__(self, settings: Settings) -> None:
        self._database = Database()
        self._timeline = TimelineService(settings, self._database)
        self._origin = origin_client(OriginLimits())
        origins = OriginDirectory(self._database, settings.origin_url or None)
        self._hls = OriginProxy(origins.locate, self._origin)
        self._live_edge = LiveEdgeProxy(
            origins.locate, same_origin(settings.site_url), address_signer(),
            limits=LiveEdgeLimits(settings.live_edge_viewers_max),
            trusted_proxies=settings.trusted_proxies, network=network_of,
        )  # fmt: skip
        self._healthz = healthz(
            lambda: {
                "role": "edge", "live_edge": self._live_edge.viewers, **self._timeline.report()
            }
        )  # fmt: skip
        self._http = HttpServer(
            settings, self._dispatch,
            upgrades(self._live_edge.protocol, self._timeline.ws),
            in_turn(self._live_edge.shutdown, self._timeline.send_away),
            direct=self._timeline.direct,
        )  # fmt: skip

    async def run(self) -> None:
        """Serve until a signal says stop."""
        try:
            await run_components(
                [self._database, self._timeline], self._http,
                lambda port: log.info("serving role=edge port=%s", port),
            )  # fmt: skip
        finally:
            await self._origin.aclose()

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/timeline/"):
            await self._timeline.app(scope, receive, send)
        elif scope["path"].startswith("/hls/") and _is_http(scope):
            await self._hls(scope, receive, send)
        elif scope["path"] == "/healthz" and _is_http(scope):
            await self._healthz(scope, receive, send)
        else:
            await nothing_here(scope, receive, send)


def _is_http(scope: Scope) -> bool:
    return bool(scope["type"] == "http")


def edge(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; the exit code. SettingError where it can't work with others."""
    require_shared(settings, "edge")
    require_servable(settings)
    return run(lambda: Edge(settings).run())
