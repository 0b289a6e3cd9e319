"""The progress of an order's lines: read with the order, changed under the order's lock."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from showfloor.checkout import gifts
from showfloor.checkout.models import CancelReason, Order, OrderLine, OrderState
from showfloor.checkout.services import orders
from showfloor.fulfilment.models import LineProgress
from showfloor.fulfilment.rules import SoldLine


def lines_of(order: Order) -> list[SoldLine]:
    """Return the lines of an order with what became of their units."""
    lines = OrderLine.objects.for_brand(order.brand_id).filter(order=order)
    return [sold_line(line) for line in lines.select_related("progress")]


def sold_line(line: OrderLine) -> SoldLine:
    """Return a line, which was read with its progress."""
    done = getattr(line, "progress", None) or LineProgress()
    return SoldLine(
        line.pk, line.quantity, line.tax_rate_bp, line.line_total,
        done.shipped, done.dropped, done.returned, gifts.is_goods(line), line.is_sent,
    )  # fmt: skip


def change(order: Order, changes: Mapping[str, Mapping[str, int]]) -> None:
    """Add to the counts of lines (line id → column → units) of a locked order. The constraints of
    the table refuse more than was ordered, whatever was read before."""
    lines = OrderLine.objects.for_brand(order.brand_id).filter(order=order, pk__in=changes)
    LineProgress.objects.all_brands().bulk_create(
        (LineProgress(line=line, ordered=line.quantity) for line in lines), ignore_conflicts=True
    )
    for line_id in sorted(changes):
        columns: dict[str, Any] = {name: F(name) + more for name, more in changes[line_id].items()}
        LineProgress.objects.for_brand(order.brand_id).filter(line=line_id).update(**columns)


def follow(order: Order, now: Any) -> None:
    """Let the state of a locked order follow its lines: it is completed when nothing is left to be
    sent, and cancelled when nothing ever was and no download or ticket of it counts."""
    lines = lines_of(order)
    is_open = any(line.open for line in lines)
    if order.state == OrderState.COMPLETED and is_open:
        orders.reopen_locked(order)
    if order.state != OrderState.CONFIRMED or is_open:
        return
    if any(line.shipped or line.unshipped for line in lines):
        orders.complete_locked(order)
    else:
        orders.cancel_locked(order, CancelReason.BY_STAFF, now)
        orders.tell_buyer(order)
