"""The one function through which all news of a payment goes: the answer to the buyer's call, the
provider's webhook, the reconciliation job. The first of them creates the order; the second finds
it. News must match the stored attempt, or nothing happens."""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from showfloor.accounts.transactions import verb
from showfloor.checkout import entitlements, order_emails, payment_health, payment_ledger, rules
from showfloor.checkout.models import (
    CancelReason,
    Checkout,
    CheckoutState,
    EventKind,
    Order,
    OrderState,
    Payment,
    PaymentState,
)
from showfloor.checkout.order_emails import MailKind
from showfloor.checkout.payment_health import PaymentFault
from showfloor.checkout.payment_ledger import Ledger
from showfloor.checkout.ports import ProviderPayment
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import orders, payment_events
from showfloor.kernel.errors import SoldOut
from showfloor.stock import services as stock
from showfloor.timeline import personal_stream
from showfloor.timeline.log import NewEntry

log = logging.getLogger(__name__)

APPLIED = "applied"
ALREADY_KNOWN = "already-known"
MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class Settled:
    outcome: str
    payment: Payment
    order: Order | None
    decline_code: str = ""
    action: str = ""  # what the buyer's browser needs to go on, when the bank asks back


@verb
def settle(
    brand_id: str, payment_id: str, told: ProviderPayment, source: str, now: datetime
) -> Settled:
    """Take news of a payment: at most once, in any order, from any source."""
    with stock.writing():
        checkout, payment = _lock(brand_id, payment_id)
        wrong = rules.mismatch(_expected(payment), told)
        if wrong:
            payment_health.count(PaymentFault.MISMATCH)
            payment_events.record(
                payment, EventKind.MISMATCH, source, now, wrong=wrong, told=_detail(told)
            )
            return Settled(MISMATCH, payment, orders.of_checkout(checkout))
        before = payment_events.ledger_of(payment)
        found = payment_ledger.news(before, told)
        if not found:
            return _settled(ALREADY_KNOWN, payment, orders.of_checkout(checkout), told)
        if not payment.reference:
            payment.reference = told.reference
        reported = [(kind, {**detail, "reference": told.reference}) for kind, detail in found]
        after = payment_events.append(payment, before, reported, source, now)
        _take_effect(checkout, payment, Change(before, after), now)
        order = orders.of_checkout(checkout)
        if order is not None:
            _write_payment_state(checkout, order)
            _tell_buyer(checkout, order, payment)
        return _settled(APPLIED, payment, order, told)


def _settled(outcome: str, payment: Payment, order: Order | None, told: ProviderPayment) -> Settled:
    asks_back = payment.state == PaymentState.REQUIRES_ACTION
    return Settled(outcome, payment, order, told.decline_code, told.action if asks_back else "")


def _write_payment_state(checkout: Checkout, order: Order) -> None:
    """Write to the order how its payments stand."""
    states = Payment.objects.for_brand(checkout.brand_id).filter(checkout=checkout)
    order.payment_state = payment_ledger.counting(
        states.order_by("created_at", "pk").values_list("state", flat=True)
    )
    order.save(update_fields=["payment_state"])


def _tell_buyer(checkout: Checkout, order: Order, payment: Payment) -> None:
    news = {"number": order.number, "state": order.state, "payment_state": payment.state}
    entry = NewEntry("order.news", news)
    stock.tell_last(partial(personal_stream.tell, checkout.brand_id, checkout.owner, [entry]))


# --- the effects of a change


@dataclass(frozen=True, slots=True)
class Change:
    """The ledger of a payment before some news, and after them."""

    before: Ledger
    after: Ledger

    def became(self, *statuses: str) -> bool:
        return self.after.status in statuses and self.before.status != self.after.status


def _take_effect(checkout: Checkout, payment: Payment, change: Change, now: datetime) -> None:
    before, after = change.before, change.after
    if after.is_paid and not before.is_paid:
        _captured(checkout, payment, now)
    elif not after.is_paid and change.became("authorized"):
        _authorized(checkout, payment, now)
    elif not after.is_paid and change.became("failed", "voided"):
        _failed(checkout, payment, now)
    if not after.is_paid and after.captured and after.status in ("failed", "voided"):
        payment_events.request_refund(payment, now, "captured in part")
    surplus = after.captured - max(before.captured, payment.amount)
    if surplus > 0:
        payment_health.count(PaymentFault.CAPTURED_TWICE)
        log.error("payment_captured_twice brand=%s payment=%s", payment.brand_id, payment.pk)
        payment_events.request_refund(payment, now, "captured twice", amount=surplus)
    if after.disputes != before.disputes:
        # The goods may be on their way: staff decides, and answers at the provider.
        payment_health.count(PaymentFault.DISPUTED)
        log.warning("payment_disputed brand=%s payment=%s", payment.brand_id, payment.pk)


def _authorized(checkout: Checkout, payment: Payment, now: datetime) -> None:
    order = _order_for(checkout, payment, now)
    if order is None:
        payment_events.request_refund(payment, now, "not wanted")


def _captured(checkout: Checkout, payment: Payment, now: datetime) -> None:
    order = _order_for(checkout, payment, now)
    if order is None:
        payment_events.request_refund(payment, now, "not wanted")
        return
    lines = checkouts.quantities(checkouts.lines_of(checkout))
    try:
        with transaction.atomic():
            stock.claim(checkout.brand_id, checkout.pk, lines, now)
    except SoldOut:
        log.warning("paid_unfulfillable brand=%s order=%s", order.brand_id, order.number)
        payment_health.count(PaymentFault.PAID_UNFULFILLABLE)
        stock.release(checkout.brand_id, checkout.pk)
        orders.cancel_locked(order, CancelReason.SOLD_OUT, now)
        payment_events.request_refund(payment, now, CancelReason.SOLD_OUT)
        order_emails.queue(order, MailKind.ORDER_REFUNDED, now)
        return
    order.state, order.confirmed_at = OrderState.CONFIRMED, now
    order.save(update_fields=["state", "confirmed_at"])
    entitlements.grant([order], now)
    order_emails.queue(order, MailKind.ORDER_CONFIRMED, now)


def _failed(checkout: Checkout, payment: Payment, now: datetime) -> None:
    """Handle a failed payment: the buyer can pay again; an order that was placed is cancelled."""
    order = orders.of_checkout(checkout)
    if order is not None:
        if order.state == OrderState.PLACED and not _others(payment):
            stock.release(checkout.brand_id, checkout.pk)
            orders.cancel_locked(order, CancelReason.NOT_CAPTURED, now)
            order_emails.queue(order, MailKind.ORDER_CANCELLED, now)
        return
    if checkout.state == CheckoutState.PAYING:
        checkout.state = CheckoutState.HOLDING
        checkout.expires_at = max(checkout.expires_at, now + rules.TIME_AFTER_DECLINE)
        checkout.save(update_fields=["state", "expires_at"])


def _order_for(checkout: Checkout, payment: Payment, now: datetime) -> Order | None:
    """The order that this money is for, made if it is the first news; None when nobody wants the
    money: the order was cancelled or is paid by another attempt, or the buyer has left."""
    order = orders.of_checkout(checkout)
    if order is not None:
        wanted = order.state == OrderState.PLACED and not _others(payment)
        return order if wanted else None
    if checkout.state == CheckoutState.ABANDONED:
        return None
    return orders.place(checkout, now, is_test=payment.is_test)


def _others(payment: Payment) -> bool:
    """Return whether another attempt has brought money for the same checkout."""
    return (
        Payment.objects.for_brand(payment.brand_id)
        .filter(
            checkout_id=payment.checkout_id, refund_due=False,
            state__in=[
                PaymentState.AUTHORIZED, PaymentState.CAPTURED, PaymentState.DISPUTED,
                PaymentState.PARTIALLY_REFUNDED,
            ],
        )
        .exclude(pk=payment.pk)
        .exists()
    )  # fmt: skip


def _lock(brand_id: str, payment_id: str) -> tuple[Checkout, Payment]:
    payments = Payment.objects.for_brand(brand_id)
    checkout_id = payments.values_list("checkout_id", flat=True).get(pk=payment_id)
    checkout = Checkout.objects.for_brand(brand_id).select_for_update().get(pk=checkout_id)
    return checkout, payments.select_for_update(of=("self",)).get(pk=payment_id)


def _expected(payment: Payment) -> rules.Expected:
    return rules.Expected(
        payment.pk, payment.account, payment.amount, payment.currency, payment.reference
    )


def _detail(told: ProviderPayment) -> dict[str, Any]:
    return {
        "reference": told.reference, "amount": told.amount, "currency": told.currency,
        "account": told.account, "status": told.status.value, "decline_code": told.decline_code,
    }  # fmt: skip
