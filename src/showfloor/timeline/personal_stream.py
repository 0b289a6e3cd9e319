"""Personal streams: each person has one at each brand, apart from the public timelines.

The stream is a timeline like any other (gap-free `seq`, in commit order), but it has no public
address: its entries go to the person's open connections alone. The numbers of a new stream begin
above all numbers that were ever given out, so that a position in a deleted stream is before
everything in the new one.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import batched

from django.db import IntegrityError, connection, transaction

from showfloor.accounts.models import Brand
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.timeline import log, queries
from showfloor.timeline.bus import bus
from showfloor.timeline.log import Entry, NewEntry
from showfloor.timeline.models import PersonStream, Timeline

PAGE_MAX = 200  # entries in one read
TOLD_AT_ONCE = 500  # persons in one statement


def tell(brand_id: str, subject: str, entries: Sequence[NewEntry]) -> list[Entry]:
    """Write entries for one person (a token's `sub`) in the open transaction; the person's
    connections get them when it commits. Take several persons in the order of their subjects."""
    assert connection.in_atomic_block, "an entry is written in the transaction of its cause"
    timeline_id = _stream(brand_id, subject)
    with connection.cursor() as cursor:
        written = log.append(cursor, timeline_id, entries, utc_now())
    transaction.on_commit(partial(bus.wake_person, brand_id, subject))
    return written


def tell_each(brand_id: str, news: Mapping[str, Sequence[NewEntry]]) -> None:
    """Do the same for many persons, in at most eight statements for each TOLD_AT_ONCE of them, so
    that a show's lock is not held for long (500 took 0.15 s on a busy machine, 0.35 s where their
    streams had to be made)."""
    assert connection.in_atomic_block, "an entry is written in the transaction of its cause"
    for subjects in batched(sorted(news), TOLD_AT_ONCE):
        streams = _streams(brand_id, subjects)
        with connection.cursor() as cursor:
            told = {streams[subject]: news[subject] for subject in subjects}
            log.append_each(cursor, told, utc_now())
        for subject in subjects:
            transaction.on_commit(partial(bus.wake_person, brand_id, subject))


def read(brand_id: str, subject: str, after: int = 0, limit: int = PAGE_MAX) -> list[Entry]:
    """Return the person's entries with `seq > after`, in order, at most `limit` of them."""
    row = PersonStream.objects.for_brand(brand_id).filter(subject=subject).first()
    return queries.read(row.timeline_id, after, limit) if row is not None else []


def head(brand_id: str, subject: str) -> int:
    """Return the last number of the person's stream."""
    rows = PersonStream.objects.for_brand(brand_id).filter(subject=subject)
    return rows.values_list("timeline__seq", flat=True).first() or 0


def heads(brand_id: str, limit: int) -> dict[str, int]:
    """Return the last number of each stream of a brand, by person; at most `limit` of them."""
    rows = PersonStream.objects.for_brand(brand_id).values_list("subject", "timeline__seq")
    return dict(rows[:limit])


def heads_of(brand_id: str, subjects: Sequence[str]) -> dict[str, int]:
    """Do the same for these persons, where they have a stream."""
    found: dict[str, int] = {}
    rows = PersonStream.objects.for_brand(brand_id).values_list("subject", "timeline__seq")
    for some in batched(subjects, TOLD_AT_ONCE):
        found |= dict(rows.filter(subject__in=some))
    return found


def forget(brand_id: str, subject: str) -> None:
    """Delete the person's stream with all that is in it."""
    for row in PersonStream.objects.for_brand(brand_id).filter(subject=subject):
        Timeline.objects.for_brand(brand_id).filter(pk=row.timeline_id).delete()


def unused_seq() -> int:
    """Return a number beyond those of every older stream: none gets an entry each millisecond."""
    return to_epoch_ms(utc_now())


def _timeline(brand_id: str) -> Timeline:
    return Timeline(brand=Brand(pk=brand_id), seq=unused_seq())


def _stream(brand_id: str, subject: str) -> str:
    rows = PersonStream.objects.for_brand(brand_id).filter(subject=subject)
    found = rows.values_list("timeline_id", flat=True).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            timeline = _timeline(brand_id)
            timeline.save()
            PersonStream(brand_id=brand_id, subject=subject, timeline=timeline).save()
        return timeline.pk
    except IntegrityError:  # another transaction made it first
        return rows.values_list("timeline_id", flat=True).get()


def _streams(brand_id: str, subjects: Sequence[str]) -> dict[str, str]:
    """Return the timelines of these persons, made where missing, and lock them for this transaction
    in the order of the subjects."""
    missing = set(subjects) - _found(brand_id, subjects).keys()
    rows = [
        PersonStream(brand_id=brand_id, subject=subject, timeline=_timeline(brand_id))
        for subject in sorted(missing)
    ]
    try:
        with transaction.atomic():
            Timeline.objects.all_brands().bulk_create([row.timeline for row in rows])
            PersonStream.objects.all_brands().bulk_create(rows)
    except IntegrityError:  # another transaction made one of them first
        for subject in sorted(missing):
            _stream(brand_id, subject)
    return _found(brand_id, subjects, lock=True)


def _found(brand_id: str, subjects: Sequence[str], *, lock: bool = False) -> dict[str, str]:
    rows = PersonStream.objects.for_brand(brand_id).filter(subject__in=subjects)
    if lock:
        rows = rows.select_related("timeline").select_for_update(of=("timeline",))
    return {row.subject: row.timeline_id for row in rows.order_by("subject")}
