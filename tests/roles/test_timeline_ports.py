"""Ticks and snapshots as the doors to the timelines get them, from the database."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, override

import pytest
from django.db import connection

from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import Brand
from showfloor.roles.timeline_ports import ShowSnapshots, TickWriter
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.timeline import queries
from showfloor.timeline import services as timeline
from showfloor.timeline.bus import Bus
from showfloor.timeline.log import NewEntry, NoTimeline
from tests.support.waiting import await_until

pytestmark = pytest.mark.django_db(transaction=True)


class CountedDatabase(Database):
    """Counts what is asked of it, and lets a test act while it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    @override
    async def run[**P, T](self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.asked += 1
        answer = await in_thread(partial(verb, *args, **kwargs))
        self.meanwhile()
        return answer


async def in_thread[T](work: Callable[[], T]) -> T:
    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def _show() -> Show:
    brand = Brand.objects.create(slug="maison-test", name="Maison Test", currency="EUR")
    return shows.create_show(brand, shows.ShowDraft(title="Evening"))


@pytest.fixture
async def show() -> Show:
    return await in_thread(_show)


@pytest.fixture
async def database() -> AsyncIterator[CountedDatabase]:
    made = CountedDatabase()
    yield made
    await made.stop()


@pytest.fixture
async def snapshots(database: CountedDatabase) -> AsyncIterator[ShowSnapshots]:
    bus = Bus()
    made = ShowSnapshots(database, bus)
    made.bus = bus  # type: ignore[attr-defined]
    await made.start()
    yield made
    await made.stop()


def append(show: Show, *kinds: str) -> None:
    with timeline.write():
        timeline.append(show.timeline_id, [NewEntry(kind) for kind in kinds])


async def read(snapshots: ShowSnapshots, timeline_id: str) -> Any:
    return json.loads(await snapshots.snapshot(timeline_id))


async def test_a_tick_is_closed_in_the_database(show: Show) -> None:
    ticks = TickWriter()
    await ticks.close_tick(show.timeline_id)
    await in_thread(lambda: append(show, "a", "b"))
    await ticks.close_tick(show.timeline_id)
    await ticks.close_tick(show.timeline_id)
    [closed] = await in_thread(lambda: queries.ticks(show.timeline_id, 0))
    head = await in_thread(lambda: queries.head(show.timeline_id))
    assert (closed.number, closed.last) == (1, head.seq)
    await ticks.stop()


async def test_a_crowd_gets_one_snapshot(
    show: Show, snapshots: ShowSnapshots, database: CountedDatabase
) -> None:
    made = await asyncio.gather(*(snapshots.snapshot(show.timeline_id) for _ in range(20)))
    assert database.asked == 1
    assert len(set(made)) == 1
    head = await in_thread(lambda: queries.head(show.timeline_id))
    body = json.loads(made[0])
    assert (body["slug"], body["timeline"]["seq"]) == (show.slug, head.seq)


async def test_what_is_taken_back_is_in_no_snapshot_that_is_given_out_after(
    show: Show, snapshots: ShowSnapshots, database: CountedDatabase
) -> None:
    before = (await read(snapshots, show.timeline_id))["timeline"]["seq"]
    snapshots.bus.wake(show.timeline_id)  # type: ignore[attr-defined]
    await in_thread(lambda: append(show, "a"))
    assert (await read(snapshots, show.timeline_id))["timeline"]["seq"] == before, "kept"
    snapshots.bus.wake(show.timeline_id, redacted=(1,))  # type: ignore[attr-defined]
    await await_until(lambda: not snapshots._kept)
    asked = database.asked

    def take_back_once() -> None:
        database.meanwhile = lambda: None
        snapshots.forget(show.timeline_id)

    database.meanwhile = take_back_once
    assert (await read(snapshots, show.timeline_id))["timeline"]["seq"] == before + 1
    assert database.asked == asked + 2, "what was being made then is made again"


async def test_backstage_has_a_position_to_begin_from(show: Show, snapshots: ShowSnapshots) -> None:
    assert await read(snapshots, show.backstage_id) == {
        "timeline": {
            "seq": 0,
            "epoch": (await in_thread(lambda: queries.head(show.backstage_id))).epoch,
        }
    }


async def test_a_timeline_of_no_show_has_none_and_that_is_not_kept(
    show: Show, snapshots: ShowSnapshots
) -> None:
    for _ in range(2):
        with pytest.raises(NoTimeline):
            await snapshots.snapshot("nothing")
    await await_until(lambda: not snapshots._kept)
