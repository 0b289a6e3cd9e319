"""Editing an order before it is sent: the recipient, with a check that the clerk saw the latest."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.checkout import rules as checkout_rules
from showfloor.checkout.models import Order, OrderState
from showfloor.checkout.services import orders
from showfloor.fulfilment import history
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.stock import services as stock

# Tax and shipping were computed for the country: another one is another order.
FIELDS = ("email", "name", "line1", "line2", "postal_code", "city", "region", "gift_note")
_OPEN = (OrderState.PLACED, OrderState.CONFIRMED)


def version(order: Order) -> int:
    """Return how often an order was edited: a form carries the number that its clerk saw."""
    return history.count(order, history.EDITED)


def can_edit(order: Order) -> bool:
    """Return whether something of the order is still to be sent; the address of a mail is all that
    leads to what is not sent, and can be mended later, too."""
    is_reached_by_mail = not order.needs_shipping and order.state == OrderState.COMPLETED
    return order.state in _OPEN or is_reached_by_mail


@verb
def edit(
    order: Order, typed: Mapping[str, str], seen: int, now: datetime, *, by: User | None = None
) -> dict[str, tuple[str, str]]:
    """Write other details (field → text) to an order; return what changed, field → (was, became).

    Invalid names the field; Conflict when it has been edited since version `seen`, or was sent.
    """
    cleaned = checkout_rules.clean_details(checkout_rules.Details(**typed))
    with stock.writing():
        order = orders.lock(order)
        if not can_edit(order):
            raise Conflict(_("This order is no longer open."), code="order-state")
        if seen != version(order):
            raise Conflict(
                _("Somebody has edited this order meanwhile. Look at it again, then save."),
                code="order-changed", field="version",
            )  # fmt: skip
        values = {name: getattr(order, name) for name in (*FIELDS, "country", "vat_id")}
        if cleaned.get("country", order.country) != order.country:
            raise Invalid(
                _("Tax and shipping depend on the country: cancel, and order anew."),
                field="address.country",
            )
        after = values | cleaned
        after["region"] = checkout_rules.region(after["country"], after["region"])
        after["postal_code"] = checkout_rules.postal_code(
            after["country"], after["postal_code"], after["region"]
        )
        checkout_rules.check_complete(after, has_parcel=order.needs_shipping and not order.pickup)
        changes = {
            name: (values[name], after[name]) for name in FIELDS if values[name] != after[name]
        }
        if changes:
            orders.edit_locked(order, {name: became for name, (_was, became) in changes.items()})
            told = [
                {"field": name, "was": was, "became": became}
                for name, (was, became) in changes.items()
            ]
            history.add(order, history.EDITED, now, by=by, changes=told)
    return changes
