"""The number of times that goods or money of an order moved: a form carries the number that its
clerk saw, so that two clerks, or one with two tabs, do not both act on the same state."""

from django.utils.translation import gettext as _

from showfloor.checkout.models import Order
from showfloor.fulfilment import history
from showfloor.kernel.errors import Conflict

_KINDS = (history.SHIPPED, history.SHIPMENT_UNDONE, history.REFUNDED, history.CANCELLED)


def count(order: Order) -> int:
    return history.count(order, *_KINDS)


def check_seen(order: Order, seen: int | None) -> None:
    """Conflict when goods or money of a locked order moved since a form was shown; None was no
    form."""
    if seen is not None and seen != count(order):
        raise Conflict(
            _("This order was shipped, refunded or cancelled meanwhile. Look at it, then act."),
            code="order-changed", field="seen",
        )  # fmt: skip
