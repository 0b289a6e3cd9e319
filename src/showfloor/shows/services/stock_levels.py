"""The announcement of stock levels on the timelines of live shows."""

from collections.abc import Collection, Sequence

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.stock.counters import Change
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry


def announce_changes(changes: Sequence[Change]) -> None:
    """Listen to `stock.on_change`."""
    _announce([change.variant_id for change in changes])


@timeline.verb
def announce_stock(variant_ids: Collection[str]) -> None:
    """Tell the live shows that list these variants how many are left, in the open transaction.

    Call it after the stock rows were written. Timelines are locked in the order of their ids.
    """
    with timeline.write():
        _announce(variant_ids)


def _announce(variant_ids: Collection[str]) -> None:
    entries: dict[str, list[NewEntry]] = {}
    for timeline_id, variant_id, sku, available in _levels(variant_ids):
        level = {"variant_id": variant_id, "sku": sku, "available": available}
        entries.setdefault(timeline_id, []).append(NewEntry("stock.level", level))
    for timeline_id, levels in entries.items():
        timeline.append(timeline_id, levels)


def _levels(variant_ids: Collection[str]) -> list[tuple[str, str, str, int]]:
    """Return timeline id, variant id, SKU and free units, by timeline and SKU. One plain statement:
    each batch of buyers asks for it while others wait for the same variant."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT show.timeline_id, v.id, v.sku, s.on_hand - s.reserved FROM stock_stock s"  # noqa: S608 - names of ours
            " JOIN catalogue_variant v ON v.id = s.variant_id"
            " JOIN shows_rundownitem item ON item.product_id = v.product_id"
            " JOIN shows_show show ON show.id = item.show_id AND show.state = 'live' WHERE "
            + batch_sql.among("s.variant_id")
            + " ORDER BY show.timeline_id, v.sku",
            (batch_sql.many(variant_ids),),
        )
        rows: list[tuple[str, str, str, int]] = cursor.fetchall()
    return rows
