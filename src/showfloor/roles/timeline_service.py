"""The timeline service of a process: its endpoints, its authorizer, and the parts that keep both up
to date with the other processes."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, Final

from showfloor.accounts.access_changes import Change
from showfloor.accounts.access_watch import AccessWatch
from showfloor.accounts.auth_cache import AuthCache
from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import AccessChangeKind
from showfloor.accounts.rules import Bans
from showfloor.accounts.signer import network_hasher, token_signer
from showfloor.accounts.subjects import Subject
from showfloor.community.chat import rules as chat
from showfloor.edge.asgi_types import App
from showfloor.edge.authorizer import TimelineAuthorizer
from showfloor.edge.commands.api_routes import ApiRoutes
from showfloor.edge.commands.rate_limit import CommandRateLimit
from showfloor.edge.endpoints import Sources, TimelineEndpoints
from showfloor.edge.fanout.hub import Covers, Hub
from showfloor.edge.fanout.personal_streams import PersonalStreams
from showfloor.edge.live_edge.registry import LiveEdgeRegistry
from showfloor.edge.snapshot_cache import SnapshotCache
from showfloor.edge.sse.streams import EventStreams, StreamLimits
from showfloor.edge.stage import connection as stage
from showfloor.edge.stage.authorizer import StageAuthorizer
from showfloor.edge.stage.registry import PATH as STAGE
from showfloor.edge.stage.registry import StageRegistry
from showfloor.edge.ticks.endpoint import TickEndpoint, TickLimits
from showfloor.edge.token_expiry import TokenExpiry
from showfloor.edge.websocket import connection
from showfloor.edge.websocket.handshake import same_origin
from showfloor.edge.websocket.registry import ConnectionRegistry, SocketLimits
from showfloor.edge.websocket_frames import CloseCode
from showfloor.kernel.clock import utc_now
from showfloor.kernel.networks import network_of
from showfloor.kernel.settings import Settings
from showfloor.roles import interpreter
from showfloor.roles.command_writers import CommandWriters
from showfloor.roles.limits import connections_max, followers_max, per_network_max
from showfloor.roles.links import log_store, nats_link
from showfloor.shows.directory import ShowDirectory
from showfloor.shows.watch_cache import WatchCache
from showfloor.site import commands, kinds
from showfloor.site.timeline_snapshot import snapshot_text
from showfloor.stage.seats import Seats
from showfloor.timeline import presence
from showfloor.timeline.bus import bus
from showfloor.timeline.personal_stream_cache import PersonalStreamCache
from showfloor.timeline.presence_sync import PresenceSync
from showfloor.timeline.tick_writer import TickWriter

log = logging.getLogger(__name__)

# A viewer who was admitted just before a show was hidden may join just after it.
HIDDEN_AGAIN_S: Final = 10.0
CONNECTIONS_PER_PERSON: Final = 30  # tabs and devices


class TimelineService:
    """A component of a process. `ws` is the protocol that uvicorn gives upgraded connections to,
    `app` takes requests below `/timeline/`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.directory = ShowDirectory(database, bus)
        self.auth_cache = AuthCache(database)
        self._watch_cache = WatchCache(database)
        self._store = log_store(settings)
        self._history = log_store(settings)  # apart: reading the past never delays the feed
        self._ticks = TickWriter()
        self._snapshots = SnapshotCache(
            lambda timeline_id: database.run(snapshot_text, timeline_id), bus
        )
        thin = partial(chat.thin, kinds=kinds.THINNED)
        self._hub = Hub(self._store, bus, self._ticks, self._snapshots, thin=thin)
        self._presence_sync = PresenceSync(presence.counter, bus)
        self._people = PersonalStreamCache(database, bus)
        self._commands = CommandWriters()
        self._watch = AccessWatch(database, bus, self._apply)
        self._link = nats_link(settings)
        self._tasks: set[asyncio.Task[None]] = set()
        self.authorizer = TimelineAuthorizer(
            self.directory, self.auth_cache, self._watch_cache, token_signer(), network_hasher()
        )
        self._hub.check_again = self.authorizer.check_again
        most = connections_max()
        limits = SocketLimits(
            connections=followers_max(),
            per_network=per_network_max(settings),  # also behind a proxy that forwards everyone
            per_person=CONNECTIONS_PER_PERSON,
        )
        personal, rate_limit = PersonalStreams(self._hub, self._people), CommandRateLimit()
        self._registry = ConnectionRegistry(
            self._hub, self.authorizer, same_origin(settings.site_url),
            commands=self._commands.queue, personal=personal, rate_limit=rate_limit,
            network=network_of, limits=limits, trusted_proxies=settings.trusted_proxies,
        )  # fmt: skip
        self._stage = StageRegistry(
            StageAuthorizer(self.authorizer, Seats(database)), bus,
            same_origin(settings.site_url), trusted_proxies=settings.trusted_proxies,
            network=network_of,
        )  # fmt: skip
        self._viewer_socket = connection.protocol(self._registry)
        self._stage_socket = stage.protocol(self._stage)
        streams = StreamLimits(streams_max=most // 4, per_network=most // 8)
        self._streams = EventStreams(self._hub, self._snapshots, streams, personal=personal)
        self._tick_endpoint = TickEndpoint(self._hub, TickLimits(waiting_max=most // 3))
        self._endpoints = TimelineEndpoints(
            self.authorizer,
            Sources(self._history, self._snapshots, self._people, self._commands.queue),
            streams=self._streams, ticks=self._tick_endpoint, rate_limit=rate_limit,
            trusted_proxies=settings.trusted_proxies,
        )  # fmt: skip
        self.app: App = self._endpoints
        self.direct = self._endpoints.direct
        self._rate_limit = rate_limit
        self._doors: list[Hub | LiveEdgeRegistry | StageRegistry] = [self._hub]
        self.look_after(self._stage)

    def ws(self, *, path: str, **uvicorn: Any) -> asyncio.Protocol:
        """Return the protocol that takes an upgraded connection over, by its path."""
        maker: Any = self._stage_socket if STAGE.fullmatch(path) else self._viewer_socket
        made: asyncio.Protocol = maker(**uvicorn)
        return made

    def look_after(self, door: LiveEdgeRegistry | StageRegistry) -> None:
        """End the connections of other sockets together with those of the timelines: with their
        right and with their token."""
        self._doors.append(door)
        self._hub.on_sweep.append(door.sweep)
        TokenExpiry(self._hub, door.holders, utc_now)

    def in_front_of(self, api: App) -> ApiRoutes:
        """Return the application that answers the API's operations that are commands, and leaves
        everything else to `api`."""
        return ApiRoutes(
            commands.COMMANDS.values(), self._commands.queue, self.authorizer.identify,
            self.authorizer.known_bearer, self._rate_limit, api,
        )  # fmt: skip

    async def start(self) -> None:
        interpreter.tune()
        if self._link is not None:
            self._link.start()
        self._hub.start()
        self._stage.start()
        self._endpoints.start(bus)
        self.directory.start()
        await self._snapshots.start()
        await self._people.start()
        self._presence_sync.start()
        await self._watch.start()

    async def send_away(self) -> None:
        """Tell viewers when to come back, before the server closes its connections."""
        await self._stage.shutdown()
        await self._registry.shutdown()
        # Event streams and waiting requests, which the registry does not have.
        self._hub.disconnect(lambda *_: True, CloseCode.RESTART, "restarting")

    async def stop(self) -> None:
        self._watch.stop()
        self._presence_sync.stop()
        await self._commands.stop()
        for task in self._tasks:
            task.cancel()
        self._endpoints.stop()
        self._hub.stop()
        self._stage.stop()
        self.directory.stop()
        await self._snapshots.stop()
        await self._people.stop()
        await self._ticks.stop()
        if self._link is not None:
            await self._link.stop()
        await self._store.close()
        await self._history.close()

    def report(self) -> dict[str, Any]:
        """Return the figures for `/healthz`."""
        report: dict[str, Any] = {
            "viewers": self._hub.viewers,
            "streams": self._streams.streams,
            "waiting": self._tick_endpoint.waiting,
        }
        if self._link is not None:
            report["nats"] = "connected" if self._link.connected else "away"
        return report

    def _apply(self, changes: Sequence[Change]) -> None:
        """Apply access changes to the caches and to the open connections."""
        banned, rights = defaultdict[str, Bans](Bans), set[tuple[str, str | None]]()
        for change in changes:
            self.auth_cache.apply(change)
            self._watch_cache.apply(change)
            if change.what is AccessChangeKind.BAN and change.brand_id is not None:
                banned[change.brand_id].add(change.subject, change.network, change.until)
            elif change.what is AccessChangeKind.RIGHTS:
                rights.add((change.subject, change.brand_id))
            elif change.what is AccessChangeKind.HIDDEN:
                self._hide(change.subject)

        now = utc_now()

        def is_banned(brand_id: str, subject: str, network: str) -> bool:
            new = banned.get(brand_id)
            return new is not None and new.covers(Subject.parse(subject), network, now)

        def has_other_rights(brand_id: str, subject: str, _network: str) -> bool:
            return (subject, brand_id) in rights or (subject, None) in rights

        # One walk over all connections, however many changes there are.
        if banned:
            self._disconnect(is_banned, CloseCode.BANNED, "sent out of this show")
        if rights:
            self._disconnect(has_other_rights, CloseCode.BAD_TOKEN, "come in anew")

    def _disconnect(self, covers: Covers, code: int, reason: str) -> None:
        for door in self._doors:
            door.disconnect(covers, code, reason)

    def _hide(self, timeline_id: str) -> None:
        self.directory.forget(timeline_id)
        self._spawn(self._disconnect_hidden(timeline_id))

    async def _disconnect_hidden(self, timeline_id: str) -> None:
        for pause_s in (0.0, HIDDEN_AGAIN_S):
            await asyncio.sleep(pause_s)
            try:
                show = await self.directory.by_timeline(timeline_id)
            except Exception:  # on any database error the show counts as hidden
                log.exception("hidden_show_not_looked_up timeline=%s", timeline_id)
                show = None
            if show is None or not show.is_announced:
                self._disconnect_viewers(timeline_id, CloseCode.NO_SHOW, "no such show")
            elif not show.is_public:
                self._disconnect_viewers(timeline_id, CloseCode.BAD_TOKEN, "come in anew")

    def _disconnect_viewers(self, timeline_id: str, code: int, reason: str) -> None:
        for door in self._doors:
            door.disconnect_viewers(timeline_id, code, reason)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
