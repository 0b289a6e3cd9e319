"""The kinds of reservations. A room above registers its kind here, with what follows when one is
bought or comes to nothing; it happens in the same transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.kernel.bulk_sql import Cursor

type Ending = Callable[[Cursor, str, Sequence[ReservationRow], datetime], object]


@dataclass(frozen=True, slots=True)
class ReservationKind:
    """`on_claimed` and `on_lapsed` get the cursor, the brand's id, reservations of this kind in the
    order of their ids, and the time. They run inside `stock.writing`, behind the locks of holds:
    `on_lapsed`, whose units are free by then, may reserve them for somebody else. Rows that they
    lock must not be locked by anybody who then asks for a hold's row."""

    name: str
    on_claimed: Ending
    on_lapsed: Ending


_kinds: dict[str, ReservationKind] = {}


def register(kind: ReservationKind) -> None:
    _kinds[kind.name] = kind


def tell_claimed(
    cursor: Cursor, brand_id: str, ended: Sequence[ReservationRow], now: datetime
) -> None:
    for kind, some in _by_kind(ended):
        kind.on_claimed(cursor, brand_id, some, now)


def tell_lapsed(
    cursor: Cursor, brand_id: str, ended: Sequence[ReservationRow], now: datetime
) -> None:
    for kind, some in _by_kind(ended):
        kind.on_lapsed(cursor, brand_id, some, now)


def _by_kind(
    ended: Sequence[ReservationRow],
) -> list[tuple[ReservationKind, list[ReservationRow]]]:
    """Return the reservations of each kind; those of a kind that is no longer there are nobody's
    business."""
    found: dict[str, list[ReservationRow]] = {}
    for one in sorted(ended, key=lambda row: row.id):
        found.setdefault(one.kind, []).append(one)
    return [(_kinds[name], found[name]) for name in sorted(found) if name in _kinds]
