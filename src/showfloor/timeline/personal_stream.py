"""Personal streams: each person has one at each brand, apart from the public timelines.

The stream is a timeline like any other (gap-free `seq`, in commit order), but it has no public
address: its entries go to the person's open connections alone. The numbers of a new stream begin
above all numbers that were ever given out, so that a position in a deleted stream is before
everything in the new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import batched
from typing import Final

from django.db import IntegrityError, connection, transaction

from showfloor.accounts import batch_sql
from showfloor.accounts.models import Brand
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.ids import new_id
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
        with connection.cursor() as cursor:
            now, counts = utc_now(), {subject: len(news[subject]) for subject in subjects}
            streams = _streams(cursor, brand_id, counts, now)
            told = {streams.timelines[subject]: news[subject] for subject in subjects}
            log.append_each(cursor, told, now, streams.made)
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


@dataclass(frozen=True, slots=True)
class _Streams:
    """The timelines of persons, by subject. `made`: the last numbers of those that were just made,
    by timeline."""

    timelines: Mapping[str, str]
    made: Mapping[str, int]


def _streams(
    cursor: Cursor, brand_id: str, counts: Mapping[str, int], now: datetime
) -> _Streams:  # fmt: skip
    """Return the timelines of these persons, made where missing, and lock them for this transaction
    in the order of the subjects. `counts`: how many entries each gets at `now`; they are counted in
    a timeline that is made, which saves a statement for it."""
    found = _locked(cursor, brand_id, list(counts))
    missing = {subject: counts[subject] for subject in sorted(counts.keys() - found.keys())}
    if not missing:
        return _Streams(found, {})
    made = {subject: new_id() for subject in missing}
    seq = unused_seq()
    last = {made[subject]: seq + count for subject, count in missing.items()}
    if _make(cursor, brand_id, made, last, now):
        return _Streams(found | made, last)
    # Those that another transaction has made first are locked with all others.
    return _Streams(_locked(cursor, brand_id, list(counts)), {})


def _make(
    cursor: Cursor, brand_id: str, made: Mapping[str, str], last: Mapping[str, int], now: datetime
) -> bool:
    """Make these persons' streams, with these last numbers; return whether they are all ours. Where
    somebody else has made one first, those of ours begin without an entry."""
    now_ms = to_epoch_ms(now)
    batch_sql.insert(
        cursor, Timeline._meta.db_table, _TIMELINE,
        [(pk, brand_id, seq, new_id(), now_ms, 0, 0, 0, 0) for pk, seq in last.items()],
    )  # fmt: skip
    batch_sql.insert(
        cursor, PersonStream._meta.db_table, _STREAM,
        [(new_id(), brand_id, subject, pk) for subject, pk in made.items()],
        "ON CONFLICT (brand_id, subject) DO NOTHING",
    )  # fmt: skip
    if cursor.rowcount == len(made):
        return True
    cursor.execute(
        f"DELETE FROM timeline_timeline WHERE {batch_sql.among('id')}"  # noqa: S608 - only names
        " AND NOT EXISTS (SELECT 1 FROM timeline_personstream p"
        " WHERE p.timeline_id = timeline_timeline.id)",
        (batch_sql.many(made.values()),),
    )
    cursor.execute(
        f"UPDATE timeline_timeline SET seq = %s WHERE {batch_sql.among('id')}",  # noqa: S608
        (unused_seq(), batch_sql.many(made.values())),
    )
    return False


def _locked(cursor: Cursor, brand_id: str, subjects: Sequence[str]) -> dict[str, str]:
    lock = "" if connection.vendor == "sqlite" else " FOR UPDATE OF t"
    cursor.execute(
        "SELECT p.subject, t.id FROM timeline_personstream p"  # noqa: S608 - only names
        " JOIN timeline_timeline t ON t.id = p.timeline_id"
        f" WHERE p.brand_id = %s AND {batch_sql.among('p.subject')} ORDER BY p.subject{lock}",
        (brand_id, batch_sql.many(subjects)),
    )
    return dict(cursor.fetchall())


_TIMELINE: Final = {
    "id": "text", "brand_id": "text", "seq": "bigint", "epoch": "text", "last_at": "bigint",
    "tick": "bigint", "ticked_seq": "bigint", "ticked_at": "bigint", "redactions": "bigint",
}  # fmt: skip
_STREAM: Final = {"id": "text", "brand_id": "text", "subject": "text", "timeline_id": "text"}
