"""Reading a timeline through Django's connection."""

from django.db import connection

from showfloor.timeline import log
from showfloor.timeline.log import Entry, Head


def read(
    timeline_id: str, after: int, limit: int = log.READ_LIMIT, until: int | None = None
) -> list[Entry]:
    """Entries with `after < seq <= until`, in order."""
    with connection.cursor() as cursor:
        return log.read(cursor, timeline_id, after, limit, until)


def head(timeline_id: str) -> Head:
    with connection.cursor() as cursor:
        return log.head(cursor, timeline_id)
