"""The rows of reservations, read and written for many people in one statement each."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.accounts.batch_sql import among, many, stored, unindexed
from showfloor.kernel.bulk_sql import Cursor

OPEN_PER_OWNER_MAX: Final = 20
_OPEN: Final = "('active', 'in_checkout')"


@dataclass(slots=True)
class ReservationRow:
    """A reservation; its fields are named as its columns are. `unit_amount`: None for the price of
    the moment at which the checkout begins."""

    id: str
    brand_id: str
    owner: str
    variant_id: str
    quantity: int
    unit_amount: int | None
    currency: str
    source: str
    label: str
    show_id: str | None
    show_time_s: float | None
    state: str
    checkout_id: str
    created_at: datetime
    expires_at: datetime
    time_left_ms: int | None = None  # of a timer that stands still

    @property
    def kind(self) -> str:
        return self.source.partition(":")[0]

    @property
    def ref(self) -> str:
        """Return the id of the row that it was made for."""
        return self.source.partition(":")[2]


def open_of(
    cursor: Cursor, brand_id: str, owners: Collection[str], *, lock: bool
) -> dict[str, list[ReservationRow]]:
    """Return the active reservations of each owner and those in an open checkout, the oldest first;
    locked in the order of their ids."""
    table = "checkout_reservation"
    cursor.execute(
        f"SELECT {_NAMES} FROM {table} WHERE {unindexed('brand_id')} = %s AND state IN {_OPEN}"  # noqa: S608
        f" AND {batch_sql.among_looked_up(table, 'owner', table)} ORDER BY id{_for_update(lock)}",
        (brand_id, many(owners)),
    )
    found: dict[str, list[ReservationRow]] = {}
    for one in _READ(cursor.fetchall()):
        found.setdefault(one.owner, []).append(one)
    return found


def in_checkouts(cursor: Cursor, checkout_ids: Collection[str]) -> dict[str, list[ReservationRow]]:
    """Return what is in these checkouts, or ordered by them, by the checkout's id. Its lock is that
    of their rows."""
    if not checkout_ids:
        return {}
    table = "checkout_reservation"
    cursor.execute(
        f"SELECT {_NAMES} FROM {table} WHERE {unindexed('state')} IN ('in_checkout', 'ordered')"  # noqa: S608
        f" AND {batch_sql.among_looked_up(table, 'checkout_id', table)} ORDER BY id",
        (many(checkout_ids),),
    )
    found: dict[str, list[ReservationRow]] = {}
    for one in _READ(cursor.fetchall()):
        found.setdefault(one.checkout_id, []).append(one)
    return found


def lock_due(cursor: Cursor, now: datetime, limit: int) -> list[ReservationRow]:
    """Return active reservations of all brands whose time is over, locked, those first that ended
    first. What somebody else has locked is left out."""
    cursor.execute(
        f"SELECT {_NAMES} FROM checkout_reservation WHERE state = 'active' AND expires_at <= %s"  # noqa: S608
        f" ORDER BY expires_at, id LIMIT %s{_for_update(True, ' SKIP LOCKED')}",
        (stored(now), limit),
    )
    return list(_READ(cursor.fetchall()))


def lock_active(
    cursor: Cursor, brand_id: str, reservation_ids: Collection[str]
) -> list[ReservationRow]:
    """Return those of these reservations that are active, locked in the order of their ids."""
    cursor.execute(
        f"SELECT {_NAMES} FROM checkout_reservation WHERE {unindexed('brand_id')} = %s"  # noqa: S608
        f" AND {unindexed('state')} = 'active' AND {among('id')} ORDER BY id{_for_update(True)}",
        (brand_id, many(reservation_ids)),
    )
    return list(_READ(cursor.fetchall()))


def insert(cursor: Cursor, reservations: Sequence[ReservationRow]) -> None:
    rows = [tuple(getattr(one, name) for name in COLUMNS) for one in reservations]
    batch_sql.insert(cursor, "checkout_reservation", COLUMNS, rows)


def write_states(cursor: Cursor, changed: Iterable[ReservationRow]) -> None:
    """Write the states of locked reservations and the checkouts that they are in."""
    rows = [(one.id, one.state, one.checkout_id) for one in changed]
    if rows:
        batch_sql.update(cursor, "checkout_reservation", _STATE, rows)


def _for_update(lock: bool, how: str = "") -> str:
    """SQLite has one writer."""
    return f" FOR UPDATE{how}" if lock and connection.vendor == "postgresql" else ""


COLUMNS: Final = {
    "id": "text", "brand_id": "text", "owner": "text", "variant_id": "text",
    "quantity": "integer", "unit_amount": "bigint", "currency": "text", "source": "text",
    "label": "text", "show_id": "text", "show_time_s": "double precision", "state": "text",
    "checkout_id": "text", "created_at": "timestamptz", "expires_at": "timestamptz",
    "time_left_ms": "bigint",
}  # fmt: skip
_NAMES: Final = ", ".join(COLUMNS)
_STATE: Final = {"id": "text", "state": "text", "checkout_id": "text"}
_READ: Final = batch_sql.reader(COLUMNS, ReservationRow)
