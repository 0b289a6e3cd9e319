"""Own streams are read when there is something in them, and only then."""

import asyncio
from collections.abc import Callable
from typing import Any, override

import pytest

from showfloor.accounts.database_threads import Database
from showfloor.accounts.models import Brand
from showfloor.timeline import personal_stream, services
from showfloor.timeline.bus import Bus, bus
from showfloor.timeline.log import NewEntry
from showfloor.timeline.personal_stream_cache import LOOK_AGAIN_S, PersonalStreamCache
from tests.support.waiting import await_until


@pytest.fixture(autouse=True)
def _from_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams count from 1, so that numbers can be read."""
    monkeypatch.setattr(personal_stream, "unused_seq", lambda: 0)


class Counted(Database):
    """Counts what it is asked to run; may be slow to say how far the streams go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.answers_heads = asyncio.Event()
        self.answers_heads.set()

    @override
    async def run[**P, T](self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.asked.append(getattr(verb, "__name__", ""))
        if self.asked[-1] == "heads":
            await self.answers_heads.wait()
        return await super().run(verb, *args, **kwargs)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def tell(brand_id: str, subject: str) -> None:
    with services.write():
        personal_stream.tell(brand_id, subject, [NewEntry("told")])


@pytest.fixture
def brand_id(transactional_db: Any) -> str:
    return Brand.objects.create(slug="streams", name="Streams").pk


async def test_person_without_news_costs_no_query(brand_id: str) -> None:
    database = Counted()
    await database.run(tell, brand_id, "g:ana")
    streams = PersonalStreamCache(database, bus)
    await streams.start()
    try:
        database.asked.clear()
        for number in range(50):
            assert await streams.read(brand_id, f"g:{number}", 0, 10) == []
        assert database.asked == ["heads"]
        assert [entry.seq for entry in await streams.read(brand_id, "g:ana", 0, 10)] == [1]
        assert await streams.read(brand_id, "g:ana", 1, 10) == []
        assert database.asked == ["heads", "read"]
        await database.run(tell, brand_id, "g:7")
        await await_until(lambda: "g:7" in streams._brands[brand_id].moved)
        assert [entry.seq for entry in await streams.read(brand_id, "g:7", 0, 10)] == [1]
    finally:
        await streams.stop()
        database.close()


async def test_person_with_news_is_read_also_during_a_look(brand_id: str) -> None:
    database, clock = Counted(), Clock()
    streams = PersonalStreamCache(database, bus, clock)
    await streams.start()
    try:
        assert await streams.read(brand_id, "g:ana", 0, 10) == []
        database.answers_heads.clear()
        await database.run(tell, brand_id, "g:ana")
        await await_until(lambda: "g:ana" in streams._brands[brand_id].moved)
        clock.now += LOOK_AGAIN_S
        assert await streams.read(brand_id, "g:ben", 0, 10) == []  # this one looks again
        await await_until(lambda: database.asked.count("heads") == 2)
        assert [entry.seq for entry in await streams.read(brand_id, "g:ana", 0, 10)] == [1]
    finally:
        database.answers_heads.set()
        await streams.stop()
        database.close()


@pytest.mark.parametrize("heads_max", [100, 2])
async def test_persons_behind_are_known_or_queried(brand_id: str, heads_max: int) -> None:
    database, clock = Counted(), Clock()
    for subject in ("g:ana", "g:ana", "g:ben", "g:cem"):
        await database.run(tell, brand_id, subject)
    streams = PersonalStreamCache(database, Bus(), clock, heads_max)
    try:
        told = {"g:ana": 1, "g:ben": 1, "g:cem": 0, "g:dan": 0}
        assert await streams.ahead(brand_id, told) == ["g:ana", "g:cem"]
        expected = ["heads"] if heads_max == 100 else ["heads", "heads_of"]
        assert database.asked[4:] == expected
    finally:
        await streams.stop()
        database.close()


async def test_a_lost_wake_up_costs_delay(brand_id: str) -> None:
    database, clock = Counted(), Clock()
    streams = PersonalStreamCache(database, Bus(), clock)  # a bus on which nothing comes
    await streams.start()
    try:
        assert await streams.read(brand_id, "g:ana", 0, 10) == []
        await database.run(tell, brand_id, "g:ana")
        assert await streams.read(brand_id, "g:ana", 0, 10) == []
        clock.now += LOOK_AGAIN_S
        assert await streams.read(brand_id, "g:ana", 0, 10) == []  # this one looks again
        await await_until(lambda: streams._brands[brand_id].look is None)
        assert [entry.seq for entry in await streams.read(brand_id, "g:ana", 0, 10)] == [1]
    finally:
        await streams.stop()
        database.close()
