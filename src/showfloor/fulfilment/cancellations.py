"""Cancelling: the whole order while nothing was sent, or lines of it that were not yet sent."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.checkout.models import CancelReason, Order, OrderState
from showfloor.checkout.services import orders
from showfloor.fulfilment import history, progress, refunds, rules, stale_forms
from showfloor.fulfilment.models import Actor
from showfloor.fulfilment.refunds import Ask
from showfloor.fulfilment.rules import Wanted
from showfloor.kernel.errors import Conflict
from showfloor.stock import services as stock


@verb
def cancel(
    order: Order, now: datetime, *, by: User | None = None, actor: Actor | None = None,
    reason: CancelReason = CancelReason.BY_STAFF, note: str = "",
) -> None:  # fmt: skip
    """Cancel an order of which nothing was sent: goods on hand again, all money that is left goes
    back, the buyer is told. Conflict when a part was sent, or the order is completed; a cancelled
    order stays as it is."""
    with stock.writing():
        order = orders.lock(order)
        if order.state == OrderState.CANCELLED:
            return
        lines = progress.lines_of(order)
        if any(line.shipped for line in lines):
            raise Conflict(
                _("A part of this order was sent. Cancel the lines that were not."),
                code="order-shipped",
            )
        if order.state == OrderState.COMPLETED:  # nothing of it is sent, and the buyer has it
            raise Conflict(_("A completed order cannot be cancelled."), code="order-completed")
        if not any(line.dropped for line in lines):
            amount = refunds.left(order)
            orders.cancel(order, now, reason)
            history.add(
                order, history.CANCELLED, now, by=by, actor=actor, amount=amount, reason=note
            )
            return
        _cancel_rest(order, now, by, note)


def _cancel_rest(order: Order, now: datetime, by: User | None, note: str) -> None:
    units = {line.id: line.unshipped for line in progress.lines_of(order) if line.unshipped}
    left = refunds.left(order)
    shipping = refunds.shipping_left(order)
    ask = Ask(Wanted(units, shipping, left), True, note, by=by, kind=history.CANCELLED)
    refunds.refund(order, ask, f"cancel-{order.pk}", now)


@verb
def cancel_lines(
    order: Order, units: Mapping[str, int], key: str, now: datetime, *,
    by: User | None = None, note: str = "", seen: int | None = None,
) -> None:  # fmt: skip
    """Cancel units (line id → units) that were not sent: on hand again, their money goes back, the
    buyer is told. The same `key` cancels once. Conflict for more than is open. With the last line
    the whole order is cancelled, its shipping included. `seen`: how often goods and money had moved
    when the form was shown."""
    with stock.writing():
        order = orders.lock(order)
        if not refunds.is_known(order, key):
            stale_forms.check_seen(order, seen)
        lines = progress.lines_of(order)
        is_over = order.state == OrderState.COMPLETED  # of which nothing is sent, withdrawn from
        moved = any(line.shipped or line.dropped for line in lines)
        if not is_over and not moved and units == {line.id: line.quantity for line in lines}:
            cancel(order, now, by=by, note=note)
            return
        if not refunds.is_known(order, key):
            wanted = rules.check_cancellable(lines, units)
            last = not any(line.shipped for line in lines) and wanted == {
                line.id: line.unshipped for line in lines if line.unshipped
            }
            if last:
                _cancel_rest(order, now, by, note)
                return
            ask = Ask(Wanted(wanted), True, note, by=by, kind=history.CANCELLED)
            refunds.refund(order, ask, key, now)
