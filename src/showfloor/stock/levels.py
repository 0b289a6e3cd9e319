"""Stock rows that a verb of staff has locked, and the movement that changes one."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import batched
from typing import Final

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.catalogue.models import Variant
from showfloor.kernel.ids import new_id
from showfloor.stock import counters
from showfloor.stock.ledger import ANYWHERE, Movement
from showfloor.stock.models import MovementReason, Stock

BATCH: Final = 500  # stock rows in one statement
_NEW: Final = {
    "id": "text", "brand_id": "text", "variant_id": "text", "on_hand": "integer",
    "reserved": "integer", "version": "bigint",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """The reason and the author of a change of a count by hand. `owner`: the checkout whose units
    come back; they go to the locations that they were sold from."""

    reason: MovementReason
    by_id: str | None = None
    note: str = ""
    owner: str = ""


def locked_one(brand_id: str, variant_id: str) -> Stock:
    return locked(brand_id, [variant_id])[0]


def locked(brand_id: str, variant_ids: Collection[str]) -> list[Stock]:
    """Return the variants' stock rows in variant-id order, locked and current; create those that
    are missing."""
    levels: list[Stock] = []
    for some in batched(sorted(variant_ids), BATCH):
        rows = Stock.objects.by_key(brand_id, variant_id__in=some)
        found = set(rows.values_list("variant_id", flat=True))
        if len(found) < len(some):
            _make(brand_id, sorted(set(some) - found))
        levels += rows.select_for_update().order_by("variant_id")
    for level in levels:
        more = counters.pending(level.variant_id)
        level.on_hand += more.on_hand
        level.reserved += more.reserved
    return levels


def _make(brand_id: str, variant_ids: list[str]) -> None:
    own = Variant.objects.by_key(brand_id, pk__in=variant_ids)
    assert own.count() == len(variant_ids), "a variant of another brand"
    rows = [(new_id(), brand_id, pk, 0, 0, 0) for pk in variant_ids]
    with connection.cursor() as cursor:
        batch_sql.insert(cursor, "stock_stock", _NEW, rows, "ON CONFLICT (variant_id) DO NOTHING")


def write_movement(
    level: Stock, change: int, cause: Cause, location_id: str | None = ANYWHERE
) -> None:
    """Change a locked count, and leave a line that says why."""
    if change:
        counters.record(
            Movement(
                level.variant_id,
                level.pk,
                change,
                cause.reason,
                note=cause.note,
                by_id=cause.by_id,
                owner=cause.owner,
                location_id=location_id,
            )
        )
