"""The list of entries that caches must drop: written with the cause, kept until it is done."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from showfloor.accounts.models import Brand
from showfloor.kernel.clock import utc_now
from showfloor.timeline import cache_invalidation, log, services
from showfloor.timeline.cache_invalidation import Waiting
from showfloor.timeline.log import NewEntry
from showfloor.timeline.models import Recall, Tick, Timeline

pytestmark = pytest.mark.django_db


def timeline_of(brand: Brand, *sizes: int) -> Timeline:
    """A timeline with ticks of these many entries."""
    timeline = services.create(brand)
    now = utc_now()
    for number, size in enumerate(sizes):
        with transaction.atomic(), connection.cursor() as cursor:
            log.append(cursor, timeline.pk, [NewEntry("said")] * size, now)
            assert log.close_tick(cursor, timeline.pk, now + timedelta(seconds=number)) is not None
    timeline.refresh_from_db()
    return timeline


def waiting(row: Waiting) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return row.ticks, row.ranges


def test_a_redaction_is_noted_with_the_tick_and_the_range_it_is_in(brand: Brand) -> None:
    timeline = timeline_of(brand, 3, 499, 2)
    for seq in (3, 4, 500, 501):
        with transaction.atomic():
            services.redact(timeline.pk, seq, {})
    rows = cache_invalidation.waiting()
    assert [waiting(row) for row in rows] == [
        ((1,), (0,)), ((2,), (0,)), ((2,), (0,)), ((2,), (1,)),
    ]  # fmt: skip
    assert {(row.timeline_id, row.epoch) for row in rows} == {(timeline.pk, timeline.epoch)}


def test_redacted_entry_without_a_tick_is_purged_by_range(brand: Brand) -> None:
    timeline = services.create(brand)
    with transaction.atomic():
        services.append(timeline.pk, [NewEntry("said")])
        services.redact(timeline.pk, 1, {})
    assert waiting(cache_invalidation.waiting()[0]) == ((), (0,))


def test_a_show_as_a_whole_is_its_ranges_and_what_was_cut_lately(brand: Brand) -> None:
    timeline = timeline_of(brand, 400, 400, 400)
    long_ago = Tick.objects.all_brands().filter(timeline=timeline, number=1)
    long_ago.update(at=long_ago.get().at - 3_600_000)
    with transaction.atomic():
        cache_invalidation.note(timeline.pk, 1)
    assert waiting(cache_invalidation.waiting()[0]) == ((2, 3), (0, 1, 2))


def test_a_redaction_that_is_undone_is_not_noted(brand: Brand) -> None:
    timeline = timeline_of(brand, 1)
    with transaction.atomic():
        services.redact(timeline.pk, 1, {})
        transaction.set_rollback(True)
    assert cache_invalidation.waiting() == []


def test_purged_rows_are_deleted_and_others_stay(brand: Brand) -> None:
    timeline = timeline_of(brand, 3)
    with transaction.atomic():
        for seq in (1, 2, 3):
            services.redact(timeline.pk, seq, {})
    first, second, third = cache_invalidation.waiting()
    assert [row.id for row in cache_invalidation.waiting(besides=[first.id])] == [
        second.id,
        third.id,
    ]
    cache_invalidation.done([first.id, third.id])
    assert [row.pk for row in Recall.objects.for_brand(brand)] == [second.id]
    assert cache_invalidation.waiting(limit=1) == [second]
