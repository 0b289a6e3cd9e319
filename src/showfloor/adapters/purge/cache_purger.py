"""A worker that sends purges for the list of `timeline.cache_invalidation` to every cache in front.

It runs in the one process that does the jobs. A row stays on the list until all caches have purged
it often enough, so a process that is killed before starts with it again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from showfloor.accounts.database_threads import Database
from showfloor.adapters.purge.http import Batch, HttpPurge
from showfloor.shows.models import Show
from showfloor.timeline import cache_invalidation
from showfloor.timeline.bus import Bus
from showfloor.timeline.cache_invalidation import Waiting

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0  # also without a notice
SETTLE_EVERY_S: Final = 1.0  # while purges are under way
UNSETTLED_MAX: Final = 5000


class CachePurger:
    """A component of a process."""

    def __init__(self, database: Database, bus: Bus, purge: HttpPurge) -> None:
        self._database = database
        self._bus = bus
        self._purge = purge
        self._unsettled: dict[int, Batch] = {}  # by the row on the list
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._undo: Callable[[], None] = lambda: None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def wake(_notice: Mapping[str, Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._woken.set)

        self._undo = self._bus.hear(cache_invalidation.TOPIC, wake)
        self._purge.start()
        self._task = asyncio.create_task(self._work(), name="purger")

    async def stop(self) -> None:
        self._undo()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._purge.stop()

    async def _work(self) -> None:
        while True:
            try:
                await self._look()
                await self._settle()
            except Exception:  # the worker goes on when the database does not answer
                log.exception("purger_failed")
            try:
                async with asyncio.timeout(SETTLE_EVERY_S if self._unsettled else LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()

    async def _look(self) -> None:
        while len(self._unsettled) < UNSETTLED_MAX:
            found = await self._database.run(_found, frozenset(self._unsettled))
            if not found:
                return
            for waiting, paths in found:
                batch = await self._purge.purge(paths)
                if batch is None:
                    return  # no room: it stays on the list
                self._unsettled[waiting.id] = batch
            await self._settle()

    async def _settle(self) -> None:
        told = [row for row, batch in self._unsettled.items() if batch.is_done]
        if told:
            await self._database.run(cache_invalidation.done, told)
            for row in told:
                del self._unsettled[row]


def _found(besides: frozenset[int]) -> list[tuple[Waiting, list[str]]]:
    rows = cache_invalidation.waiting(besides)
    slugs = dict(
        Show.objects.all_brands()
        .filter(timeline_id__in={row.timeline_id for row in rows})
        .values_list("timeline_id", "slug")
    )
    return [(row, paths_of(slugs.get(row.timeline_id), row)) for row in rows]


def paths_of(slug: str | None, row: Waiting) -> list[str]:
    """Return the cacheable paths of a row; none where the timeline is not a show's public one."""
    if slug is None:
        return []
    top = f"/timeline/{slug}"
    return [
        *(f"{top}/ranges/{row.epoch}/{number}" for number in row.ranges),
        *(f"{top}/ticks/{number}" for number in row.ticks),
        f"{top}/snapshot",
        top,
    ]
