"""SQL of waits: one statement for all people of a batch."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.accounts.batch_sql import among, many, stored
from showfloor.kernel.bulk_sql import Cursor


@dataclass(slots=True)
class WaitRow:
    """A wait; its fields are named as its columns are."""

    id: str
    brand_id: str
    owner: str
    variant_id: str
    show_id: str | None
    email: str
    language: str
    state: str
    joined_at: datetime
    offered_at: datetime | None = None


def open_of(cursor: Cursor, brand_id: str, owners: Collection[str]) -> list[WaitRow]:
    """Return the waits of these owners that are not over, the oldest first."""
    table = "waitlists_wait"
    cursor.execute(
        f"SELECT {_NAMES} FROM {table} WHERE brand_id = %s AND state IN ('waiting', 'offered')"  # noqa: S608
        f" AND {batch_sql.among_looked_up(table, 'owner', table)} ORDER BY joined_at, id",
        (brand_id, many(owners)),
    )
    return list(_READ(cursor.fetchall()))


def awaited(cursor: Cursor, variant_ids: Iterable[str]) -> list[str]:
    """Return those of these variants that somebody waits for."""
    cursor.execute(
        f"SELECT wanted.value FROM {batch_sql.wanted()} WHERE EXISTS (SELECT 1"  # noqa: S608
        " FROM waitlists_wait w WHERE w.variant_id = wanted.value AND w.state = 'waiting')",
        (many(variant_ids),),
    )
    return sorted(row[0] for row in cursor.fetchall())


def lock_next(cursor: Cursor, variant_id: str, count: int) -> list[WaitRow]:
    """Return the people who have waited longest, locked. One who is leaving at this moment is
    passed over."""
    lock = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    cursor.execute(
        f"SELECT {_NAMES} FROM waitlists_wait WHERE variant_id = %s AND state = 'waiting'"  # noqa: S608
        f" ORDER BY joined_at, id LIMIT %s{lock}",
        (variant_id, count),
    )
    return list(_READ(cursor.fetchall()))


def places(cursor: Cursor, waits: Sequence[WaitRow]) -> dict[str, int]:
    """Return the place of each wait (by its id) that is waiting: 1 is the next."""
    if not waits:
        return {}
    cursor.execute(
        "SELECT own.id, (SELECT COUNT(*) FROM waitlists_wait w"  # noqa: S608 - names of ours
        " WHERE w.variant_id = own.variant_id AND w.state = 'waiting' AND (w.joined_at"
        " < own.joined_at OR (w.joined_at = own.joined_at AND w.id <= own.id)))"
        f" FROM waitlists_wait own WHERE own.state = 'waiting' AND {among('own.id')}",
        (many(one.id for one in waits),),
    )
    return dict(cursor.fetchall())


def lengths(cursor: Cursor, variant_ids: Collection[str]) -> dict[str, int]:
    """Return how many people wait for each variant; those that nobody waits for are missing."""
    if not variant_ids:
        return {}
    cursor.execute(
        "SELECT variant_id, COUNT(*) FROM waitlists_wait WHERE state = 'waiting'"  # noqa: S608
        f" AND {among('variant_id')} GROUP BY variant_id",
        (many(variant_ids),),
    )
    return dict(cursor.fetchall())


def returned(cursor: Cursor, limit: int) -> list[str]:
    """Return variants with free units that somebody waits for."""
    cursor.execute(
        "SELECT s.variant_id FROM stock_stock s JOIN catalogue_variant v ON v.id = s.variant_id"
        " JOIN catalogue_product p ON p.id = v.product_id WHERE s.on_hand > s.reserved"
        " AND NOT v.archived AND p.published AND EXISTS (SELECT 1 FROM waitlists_wait w"
        " WHERE w.variant_id = s.variant_id AND w.state = 'waiting')"
        " ORDER BY s.variant_id LIMIT %s",
        (limit,),
    )
    return [row[0] for row in cursor.fetchall()]


def insert(cursor: Cursor, waits: Sequence[WaitRow]) -> int:
    """Insert waits; return how many were not there yet."""
    if not waits:
        return 0
    rows = [tuple(getattr(one, name) for name in COLUMNS) for one in waits]
    batch_sql.insert(
        cursor, "waitlists_wait", COLUMNS, rows,
        "ON CONFLICT (owner, variant_id) WHERE state IN ('waiting', 'offered') DO NOTHING",
    )  # fmt: skip
    return int(cursor.rowcount)


def write_emails(cursor: Cursor, changed: Iterable[WaitRow]) -> None:
    """Write where offers of these waits are mailed to."""
    emails = {one.id: one.email for one in changed}
    if emails:
        batch_sql.update(cursor, "waitlists_wait", _EMAIL, list(emails.items()))


def move(
    cursor: Cursor, wait_ids: Collection[str], before: Sequence[str], after: str,
    offered_at: datetime | None = None,
) -> list[str]:  # fmt: skip
    """Compare-and-set: move waits to another state; return the ids of those that it was us who
    moved."""
    if not wait_ids:
        return []
    marks = ", ".join(["%s"] * len(before))
    cursor.execute(
        "UPDATE waitlists_wait SET state = %s, offered_at = COALESCE(%s, offered_at)"  # noqa: S608
        f" WHERE state IN ({marks}) AND {among('id')} RETURNING id",
        (after, None if offered_at is None else stored(offered_at), *before, many(wait_ids)),
    )
    return [row[0] for row in cursor.fetchall()]


COLUMNS: Final = {
    "id": "text", "brand_id": "text", "owner": "text", "variant_id": "text", "show_id": "text",
    "email": "text", "language": "text", "state": "text", "joined_at": "timestamptz",
    "offered_at": "timestamptz",
}  # fmt: skip
_EMAIL: Final = {"id": "text", "email": "text"}
_NAMES: Final = ", ".join(COLUMNS)
_READ: Final = batch_sql.reader(COLUMNS, WaitRow)
