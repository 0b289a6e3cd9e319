"""Stock rows that a verb of staff has locked, and the movement that changes one."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import batched
from typing import Final

from showfloor.catalogue.models import Variant
from showfloor.stock import counters
from showfloor.stock.ledger import ANYWHERE, Movement
from showfloor.stock.models import MovementReason, Stock

BATCH: Final = 500  # stock rows in one statement


@dataclass(frozen=True, slots=True)
class Cause:
    """The reason and the author of a change of a count by hand."""

    reason: MovementReason
    by_id: str | None = None
    note: str = ""


def locked_one(brand_id: str, variant_id: str) -> Stock:
    return locked(brand_id, [variant_id])[0]


def locked(brand_id: str, variant_ids: Collection[str]) -> list[Stock]:
    """Return the variants' stock rows in variant-id order, locked and current; create those that
    are missing."""
    levels: list[Stock] = []
    for some in batched(sorted(variant_ids), BATCH):
        rows = Stock.objects.for_brand(brand_id).filter(variant_id__in=some)
        found = set(rows.values_list("variant_id", flat=True))
        if len(found) < len(some):
            missing = set(some) - found
            variants = Variant.objects.for_brand(brand_id).in_bulk(missing)
            made = [Stock(brand_id=brand_id, variant=variants[pk]) for pk in sorted(missing)]
            Stock.objects.all_brands().bulk_create(made, ignore_conflicts=True)
        levels += rows.select_for_update().order_by("variant_id")
    for level in levels:
        more = counters.pending(level.variant_id)
        level.on_hand += more.on_hand
        level.reserved += more.reserved
    return levels


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
                location_id=location_id,
            )
        )
