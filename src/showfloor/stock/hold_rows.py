"""The rows of holds and stock levels, read and written for many buyers in one statement each.

Hold rows are locked before stock rows, by variant id; rows of run-out holds that another
transaction has locked are passed over, so that nobody waits for them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db import connection

from showfloor.kernel import bulk_sql
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
        " LEFT JOIN stock_stock s ON s.variant_id = v.id WHERE " + _is_one_of("v.id"),
        (_values(variant_ids),),
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
    cursor.execute(
        "SELECT s.brand_id, h.owner, SUM(h.quantity) FROM stock_hold h"  # noqa: S608 - names of ours
        " JOIN stock_stock s ON s.id = h.stock_id"
        " WHERE h.state = 'active' AND " + _is_one_of("h.owner") + " GROUP BY s.brand_id, h.owner",
        (_values(owners),),
    )
    return {(brand_id, owner): int(units) for brand_id, owner, units in cursor.fetchall()}


def lock(cursor: Cursor, owners: Iterable[str], state: HoldState) -> list[HoldRow]:
    """Return the holds of owners (of any brand) that are in this state, locked, by variant id."""
    cursor.execute(
        _SELECT + " WHERE h.state = %s AND " + _is_one_of("h.owner")
        + " ORDER BY s.variant_id, h.id" + _for_update(),
        (state.value, _values(owners)),
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
        (time_text(now), *([stock_id] if stock_id is not None else []), limit),
    )  # fmt: skip
    return [HoldRow(*row) for row in cursor.fetchall()]


def insert(cursor: Cursor, holds: Sequence[NewHold], now: datetime) -> None:
    created_at = time_text(now)
    rows = [
        (
            new_id(), one.stock_id, one.owner, one.quantity, one.state.value, created_at,
            time_text(one.expires_at),
        )
        for one in holds
    ]  # fmt: skip
    bulk_sql.insert(cursor, "stock_hold", _COLUMNS, rows, is_postgres=_is_postgres())


def move(
    cursor: Cursor, holds: Iterable[HoldRow], before: HoldState, after: HoldState
) -> list[HoldRow]:
    """Compare-and-set: move holds to another state; return those that it was us who moved."""
    by_id = {one.id: one for one in holds}
    if not by_id:
        return []
    cursor.execute(
        "UPDATE stock_hold SET state = %s WHERE state = %s AND "  # noqa: S608 - names of ours
        + _is_one_of("id") + " RETURNING id",
        (after.value, before.value, _values(by_id)),
    )  # fmt: skip
    moved = {row[0] for row in cursor.fetchall()}
    return [one for one in by_id.values() if one.id in moved]


def extend(cursor: Cursor, brand_id: str, owner: str, until: datetime) -> None:
    """Let active holds last at least until then."""
    cursor.execute(
        "UPDATE stock_hold SET expires_at = %s WHERE owner = %s AND state = 'active'"
        " AND expires_at < %s AND stock_id IN (SELECT id FROM stock_stock WHERE brand_id = %s)",
        (time_text(until), owner, time_text(until), brand_id),
    )


def time_text(at: datetime) -> str:
    return bulk_sql.time_text(at, is_postgres=_is_postgres())


_SELECT: Final = (
    "SELECT h.id, h.stock_id, s.variant_id, s.brand_id, h.owner, h.quantity"
    " FROM stock_hold h JOIN stock_stock s ON s.id = h.stock_id"
)


def _for_update(how: str = "") -> str:
    return f" FOR UPDATE OF h{how}" if _is_postgres() else ""  # SQLite has one writer


def _is_one_of(column: str) -> str:
    return bulk_sql.is_one_of(column, is_postgres=_is_postgres())


def _values(some: Iterable[str]) -> object:
    return bulk_sql.values(some, is_postgres=_is_postgres())


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"
