"""After a backup was restored nobody goes on from a position that now means something else."""

import pytest

from showfloor.accounts.models import Brand
from showfloor.timeline import cache_invalidation, personal_stream, queries, restore, services
from showfloor.timeline.log import NewEntry
from showfloor.timeline.models import Recall
from showfloor.timeline.restore import Renewed

pytestmark = pytest.mark.django_db
ANA = "g:ana"


def timeline_of(brand: Brand, entries: int) -> str:
    with services.write():
        timeline = services.create(brand)
        services.append(timeline.pk, [NewEntry("said", {"n": n}) for n in range(entries)])
    services.close_tick(timeline.pk)
    return timeline.pk


def tell(brand: Brand, *kinds: str) -> list[int]:
    with services.write():
        written = personal_stream.tell(brand.pk, ANA, [NewEntry(kind) for kind in kinds])
    return [entry.seq for entry in written]


def test_every_timeline_of_the_brand_has_a_new_epoch(brand: Brand, other_brand: Brand) -> None:
    ours = [timeline_of(brand, 1), timeline_of(brand, 2)]
    theirs = timeline_of(other_brand, 1)
    before = {one: queries.head(one) for one in (*ours, theirs)}
    assert restore.begin_anew(brand.pk) == Renewed(timelines=2, streams=0)
    after = {one: queries.head(one) for one in before}
    assert [after[one].epoch != before[one].epoch for one in before] == [True, True, False]
    assert len({head.epoch for head in after.values()}) == 3
    assert [head.seq for head in after.values()] == [1, 2, 1], "no entry is touched"


def test_caches_forget_what_lies_under_the_old_epoch(brand: Brand) -> None:
    timeline_id = timeline_of(brand, 501)
    old = queries.head(timeline_id).epoch
    restore.begin_anew(brand.pk)
    with services.write():
        services.redact(timeline_id, 501, {})
    new = queries.head(timeline_id).epoch
    assert [(row.epoch, row.ranges) for row in cache_invalidation.waiting()] == [
        (old, (0, 1)),
        (new, (1,)),
    ]
    assert cache_invalidation.waiting()[0].ticks


def test_doing_it_again_does_no_harm(brand: Brand) -> None:
    timeline_id = timeline_of(brand, 1)
    tell(brand, "a")
    epochs = [queries.head(timeline_id).epoch]
    for _ in range(2):
        assert restore.begin_anew(brand.pk) == Renewed(timelines=1, streams=1)
        epochs.append(queries.head(timeline_id).epoch)
    assert len(set(epochs)) == 3
    assert [row.epoch for row in cache_invalidation.waiting()] == epochs[:2]
    assert [entry.kind for entry in personal_stream.read(brand.pk, ANA)] == ["a"]


def test_person_misses_nothing_after_a_restore(brand: Brand) -> None:
    """Up to the backup a and b; after it, and lost with it, as much as anyone was ever told."""
    told = tell(brand, "a", "b")
    lost = told[-1] + 10_000
    restore.begin_anew(brand.pk)
    (told_since,) = tell(brand, "c")
    entries = personal_stream.read(brand.pk, ANA, after=lost)
    assert [entry.kind for entry in entries] == ["a", "b", "c"], "from the beginning"
    assert [entry.seq for entry in entries] == [told_since - 2, told_since - 1, told_since]
    assert personal_stream.head(brand.pk, ANA) == told_since, "who has the last one has all"
    assert Recall.objects.for_brand(brand).count() == 0, "no cache has any of it"
