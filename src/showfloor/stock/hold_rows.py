"""The rows of holds and stock levels, read and written for many buyers in one statement each.

Hold rows are locked before stock rows, by variant id; rows of run-out holds that another
transaction has locked are passed over, so that nobody waits for them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.accounts.batch_sql import (
    among,
    among_looked_up,
    looked_up,
    many,
    stored,
    unindexed,
)
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.ids import new_id
from showfloor.stock import counters
from showfloor.stock.models import HoldState

_COLUMNS: Final = {
    "id": "text", "stock_id": "text", "owner": "text", "quantity": "int", "state": "text",
    "created_at": "timestamptz", "expires_at": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """A variant and its counters. `stock_id` is None where nobody has counted it yet."""

    variant_id: str
    brand_id: str
    sku: str
    stock_id: str | None
    on_hand: int = 0
    reserved: int = 0
    version: int = 0

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved


class HoldRow(NamedTuple):
    id: str
    stock_id: str
    variant_id: str
    brand_id: str
    owner: str
    quantity: int


class NewHold(NamedTuple):
    stock_id: str
    owner: str
    quantity: int
    expires_at: datetime
    state: HoldState = HoldState.ACTIVE


def levels(cursor: Cursor, variant_ids: Iterable[str]) -> dict[str, Level]:
    """Return the variants that exist, with what this transaction has changed so far."""
    cursor.execute(
        "SELECT v.id, v.brand_id, v.sku, s.id, COALESCE(s.on_hand, 0), COALESCE(s.reserved, 0),"  # noqa: S608 - names of ours
        " COALESCE(s.version, 0) FROM catalogue_variant v"
        " LEFT JOIN stock_stock s ON s.variant_id = v.id WHERE " + among("v.id"),
        (many(variant_ids),),
    )
    found = {}
    for variant_id, brand_id, sku, stock_id, on_hand, reserved, version in cursor.fetchall():
        _, more, kept = counters.pending(variant_id)
        found[variant_id] = Level(
            variant_id, brand_id, sku, stock_id, on_hand + more, reserved + kept, version
        )
    return found


def held_units(cursor: Cursor, owners: Iterable[str]) -> dict[tuple[str, str], int]:
    """Return the units that owners hold, by brand id and owner; those without any are missing."""
    owners = list(owners)
    if not owners:
        return {}
    # By owner first: most of them are new, and a join could begin with all holds of a hot variant.
    cursor.execute(
        "SELECT s.brand_id, h.owner, SUM(h.quantity)"  # noqa: S608 - names of ours
        f" FROM {looked_up('stock_hold', 'owner', 'h')} JOIN stock_stock s ON s.id = h.stock_id"
        f" WHERE {unindexed('h.state')} = 'active' GROUP BY s.brand_id, h.owner",
        (many(owners),),
    )
    return {(brand_id, owner): int(units) for brand_id, owner, units in cursor.fetchall()}


def lock(cursor: Cursor, owners: Iterable[str], state: HoldState) -> list[HoldRow]:
    """Return the holds of owners (of any brand) that are in this state, locked, by variant id."""
    cursor.execute(
        _SELECT + f" WHERE {unindexed('h.state')} = %s AND "
        + among_looked_up("stock_hold", "owner", "h")
        + " ORDER BY s.variant_id, h.id" + _for_update(),
        (state.value, many(owners)),
    )  # fmt: skip
    return [HoldRow(*row) for row in cursor.fetchall()]


def lock_due(
    cursor: Cursor, now: datetime, limit: int, stock_id: str | None = None
) -> list[HoldRow]:
    """Return holds that have run out, of one variant or of all, locked, the oldest first. Holds
    that somebody else has locked are left out."""
    of_stock = " AND h.stock_id = %s" if stock_id is not None else ""
    cursor.execute(
        _SELECT + " WHERE h.state = 'active' AND h.expires_at <= %s" + of_stock
        + " ORDER BY h.expires_at LIMIT %s" + _for_update(" SKIP LOCKED"),
        (stored(now), *([stock_id] if stock_id is not None else []), limit),
    )  # fmt: skip
    return [HoldRow(*row) for row in cursor.fetchall()]


def insert(cursor: Cursor, holds: Sequence[NewHold], now: datetime) -> None:
    rows = [
        (
            new_id(), one.stock_id, one.owner, one.quantity, one.state.value, now,
            one.expires_at,
        )
        for one in holds
    ]  # fmt: skip
    batch_sql.insert(cursor, "stock_hold", _COLUMNS, rows)


def move(
    cursor: Cursor, holds: Iterable[HoldRow], before: HoldState, after: HoldState
) -> list[HoldRow]:
    """Compare-and-set: move holds to another state; return those that it was us who moved."""
    by_id = {one.id: one for one in holds}
    if not by_id:
        return []
    cursor.execute(
        f"UPDATE stock_hold SET state = %s WHERE {unindexed('state')} = %s AND "  # noqa: S608 - names of ours
        + among("id") + " RETURNING id",
        (after.value, before.value, many(by_id)),
    )  # fmt: skip
    moved = {row[0] for row in cursor.fetchall()}
    return [one for one in by_id.values() if one.id in moved]


def extend_many(cursor: Cursor, brand_id: str, owners: Iterable[str], until: datetime) -> None:
    """Let active holds last at least until then."""
    cursor.execute(
        "UPDATE stock_hold SET expires_at = %s WHERE state = 'active' AND expires_at < %s"  # noqa: S608
        " AND stock_id IN (SELECT id FROM stock_stock WHERE brand_id = %s) AND "
        + among_looked_up("stock_hold", "owner", "stock_hold"),
        (stored(until), stored(until), brand_id, many(owners)),
    )


def reschedule_many(cursor: Cursor, ends: Mapping[str, datetime]) -> None:
    """Let the active holds of owners end then (owner → end)."""
    rows = [(one.id, ends[one.owner]) for one in lock(cursor, ends, HoldState.ACTIVE)]
    if rows:
        batch_sql.update(cursor, "stock_hold", {"id": "text", "expires_at": "timestamptz"}, rows)


_SELECT: Final = (
    "SELECT h.id, h.stock_id, s.variant_id, s.brand_id, h.owner, h.quantity"  # noqa: S608 - names of ours
    f" FROM stock_hold h JOIN stock_stock s ON s.id = {unindexed('h.stock_id')}"
)


def _for_update(how: str = "") -> str:
    """SQLite has one writer."""
    return f" FOR UPDATE OF h{how}" if connection.vendor == "postgresql" else ""
