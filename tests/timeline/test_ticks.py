"""Ticks: cut once, without gaps, never too early; nothing slips into a closed one or is lost."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from showfloor.accounts.models import Brand
from showfloor.timeline import log, models, queries, services
from showfloor.timeline.log import Head, NewEntry, Tick
from showfloor.timeline.tick_writer import TickWriter
from tests.races.together import at_once

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOON_MS = 1_772_366_400_000
CLOSERS, WRITERS, ENTRIES_EACH = 4, 3, 25


def after(ms: int) -> datetime:
    return NOON + timedelta(milliseconds=ms)


class Cuts:
    """A timeline whose clock the test holds."""

    def __init__(self, brand: Brand) -> None:
        self.id = services.create(brand).pk

    def say(self, count: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            log.append(cursor, self.id, [NewEntry("said", {"n": n}) for n in range(count)], NOON)

    def close(self, ms: int, *, entries_max: int = 500, empty: bool = False) -> Tick | None:
        with transaction.atomic(), connection.cursor() as cursor:
            return log.close_tick(cursor, self.id, after(ms), entries_max, empty=empty)


@pytest.fixture
def cuts(brand: Brand) -> Cuts:
    return Cuts(brand)


def test_a_tick_takes_what_has_happened_since_the_last(cuts: Cuts) -> None:
    cuts.say(3)
    assert cuts.close(0) == Tick(1, 1, 3, NOON_MS)
    cuts.say(2)
    assert cuts.close(100) == Tick(2, 4, 5, NOON_MS + 100)
    assert queries.ticks(cuts.id, 0) == [Tick(1, 1, 3, NOON_MS), Tick(2, 4, 5, NOON_MS + 100)]
    assert queries.ticks(cuts.id, 1, 1) == [Tick(2, 4, 5, NOON_MS + 100)]
    head = queries.head(cuts.id)
    assert head == Head(5, head.epoch, tick=2, ticked_seq=5)


def test_nothing_is_no_tick_unless_it_is_asked_for(cuts: Cuts) -> None:
    assert cuts.close(0) is None
    assert cuts.close(0, empty=True) == Tick(1, 1, 0, NOON_MS)
    cuts.say(1)
    assert cuts.close(200) == Tick(2, 1, 1, NOON_MS + 200)
    assert cuts.close(400, empty=True) == Tick(3, 2, 1, NOON_MS + 400)


def test_the_first_entry_of_an_idle_show_goes_at_once_and_the_next_waits(cuts: Cuts) -> None:
    cuts.say(1)
    assert cuts.close(0) is not None
    cuts.say(1)
    assert cuts.close(99) is None
    assert cuts.close(99, empty=True) is None
    assert cuts.close(100) == Tick(2, 2, 2, NOON_MS + 100)


def test_more_than_one_ticks_worth_waits_for_no_time(cuts: Cuts) -> None:
    cuts.say(25)
    assert cuts.close(0, entries_max=10) == Tick(1, 1, 10, NOON_MS)
    assert cuts.close(0, entries_max=10) == Tick(2, 11, 20, NOON_MS)
    assert cuts.close(0, entries_max=10) is None
    assert cuts.close(100, entries_max=10) == Tick(3, 21, 25, NOON_MS + 100)


def test_a_clock_set_back_by_an_hour_stops_no_tick(cuts: Cuts) -> None:
    cuts.say(1)
    assert cuts.close(3_600_000) is not None
    cuts.say(1)
    assert cuts.close(0) is not None


def test_tick_is_found_by_its_number(cuts: Cuts) -> None:
    cuts.say(3)
    cuts.close(0)
    cuts.close(100, empty=True)
    cuts.say(3)
    cuts.close(200)
    with connection.cursor() as cursor:
        found = [log.tick(cursor, cuts.id, number) for number in range(5)]
    assert [tick and (tick.first, tick.last) for tick in found] == [
        None,
        (1, 3),
        (4, 3),
        (4, 6),
        None,
    ]


def test_tick_of_an_unknown_timeline_is_not_found(db: None) -> None:
    assert services.close_tick("0" * 26) is None


def test_a_redaction_is_counted(cuts: Cuts) -> None:
    cuts.say(1)
    with services.write():
        services.redact(cuts.id, 1, {})
    assert queries.head(cuts.id).redactions == 1


def test_a_batch_of_more_than_one_statement_keeps_its_order(cuts: Cuts) -> None:
    cuts.say(1203)
    numbers = [entry.body["n"] for entry in queries.read(cuts.id, 0, 2000)]
    assert numbers == list(range(1203))


@pytest.mark.django_db(transaction=True)
def test_two_closers_at_once_cut_once() -> None:
    timeline_id = _timeline()
    with services.write():
        services.append(timeline_id, [NewEntry("said")] * 7)
    cut = at_once([lambda: services.close_tick(timeline_id)] * CLOSERS)
    assert sorted(isinstance(tick, Tick) for tick in cut) == [False] * (CLOSERS - 1) + [True]
    assert [(tick.first, tick.last) for tick in queries.ticks(timeline_id, 0)] == [(1, 7)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="there is one writer, and no row is locked"
)
def test_a_show_that_someone_holds_stops_no_other() -> None:
    held, other = _timeline(), _timeline("other")
    writer = TickWriter()

    async def close(timeline_id: str) -> None:
        await asyncio.wait_for(writer.close_tick(timeline_id, empty=True), 5)

    with services.write():
        services.append(held, [NewEntry("said")])
        with pytest.raises(OperationalError, match="lock timeout"):
            asyncio.run(close(held))
        asyncio.run(close(other))
    asyncio.run(close(held))
    asyncio.run(writer.stop())
    cut = [queries.ticks(timeline_id, 0) for timeline_id in (held, other)]
    assert [[(tick.first, tick.last) for tick in ticks] for ticks in cut] == [[(1, 1)], [(1, 0)]]


@pytest.mark.django_db(transaction=True)
def test_entries_written_while_ticks_are_cut_are_each_in_exactly_one() -> None:
    timeline_id = _timeline()
    ends = [threading.Event() for _ in range(WRITERS)]
    seen: dict[int, Tick] = {}

    def write(end: threading.Event) -> None:
        try:
            for number in range(ENTRIES_EACH):
                with services.write():
                    services.append(timeline_id, [NewEntry("said", {"n": number})])
        finally:
            end.set()

    def cut() -> None:
        second = 0
        while not all(end.is_set() for end in ends):
            second += 1  # a later time each round: nothing is too young to be cut
            with services.write(), connection.cursor() as cursor:
                log.close_tick(cursor, timeline_id, after(1000 * second), 10)
            _closed_ticks_are_whole_and_stay(timeline_id, seen)

    outcomes = at_once([*[partial(write, end) for end in ends], cut])
    assert outcomes == [None] * (WRITERS + 1)
    while services.close_tick(timeline_id) is not None:
        pass
    _closed_ticks_are_whole_and_stay(timeline_id, seen)
    ticks = queries.ticks(timeline_id, 0)
    assert [tick.number for tick in ticks] == list(range(1, len(ticks) + 1))
    covered = [seq for tick in ticks for seq in range(tick.first, tick.last + 1)]
    assert covered == list(range(1, len(covered) + 1))
    head = queries.head(timeline_id)
    assert head.seq - head.ticked_seq == WRITERS * ENTRIES_EACH - len(covered)


def _closed_ticks_are_whole_and_stay(timeline_id: str, seen: dict[int, Tick]) -> None:
    for tick in queries.ticks(timeline_id, max(seen, default=1) - 1):
        found = [e.seq for e in queries.read(timeline_id, tick.first - 1, until=tick.last)]
        assert found == list(range(tick.first, tick.last + 1))
        assert seen.setdefault(tick.number, tick) == tick


def _timeline(slug: str = "maison-test") -> str:
    with services.write():
        return services.create(Brand.objects.create(slug=slug, name="M")).pk


def test_first_tick_that_reaches_an_entry_is_found(cuts: Cuts) -> None:
    assert queries.tick_reaching(cuts.id, 1) == 1
    for number, count in enumerate((3, 0, 1, 2)):
        if count:
            cuts.say(count)
        cuts.close(100 * number, empty=True)  # entries 1..3, none, 4, 5..6
    assert [queries.tick_reaching(cuts.id, seq) for seq in range(1, 8)] == [1, 1, 1, 3, 4, 4, 5]
    ticks = models.Tick.objects.all_brands().filter(timeline_id=cuts.id)
    ticks.filter(number__lte=2).delete()  # forgotten meanwhile
    assert [queries.tick_reaching(cuts.id, seq) for seq in (1, 4, 6)] == [3, 3, 4]
