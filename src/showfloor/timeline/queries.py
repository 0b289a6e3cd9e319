"""Queries on timelines through Django's connection."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from showfloor.timeline import log
from showfloor.timeline.log import Entry, Head, Tick


def read(
    timeline_id: str, after: int, limit: int = log.READ_LIMIT, until: int | None = None
) -> list[Entry]:
    """Entries with `after < seq <= until`, in order."""
    with connection.cursor() as cursor:
        return log.read(cursor, timeline_id, after, limit, until)


def pick(timeline_id: str, seqs: Sequence[int]) -> list[Entry]:
    """Return the entries of these numbers, in order."""
    with connection.cursor() as cursor:
        return log.pick(cursor, timeline_id, seqs)


def containing(timeline_id: str, kind: str, text: str, after: int = 0) -> Iterator[Entry]:
    """Entries of this kind with `seq > after` in whose body `text` stands, in order. For what is
    done seldom: all of the timeline after that is looked through."""
    while found := _containing(timeline_id, kind, text, after):
        yield from found
        after = found[-1].seq


def head(timeline_id: str) -> Head:
    with connection.cursor() as cursor:
        return log.head(cursor, timeline_id)


def ticks(timeline_id: str, after: int, limit: int = log.READ_LIMIT) -> list[Tick]:
    """Closed ticks with a number above `after`, in order."""
    with connection.cursor() as cursor:
        return log.ticks(cursor, timeline_id, after, limit)


def tick_reaching(timeline_id: str, seq: int) -> int:
    """Return the number of the first tick that ends with entry `seq` or a later one."""
    with connection.cursor() as cursor:
        return log.tick_reaching(cursor, timeline_id, seq)


@contextmanager
def consistent() -> Iterator[None]:
    """Read everything inside as of one moment, while no writer waits.

    Django's `atomic` would be the wrong tool twice: on SQLite it takes the write lock (BEGIN
    IMMEDIATE), on PostgreSQL each statement would still see a newer moment (READ COMMITTED).
    Inside a caller's transaction its rules hold. Nothing may be written inside.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "BEGIN DEFERRED"
            if connection.vendor == "sqlite"
            else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _containing(timeline_id: str, kind: str, text: str, after: int) -> list[Entry]:
    with connection.cursor() as cursor:
        return log.containing(cursor, timeline_id, kind, text, after)
