"""Which show an address means, and how it stands: kept for a moment, forgotten when it changes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from showfloor.roles.database import Database
from showfloor.shows.models import Show, ShowState
from showfloor.timeline.bus import Bus

KEPT_S = 2.0
ENTRIES_MAX = 2000


@dataclass(frozen=True, slots=True)
class ShowInfo:
    """As much of a show as the hot path asks for."""

    show_id: str
    slug: str
    brand_id: str
    timeline_id: str
    backstage_id: str
    channel_id: str
    state: ShowState
    published: bool

    @property
    def is_public(self) -> bool:
        """Whether the public may see its media and follow its timeline."""
        return self.published and self.state != ShowState.DRAFT


def _find(**by: str) -> ShowInfo | None:
    row = (
        Show.objects.all_brands()
        .filter(**by)
        .values_list(
            "id", "slug", "brand_id", "timeline_id", "backstage_id", "channel_id", "state", "published"
        )
        .first()
    )  # fmt: skip
    if row is None:
        return None
    show_id, slug, brand_id, timeline_id, backstage_id, channel_id, state, published = row
    return ShowInfo(
        show_id, slug, brand_id, timeline_id, backstage_id, channel_id, ShowState(state), published
    )


class ShowDirectory:
    """Shows by slug. `start` and `stop` belong to the event loop."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._by_slug: dict[str, tuple[float, ShowInfo | None]] = {}
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._unsubscribe = self._bus.subscribe(
            lambda wake: loop.call_soon_threadsafe(self.forget, wake.timeline_id)
        )

    def stop(self) -> None:
        self._unsubscribe()

    async def by_slug(self, slug: str) -> ShowInfo | None:
        until, info = self._by_slug.get(slug, (0.0, None))
        if time.monotonic() < until:
            return info
        info = await self._database.run(_find, slug=slug)
        if len(self._by_slug) >= ENTRIES_MAX:
            self._by_slug.clear()
        self._by_slug[slug] = (time.monotonic() + KEPT_S, info)
        return info

    async def by_channel(self, channel_id: str) -> ShowInfo | None:
        return await self._database.run(_find, channel_id=channel_id)

    async def by_timeline(self, timeline_id: str) -> ShowInfo | None:
        return await self._database.run(_find, timeline_id=timeline_id)

    def forget(self, timeline_id: str) -> None:
        """Something happened in that show: look again."""
        for slug, (_, info) in list(self._by_slug.items()):
            if info is not None and info.timeline_id == timeline_id:
                del self._by_slug[slug]
