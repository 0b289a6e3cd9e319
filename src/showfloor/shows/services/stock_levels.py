"""The announcement of stock levels on the timelines of live shows."""

from collections.abc import Collection, Sequence
from typing import Any

from showfloor.shows.models import RundownItem, ShowState
from showfloor.stock.counters import Change
from showfloor.stock.models import Stock
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

_VARIANTS_IN_QUERY = 500  # an import changes thousands: too many for one statement


def announce_changes(changes: Sequence[Change]) -> None:
    """Listen to `stock.on_change`."""
    announce_stock([change.variant_id for change in changes])


@timeline.verb
def announce_stock(variant_ids: Collection[str]) -> None:
    """Tell the live shows that list these variants how many are left, in the open transaction.

    Call it after the stock rows were written. Timelines are locked in the order of their ids.
    """
    changed = set(variant_ids)
    items = RundownItem.objects.all_brands().filter(show__state=ShowState.LIVE)
    stocks = Stock.objects.all_brands().select_related("variant").order_by("variant__sku")
    if len(changed) <= _VARIANTS_IN_QUERY:
        items = items.filter(product__variants__in=changed)
        stocks = stocks.filter(variant__in=changed)
    wanted: dict[str, set[str]] = {}
    places = items.order_by("show__timeline").values_list("show__timeline", "product")
    for timeline_id, product_id in places:
        wanted.setdefault(timeline_id, set()).add(product_id)
    if not wanted:
        return
    listed = stocks.filter(variant__product__in=set().union(*wanted.values()))
    levels = [level for level in listed if level.variant_id in changed]
    with timeline.write():
        for timeline_id, product_ids in wanted.items():
            entries = [
                NewEntry("stock.level", _level(level))
                for level in levels
                if level.variant.product_id in product_ids
            ]
            if entries:
                timeline.append(timeline_id, entries)


def _level(level: Stock) -> dict[str, Any]:
    variant = level.variant
    return {"variant_id": variant.pk, "sku": variant.sku, "available": level.available}
