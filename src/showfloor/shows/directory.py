"""A cache of shows and their state by address: kept for a moment, dropped at a change."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from django.db import DatabaseError

from showfloor.accounts.database_threads import Database
from showfloor.kernel.single_flight import SingleFlight
from showfloor.shows import services as shows
from showfloor.shows.models import OpenTo, Show, ShowState
from showfloor.shows.watched_show import WHOLE, ReplayBounds, WatchedShow
from showfloor.timeline.bus import Bus, Wake

log = logging.getLogger(__name__)

KEPT_S = 2.0  # a show that the public knows of
DOUBT_S = 0.25  # a doubtful, hidden or missing show is looked up again at most this often
STALE_S = 10.0  # a public show's entry may be used up to this age while it is looked up
ENTRIES_MAX = 2000
FORGOTTEN_MEANWHILE_MAX = 5


@dataclass(frozen=True, slots=True)
class ShowInfo:
    """The fields of a show that the hot path needs."""

    show_id: str
    slug: str
    brand_id: str
    timeline_id: str
    backstage_id: str
    channel_id: str
    state: ShowState
    published: bool
    open_to: str = OpenTo.EVERYONE
    replay: ReplayBounds = WHOLE
    has_live_edge: bool = False
    evens_loudness: bool = False
    watched: WatchedShow = field(init=False, compare=False)  # asked for with each part

    def __post_init__(self) -> None:
        watched = WatchedShow(self.show_id, self.brand_id, self.open_to, self.has_ended)
        object.__setattr__(self, "watched", watched)

    def has_timeline(self, timeline_id: str) -> bool:
        """Return whether this is the show's timeline, or its backstage."""
        return timeline_id in {self.timeline_id, self.backstage_id}

    @property
    def has_ended(self) -> bool:
        return self.state == ShowState.ENDED

    @property
    def is_announced(self) -> bool:
        """Return whether the public may know of the show."""
        return self.published and self.state != ShowState.DRAFT

    @property
    def is_public(self) -> bool:
        """Return whether everyone may see its media and follow its timeline."""
        return self.is_announced and self.open_to == OpenTo.EVERYONE


def _find(**by: str) -> ShowInfo | None:
    row = (
        Show.objects.all_brands()
        .filter(**by)
        .values_list(
            "id", "slug", "brand_id", "timeline_id", "backstage_id", "channel_id", "state",
            "published", "open_to", "replay_from", "replay_until", "recording_deleted_at",
            "has_live_edge", "evens_loudness",
        )
        .first()
    )  # fmt: skip
    if row is None:
        return None
    (
        show_id, slug, brand_id, timeline_id, backstage_id, channel_id, state, published, open_to,
        replay_from, replay_until, deleted_at, has_live_edge, evens_loudness,
    ) = row  # fmt: skip
    return ShowInfo(
        show_id, slug, brand_id, timeline_id, backstage_id, channel_id, ShowState(state), published,
        open_to, ReplayBounds(replay_from, replay_until, is_deleted=deleted_at is not None),
        has_live_edge, evens_loudness,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kept:
    info: ShowInfo | None
    looked_at: float  # monotonic, s
    is_doubtful: bool = False  # something has happened in that show since

    def is_fresh(self, now: float) -> bool:
        """Return whether the entry may be given without another look. A client that is refused does
        not come back: a show that went public a moment ago is not refused by an older look."""
        is_known = self.info is not None and self.info.is_announced
        return not self.is_doubtful and now < self.looked_at + (KEPT_S if is_known else DOUBT_S)


class ShowDirectory:
    """Shows by slug. `start` and `stop` belong to the event loop.

    One query at a time looks up each slug, however many requests ask. Meanwhile, and while the
    database does not answer, a public show counts as unchanged. A show that is hidden comes as an
    access change, which drops its entry.
    """

    def __init__(
        self, database: Database, bus: Bus, *, entries_max: int = ENTRIES_MAX,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._database = database
        self._bus = bus
        self._entries_max = entries_max
        self._clock = clock
        self._sleep = sleep
        self._kept: dict[str, _Kept] = {}
        self._slugs: dict[str, str] = {}  # by timeline
        self._looking = SingleFlight[str, ShowInfo | None]()
        self._forgotten = 0
        self._doubted = 0
        self._undo: tuple[Callable[[], None], ...] = ()

    def start(self) -> None:
        loop = asyncio.get_running_loop()

        def woken(wake: Wake) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.doubt, wake.timeline_id)

        def ended(timeline_id: str) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.forget, timeline_id)

        self._undo = (self._bus.subscribe(woken), shows.on_end(ended))

    def stop(self) -> None:
        for undo in self._undo:
            undo()

    def known(self, slug: str) -> ShowInfo | None:
        """Return a show from memory, and have it looked up again where `by_slug` would; None where
        only `by_slug` can tell."""
        kept = self._kept.get(slug)
        if kept is None or kept.info is None:
            return None
        now = self._clock()
        if kept.is_fresh(now):
            return kept.info
        if not kept.info.is_announced or now >= kept.looked_at + STALE_S:
            return None
        _ = self._look(slug, kept, now)
        return kept.info

    async def by_slug(self, slug: str) -> ShowInfo | None:
        kept = self._kept.get(slug)
        now = self._clock()
        if kept is not None and kept.is_fresh(now):
            return kept.info
        looking = self._look(slug, kept, now)
        if kept is not None and kept.info is not None and kept.info.is_announced:
            if now < kept.looked_at + STALE_S:
                return kept.info
            try:
                return await asyncio.shield(looking)
            except DatabaseError:
                return kept.info
        return await asyncio.shield(looking)

    async def by_channel(self, channel_id: str) -> ShowInfo | None:
        return await self._database.run(_find, channel_id=channel_id)

    async def by_timeline(self, timeline_id: str) -> ShowInfo | None:
        return await self._database.run(_find, timeline_id=timeline_id)

    def doubt(self, timeline_id: str) -> None:
        """Look again at a show in which something has happened, but let no request wait for it."""
        self._doubted += 1
        slug = self._slugs.get(timeline_id)
        if slug in self._kept:
            self._kept[slug] = replace(self._kept[slug], is_doubtful=True)

    def forget(self, timeline_id: str) -> None:
        """Drop the entry of a show that was hidden or has ended: no one is admitted by the old
        state, and the first playlist after the end is complete."""
        self._forgotten += 1
        self._drop(self._slugs.get(timeline_id, ""))

    def _look(self, slug: str, kept: _Kept | None, now: float) -> "asyncio.Task[ShowInfo | None]":
        # A busy chat makes a show doubtful at every entry; looks are rarer than that.
        wait_s = 0.0 if kept is None else max(0.0, kept.looked_at + DOUBT_S - now)
        return self._looking.begin(slug, lambda: self._find(slug, wait_s))

    async def _find(self, slug: str, wait_s: float) -> ShowInfo | None:
        try:
            if wait_s:
                await self._sleep(wait_s)
            info = None
            for _attempt in range(FORGOTTEN_MEANWHILE_MAX):
                forgotten, doubted = self._forgotten, self._doubted
                looked_at = self._clock()
                info = await self._database.run(_find, slug=slug)
                if forgotten == self._forgotten:  # else the row may be older than the change
                    self._keep(slug, _Kept(info, looked_at, doubted != self._doubted))
                    break
            return info
        except DatabaseError:
            log.warning("show_not_looked_up slug=%s", slug, exc_info=True)
            raise

    def _keep(self, slug: str, kept: _Kept) -> None:
        self._drop(slug)
        while len(self._kept) >= self._entries_max:
            self._drop(next(iter(self._kept)))
        self._kept[slug] = kept
        if kept.info is not None:
            self._slugs |= dict.fromkeys((kept.info.timeline_id, kept.info.backstage_id), slug)

    def _drop(self, slug: str) -> None:
        kept = self._kept.pop(slug, None)
        if kept is not None and kept.info is not None:
            for timeline_id in (kept.info.timeline_id, kept.info.backstage_id):
                self._slugs.pop(timeline_id, None)
