"""Events of payments: they are added, never changed, and the payment's state follows from them."""

from datetime import datetime
from typing import Any

from showfloor.checkout import rules
from showfloor.checkout.models import EventKind, Payment, PaymentEvent
from showfloor.checkout.ports import ProviderPayment, ProviderStatus


def record(
    payment: Payment, kind: EventKind, source: str, now: datetime, **detail: Any
) -> PaymentEvent:
    """Add an event to a locked payment and let its state follow."""
    events = PaymentEvent.objects.for_brand(payment.brand_id).filter(payment=payment)
    event = PaymentEvent(
        payment=payment, number=events.count() + 1, kind=kind, source=source, detail=detail, at=now
    )
    event.save(force_insert=True)
    payment.state = rules.derived_state([*events.order_by("number").values_list("kind", flat=True)])
    payment.save(update_fields=["state", "reference", "refund_due"])
    return event


def request_refund(payment: Payment, now: datetime, why: str) -> None:
    """Decide, inside the transaction of the reason, that the money goes back; a job asks the
    provider for it (`reconciliation.send_refunds`)."""
    payment.refund_due = True
    record(payment, EventKind.REFUND_DUE, "us", now, why=why)


def known(payment: Payment) -> ProviderPayment:
    """Return our own knowledge of a payment as a provider's report."""
    return assumed(payment, ProviderStatus(payment.state), "")


def assumed(payment: Payment, status: ProviderStatus, code: str) -> ProviderPayment:
    """Return a report that no provider sent, because it never learnt of the attempt."""
    return ProviderPayment(
        payment_id=payment.pk, reference=payment.reference, account=payment.account,
        status=status, amount=payment.amount, currency=payment.currency, decline_code=code,
    )  # fmt: skip
