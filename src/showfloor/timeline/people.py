"""What is for one person alone: an own stream at each brand, apart from the public timelines.

The stream is a timeline like any other (gap-free `seq`, in commit order), but no one can follow it
by address: its entries go to the person's open connections and to nobody else.
"""

from collections.abc import Sequence
from functools import partial
from itertools import batched

from django.db import IntegrityError, connection, transaction

from showfloor.accounts.models import Brand
from showfloor.kernel.clock import utc_now
from showfloor.timeline import log, queries
from showfloor.timeline.bus import bus
from showfloor.timeline.log import Entry, NewEntry
from showfloor.timeline.models import PersonStream, Timeline

PAGE_MAX = 200  # entries in one read
SUBJECTS_AT_ONCE = 500  # in one statement


def tell(brand_id: str, subject: str, entries: Sequence[NewEntry]) -> list[Entry]:
    """Write entries for one person (a token's `sub`) in the open transaction; their connections
    hear of it when it commits. Take several persons in the order of their subjects."""
    assert connection.in_atomic_block, "an entry is written in the transaction of its cause"
    timeline_id = _stream(brand_id, subject)
    with connection.cursor() as cursor:
        written = log.append(cursor, timeline_id, entries, utc_now())
    transaction.on_commit(partial(bus.wake_person, brand_id, subject))
    return written


def read(brand_id: str, subject: str, after: int = 0, limit: int = PAGE_MAX) -> list[Entry]:
    """The person's entries with `seq > after`, in order, at most `limit` of them."""
    row = PersonStream.objects.for_brand(brand_id).filter(subject=subject).first()
    return queries.read(row.timeline_id, after, limit) if row is not None else []


def heads(brand_id: str, limit: int) -> dict[str, int]:
    """How far the streams of a brand go, by person; at most `limit` of them."""
    rows = PersonStream.objects.for_brand(brand_id).values_list("subject", "timeline__seq")
    return dict(rows[:limit])


def heads_of(brand_id: str, subjects: Sequence[str]) -> dict[str, int]:
    """The same for these persons, as far as they have a stream."""
    found: dict[str, int] = {}
    rows = PersonStream.objects.for_brand(brand_id).values_list("subject", "timeline__seq")
    for some in batched(subjects, SUBJECTS_AT_ONCE):
        found |= dict(rows.filter(subject__in=some))
    return found


def latest(brand_id: str, subject: str, limit: int = 20) -> list[Entry]:
    """The person's last entries, the oldest of them first."""
    rows = PersonStream.objects.for_brand(brand_id).filter(subject=subject)
    row = rows.select_related("timeline").first()
    if row is None:
        return []
    return queries.read(row.timeline_id, max(0, row.timeline.seq - limit), limit)


def forget(brand_id: str, subject: str) -> None:
    """Delete the person's stream with all that is in it."""
    for row in PersonStream.objects.for_brand(brand_id).filter(subject=subject):
        Timeline.objects.for_brand(brand_id).filter(pk=row.timeline_id).delete()


def _stream(brand_id: str, subject: str) -> str:
    rows = PersonStream.objects.for_brand(brand_id).filter(subject=subject)
    found = rows.values_list("timeline_id", flat=True).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            timeline = Timeline(brand=Brand(pk=brand_id))
            timeline.save()
            PersonStream(brand_id=brand_id, subject=subject, timeline=timeline).save()
        return timeline.pk
    except IntegrityError:  # another transaction made it first
        return rows.values_list("timeline_id", flat=True).get()
