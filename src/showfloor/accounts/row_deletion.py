"""Deleting many rows in small transactions, so that nobody waits long for a turn to write."""

from typing import Any

from django.db.models import QuerySet

from showfloor.accounts.transactions import verb, write


@verb
def delete_some(rows: QuerySet[Any], limit: int) -> int:
    """Delete the first of these rows, at most `limit`, in one transaction; return how many were
    found. A row that has changed meanwhile, so that it is none of these, stays."""
    with write():
        ids = list(rows.values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids).delete()
    return len(ids)
