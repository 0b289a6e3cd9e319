"""The cache of snapshots, over real shows in the database."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, override

import pytest
from django.db import connection

from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import Brand
from showfloor.edge.snapshot_cache import SnapshotCache
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.site.timeline_snapshot import snapshot_text
from showfloor.timeline import queries
from showfloor.timeline import services as timeline
from showfloor.timeline.bus import Bus
from showfloor.timeline.log import NewEntry, NoTimeline
from tests.support.waiting import await_until

pytestmark = pytest.mark.django_db(transaction=True)


class CountedDatabase(Database):
    """Counts its queries, and lets a test act while one runs."""

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
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def snapshots(database: CountedDatabase, bus: Bus) -> AsyncIterator[SnapshotCache]:
    made = SnapshotCache(lambda timeline_id: database.run(snapshot_text, timeline_id), bus)
    await made.start()
    yield made
    await made.stop()


def append(show: Show, *kinds: str) -> None:
    with timeline.write():
        timeline.append(show.timeline_id, [NewEntry(kind) for kind in kinds])


async def read(snapshots: SnapshotCache, timeline_id: str) -> Any:
    return json.loads(await snapshots.snapshot(timeline_id))


async def test_many_requests_at_once_share_one_snapshot(
    show: Show, snapshots: SnapshotCache, database: CountedDatabase
) -> None:
    made = await asyncio.gather(*(snapshots.snapshot(show.timeline_id) for _ in range(20)))
    assert database.asked == 1
    assert len(set(made)) == 1
    head = await in_thread(lambda: queries.head(show.timeline_id))
    body = json.loads(made[0])
    assert (body["slug"], body["timeline"]["seq"]) == (show.slug, head.seq)


async def test_redacted_entry_is_absent_from_later_snapshots(
    show: Show, snapshots: SnapshotCache, database: CountedDatabase, bus: Bus
) -> None:
    before = (await read(snapshots, show.timeline_id))["timeline"]["seq"]
    bus.wake(show.timeline_id)
    await in_thread(lambda: append(show, "a"))
    assert (await read(snapshots, show.timeline_id))["timeline"]["seq"] == before, "kept"
    bus.wake(show.timeline_id, redacted=(1,))
    await await_until(lambda: not snapshots._kept)
    asked = database.asked

    def redact_once() -> None:
        database.meanwhile = lambda: None
        snapshots.forget(show.timeline_id)

    database.meanwhile = redact_once
    assert (await read(snapshots, show.timeline_id))["timeline"]["seq"] == before + 1
    assert database.asked == asked + 2, "a snapshot in the making is made again"


async def test_backstage_snapshot_is_its_position(show: Show, snapshots: SnapshotCache) -> None:
    assert await read(snapshots, show.backstage_id) == {
        "timeline": {
            "seq": 0,
            "epoch": (await in_thread(lambda: queries.head(show.backstage_id))).epoch,
        }
    }


async def test_unknown_timeline_has_no_snapshot_and_the_failure_is_not_kept(
    show: Show, snapshots: SnapshotCache
) -> None:
    for _ in range(2):
        with pytest.raises(NoTimeline):
            await snapshots.snapshot("nothing")
    await await_until(lambda: not snapshots._kept)
