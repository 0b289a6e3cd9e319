"""Refunds that staff decides: all of an order's money, or a part."""

from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb
from showfloor.checkout.models import Checkout, Order, Payment
from showfloor.checkout.services import payment_events
from showfloor.kernel.errors import Invalid
from showfloor.stock import services as stock


@verb
def request(order: Order, amount: int, reason: str, key: str, now: datetime) -> int:
    """Send so much of an order's money back, in minor units; return it. The same `key` asks once.
    Invalid for more than was paid and has not gone back; a job asks the provider."""
    if amount < 1:
        raise Invalid(_("The amount must be at least one minor unit."), field="amount")
    with stock.writing():
        checkouts = Checkout.objects.for_brand(order.brand_id).select_for_update()
        checkout = checkouts.get(pk=order.checkout_id)
        payments = Payment.objects.for_brand(order.brand_id).select_for_update(of=("self",))
        best, room = None, 0
        for payment in payments.filter(checkout=checkout).order_by("created_at", "pk"):
            ledger = payment_events.ledger_of(payment)
            if key in ledger.requests:
                return ledger.requests[key].amount
            if ledger.captured and ledger.refundable > room:
                best, room = payment, ledger.refundable
        if best is None or amount > room:
            raise Invalid(
                _("At most %(amount)d minor units can go back.") % {"amount": room}, field="amount"
            )
        return payment_events.request_refund(best, now, reason, amount=amount, key=key)
