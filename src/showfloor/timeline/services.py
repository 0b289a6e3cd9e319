"""Writing to a timeline: inside the transaction of the cause, waking the followers after it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb as verb
from showfloor.accounts.transactions import write as write
from showfloor.kernel.clock import utc_now
from showfloor.timeline import cache_invalidation, log
from showfloor.timeline.bus import bus
from showfloor.timeline.log import Entry, NewEntry, Tick
from showfloor.timeline.models import Timeline


def create(brand: Brand) -> Timeline:
    timeline = Timeline(brand=brand)
    timeline.save()
    return timeline


def append(timeline_id: str, entries: Sequence[NewEntry]) -> list[Entry]:
    """Write entries in the open transaction, and wake the followers when it commits.

    One wake-up per transaction and timeline would do; more are harmless.
    """
    assert connection.in_atomic_block, "an entry is written in the transaction of its cause"
    with connection.wrap_database_errors, connection.cursor() as cursor:
        is_postgres = connection.vendor == "postgresql"
        written = log.append(cursor, timeline_id, entries, utc_now(), is_postgres=is_postgres)
    transaction.on_commit(partial(bus.wake, timeline_id))
    return written


def redact(timeline_id: str, seq: int, body: Mapping[str, Any]) -> None:
    """Replace an entry's body in the open transaction."""
    assert connection.in_atomic_block, "a redaction is written in the transaction of its cause"
    with connection.cursor() as cursor:
        log.redact(cursor, timeline_id, seq, body)
    cache_invalidation.note(timeline_id, seq, seq)
    transaction.on_commit(partial(bus.wake, timeline_id, redacted=(seq,)))


@verb
def close_tick(timeline_id: str, *, empty: bool = False) -> Tick | None:
    """Close the next tick in a transaction of its own; None when it is not time yet.

    The caller reads it. No follower is woken: its entries have done that, and a request that waits
    for an empty tick reads on by itself.
    """
    with write(), connection.cursor() as cursor:
        return log.close_tick(cursor, timeline_id, utc_now(), empty=empty)
