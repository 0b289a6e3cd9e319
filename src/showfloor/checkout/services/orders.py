"""Orders: placed once per checkout, cancelled at most once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.checkout import entitlements, order_emails
from showfloor.checkout.models import (
    CancelReason,
    Checkout,
    CheckoutState,
    Order,
    OrderState,
    Payment,
    PaymentState,
    ShippingOption,
)
from showfloor.checkout.order_emails import MailKind
from showfloor.checkout.payment_rows import OrderRow
from showfloor.checkout.reservations import rows as reservation_rows
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.rows import COPIED, CheckoutLineRow, CheckoutRow
from showfloor.checkout.services import payment_events, shipping
from showfloor.kernel.errors import Conflict
from showfloor.kernel.ids import new_id
from showfloor.pricing.vouchers import rules as vouchers
from showfloor.pricing.vouchers import uses
from showfloor.stock import services as stock
from showfloor.timeline.log import NewEntry

_NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread over the telephone


def place(
    checkout: CheckoutRow, lines: Sequence[CheckoutLineRow], option: ShippingOption | None,
    now: datetime, *, is_test: bool,
) -> OrderRow:  # fmt: skip
    """Return the order of a locked checkout, about to be written; the checkout is completed by it,
    and its voucher is used. `option`: the chosen way of sending."""
    checkout.state = CheckoutState.COMPLETED.value
    first, last = shipping.expected_of(option, now)
    if checkout.voucher:
        adjustments = [one for line in lines for one in line.adjustments]
        adjustments += checkout.shipping_adjustments
        off = vouchers.taken_off(adjustments, checkout.voucher["id"])
        uses.order(checkout.brand_id, checkout.id, off, checkout.total)
    return OrderRow(
        new_id(), checkout.brand_id, checkout.id, _number(), checkout.owner, checkout.email, now,
        is_test=is_test, shipping_name=option.name if option is not None else "",
        deliver_from=first, deliver_to=last, pickup=shipping.pickup_of(option),
        show_id=next((line.show_id for line in lines if line.show_id), None),
        copied={name: getattr(checkout, name) for name in COPIED}, lines=lines,
    )  # fmt: skip


def cancel_locked(order: Order, reason: CancelReason, now: datetime) -> None:
    """Mark an order cancelled; its checkout is locked, its money and stock are the caller's."""
    order.state, order.cancel_reason, order.cancelled_at = OrderState.CANCELLED, reason, now
    order.save(update_fields=["state", "cancel_reason", "cancelled_at"])
    uses.give_back(order.brand_id, [order.checkout_id])
    entitlements.take_back(order, None, "cancelled", now)


def lock(order: Order) -> Order:
    """Lock an order, by its checkout as settlement does, and return it as it is now: inside a
    transaction. Rows of the rooms above that belong to an order are under this lock, too."""
    rows = Checkout.objects.for_brand(order.brand_id).select_for_update()
    rows.get(pk=order.checkout_id)
    return Order.objects.for_brand(order.brand_id).select_related("brand").get(pk=order.pk)


@verb
def cancel(order: Order, now: datetime, reason: CancelReason = CancelReason.BY_STAFF) -> None:
    """Cancel an order of which nothing was sent: all its goods are on hand again, its money goes
    back, the buyer is told. Conflict for one that is completed; one that is cancelled already stays
    as it is."""
    with stock.writing():
        order = lock(order)
        if order.state == OrderState.CANCELLED:
            return
        if order.state == OrderState.COMPLETED:
            raise Conflict(_("A completed order cannot be cancelled."), code="order-completed")
        cancel_locked(order, reason, now)
        for payment in _with_money(order):
            payment_events.request_refund(payment, now, reason)
        stock.release(order.brand_id, order.checkout_id)
        stock.put_back(order.brand_id, order.checkout_id)
        with connection.cursor() as cursor:
            unpaid = reservation_rows.in_checkouts(cursor, [order.checkout_id])
            reservations.lapse(cursor, unpaid.get(order.checkout_id, []), now)
        order_emails.queue(order, MailKind.ORDER_CANCELLED, now)
        tell_buyer(order)


def complete_locked(order: Order) -> None:
    """Mark a locked order completed: nothing of it is left to be sent. Conflict unless it is
    confirmed."""
    if order.state != OrderState.CONFIRMED:
        raise Conflict(_("Only a confirmed order can be completed."), code="order-state")
    order.state = OrderState.COMPLETED
    order.save(update_fields=["state"])
    tell_buyer(order)


def reopen_locked(order: Order) -> None:
    """Mark a locked, completed order confirmed again: something of it is to be sent after all."""
    assert order.state == OrderState.COMPLETED, order.state
    order.state = OrderState.CONFIRMED
    order.save(update_fields=["state"])
    tell_buyer(order)


def edit_locked(order: Order, values: Mapping[str, str]) -> None:
    """Write other details of the recipient to a locked order."""
    for name, value in values.items():
        setattr(order, name, value)
    order.save(update_fields=list(values))


def tell_buyer(order: Order) -> None:
    """Put news of a locked order on its buyer's stream, at the end of the open transaction."""
    news = {
        "number": order.number, "state": order.state, "payment_state": order.payment_state,
    }  # fmt: skip
    entry = NewEntry("order.news", news)
    stock.tell_people(order.brand_id, {order.owner: [entry]})


def _with_money(order: Order) -> list[Payment]:
    return list(
        Payment.objects.for_brand(order.brand_id)
        .select_for_update(of=("self",))
        .filter(
            checkout=order.checkout_id,
            state__in=[
                PaymentState.AUTHORIZED, PaymentState.CAPTURED, PaymentState.PARTIALLY_REFUNDED,
            ],
        )
    )  # fmt: skip


def _number() -> str:
    """`7K2F-9QXM`: says nothing about how much a brand sells, and cannot be guessed."""
    letters = "".join(secrets.choice(_NUMBER_ALPHABET) for _n in range(8))
    return f"{letters[:4]}-{letters[4:]}"
