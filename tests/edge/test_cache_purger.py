"""Recalls on their way to the caches: told at once, told after a restart, kept until it is done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, override

from showfloor.accounts.database_threads import Database
from showfloor.adapters.purge import cache_purger
from showfloor.adapters.purge.cache_purger import CachePurger, paths_of
from showfloor.adapters.purge.http import Batch, HttpPurge, PurgeLimits
from showfloor.timeline import cache_invalidation
from showfloor.timeline.bus import Bus
from showfloor.timeline.cache_invalidation import Waiting
from tests.edge.test_purge import Cache
from tests.support.waiting import await_until

ROW = Waiting(7, "timeline", "epoch", (3, 4), (0, 1))
PATHS = [
    "/timeline/evening/ranges/epoch/0",
    "/timeline/evening/ranges/epoch/1",
    "/timeline/evening/ticks/3",
    "/timeline/evening/ticks/4",
    "/timeline/evening/snapshot",
    "/timeline/evening",
]


class List(Database):
    """The list of recalls, in memory."""

    def __init__(self, *rows: Waiting) -> None:
        super().__init__()
        self.rows = {row.id: row for row in rows}
        self.failures = 0
        self.looks = 0

    @override
    async def run(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        if verb is cache_invalidation.done:
            for identity in args[0]:
                del self.rows[identity]
            return None
        assert verb is cache_purger._found
        self.looks += 1
        return [
            (row, paths_of("evening", row)) for row in self.rows.values() if row.id not in args[0]
        ]


class Caches(HttpPurge):
    """Caches that were told of everything when they have `answered`."""

    def __init__(self) -> None:
        super().__init__([], "shop.test")
        self.told: list[str] = []
        self.batches: list[Batch] = []
        self.is_answering = True
        self.has_room = True

    @override
    async def purge(self, paths: Sequence[str]) -> Batch | None:
        if not self.has_room:
            return None
        self.told += paths
        self.batches.append(Batch(0 if self.is_answering else len(paths)))
        return self.batches[-1]


@asynccontextmanager
async def purging_of(listed: List, caches: HttpPurge) -> AsyncIterator[Bus]:
    bus = Bus()
    purger = CachePurger(listed, bus, caches)
    await purger.start()
    try:
        yield bus
    finally:
        await purger.stop()


def test_the_addresses_of_a_recall() -> None:
    assert paths_of("evening", ROW) == PATHS
    assert paths_of(None, ROW) == []  # staff's own timeline, a person's: nothing of it is cached


async def test_rows_from_before_a_restart_are_purged_and_deleted() -> None:
    listed, caches = List(ROW), Caches()
    async with purging_of(listed, caches):
        await await_until(lambda: not listed.rows)
    assert caches.told == PATHS


async def test_a_notice_is_enough_and_nothing_is_told_twice() -> None:
    listed, caches = List(), Caches()
    caches.is_answering = False
    async with purging_of(listed, caches) as bus:
        for number in (1, 2):
            listed.rows[number] = replace(ROW, id=number, ticks=(number,), ranges=())
            bus.publish(cache_invalidation.TOPIC, {})
            tick = f"/timeline/evening/ticks/{number}"
            await await_until(partial(caches.told.__contains__, tick))
        assert set(listed.rows) == {1, 2}  # until the caches have answered, to each by itself
        caches.batches[1].left = 0
        await await_until(lambda: set(listed.rows) == {1})
        caches.batches[0].left = 0
        await await_until(lambda: not listed.rows)
    assert [path for path in caches.told if "ticks" in path] == [
        "/timeline/evening/ticks/1", "/timeline/evening/ticks/2",
    ]  # fmt: skip


async def test_row_without_room_stays_on_the_list() -> None:
    listed, caches = List(ROW), Caches()
    caches.has_room = False
    async with purging_of(listed, caches) as bus:
        bus.publish(cache_invalidation.TOPIC, {})
        await await_until(lambda: listed.looks >= 2)
        assert (list(listed.rows), caches.told) == ([7], [])
        caches.has_room = True
        bus.publish(cache_invalidation.TOPIC, {})
        await await_until(lambda: not listed.rows)
    assert caches.told == PATHS


async def test_a_process_that_dies_between_two_rounds_leaves_it_on_the_list() -> None:
    """With a real line to a real cache: the row goes with the last round, not with the first."""
    cache, listed = Cache(), List(ROW)
    address = await cache.start()
    for again_s in ((30.0,), ()):
        purge = HttpPurge([address], "shop.test", PurgeLimits(again_s=again_s))
        cache.heard.clear()
        async with purging_of(listed, purge) as bus:
            await await_until(lambda: len(cache.heard) == len(PATHS))
            bus.publish(cache_invalidation.TOPIC, {})
            if again_s:
                seen = listed.looks
                await await_until(lambda before=seen: listed.looks > before)  # type: ignore[misc]
                assert list(listed.rows) == [7]
            else:
                await await_until(lambda: not listed.rows)
    await cache.stop()


async def test_a_database_that_is_away_is_asked_again() -> None:
    listed, caches = List(ROW), Caches()
    listed.failures = 1
    async with purging_of(listed, caches) as bus:
        await await_until(lambda: listed.failures == 0)
        await asyncio.sleep(0)
        bus.publish(cache_invalidation.TOPIC, {})
        await await_until(lambda: not listed.rows)
