"""Events of payments: they are added, never changed, and the payment's columns follow from them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from showfloor.accounts.transactions import verb, write
from showfloor.checkout import payment_ledger
from showfloor.checkout.models import EventKind, Payment, PaymentEvent, PaymentState
from showfloor.checkout.payment_ledger import Event, Ledger
from showfloor.checkout.payment_rows import PaymentRow
from showfloor.checkout.ports import Attempt, ProviderPayment, ProviderStatus

_ATTEMPT = {state.value for state in ProviderStatus}


def ledger_of(payment: Payment) -> Ledger:
    """Return what the events of a payment add up to."""
    events = PaymentEvent.objects.for_brand(payment.brand_id).filter(payment=payment)
    return payment_ledger.add_up(
        payment.amount, events.order_by("number").values_list("kind", "detail")
    )


def append(
    payment: Payment, ledger: Ledger, events: Sequence[Event], source: str, now: datetime
) -> Ledger:
    """Add events to a locked payment, whose events so far make `ledger`, and let its columns
    follow; return the ledger after them."""
    rows = PaymentEvent.objects.for_brand(payment.brand_id).filter(payment=payment)
    first = rows.count() + 1
    PaymentEvent.objects.all_brands().bulk_create(
        PaymentEvent(
            payment=payment, number=number, kind=EventKind(kind), source=source, detail=detail,
            at=now,
        )
        for number, (kind, detail) in enumerate(events, first)
    )  # fmt: skip
    for event in events:
        ledger = ledger.after(event)
    _follow(payment, ledger)
    return ledger


def following(ledger: Ledger) -> dict[str, Any]:
    """Return the columns of a payment that follow from its events."""
    return {
        "state": ledger.state, "captured": ledger.captured, "refunded": ledger.refunded,
        "disputed": ledger.disputed, "dispute_due_at": ledger.due_at,
        "refund_due": bool(ledger.due),
    }  # fmt: skip


def _follow(payment: Payment, ledger: Ledger) -> None:
    """Write the ledger's sums to the payment, provided that nobody has changed it meanwhile: its
    lock is held, and a lost one must not go unnoticed."""
    was = payment.state
    columns = following(ledger) | {"state": PaymentState(ledger.state)}
    rows = Payment.objects.for_brand(payment.brand_id).filter(pk=payment.pk, state=was)
    assert rows.update(**columns) == 1, f"the payment {payment.pk} is not locked"
    for name, value in columns.items():
        setattr(payment, name, value)


@verb
def mark_asked(payment: Payment, now: datetime) -> None:
    """Note that the provider is asked about a payment now."""
    with write():
        Payment.objects.for_brand(payment.brand_id).filter(pk=payment.pk).update(checked_at=now)


def request_refund(
    payment: Payment, now: datetime, why: str, *, amount: int | None = None, key: str = ""
) -> int:
    """Decide, inside the transaction of the reason, that money goes back; a job asks the provider
    for it (`reconciliation.send_refunds`). Return how much: at most what can go back, all of it
    for None. The same `key` decides once."""
    ledger = ledger_of(payment)
    if key and key in ledger.requests:
        return ledger.requests[key].amount
    due = refund(ledger, payment.attempt_key, why, amount, key)
    if due is None:
        return 0
    append(payment, ledger, [due], "us", now)
    return int(due[1]["amount"])


def refund(
    ledger: Ledger, attempt_key: str, why: str, amount: int | None = None, key: str = ""
) -> Event | None:
    """Return the event that asks for money back: at most what can go back, all of it for None; no
    event when that is nothing."""
    back = ledger.refundable if amount is None else min(amount, ledger.refundable)
    key = key or f"{attempt_key}-r{len(ledger.requests) + 1}"
    return (EventKind.REFUND_DUE, {"why": why, "amount": back, "key": key}) if back else None


def attempt_of(
    payment: Payment | PaymentRow, payment_method: str = "", return_url: str = ""
) -> Attempt:
    """Return the payment as the provider is asked about it."""
    return Attempt(
        payment.pk, payment.attempt_key, payment.amount, payment.currency, payment_method,
        payment.reference, return_url,
    )  # fmt: skip


def known(payment: Payment | PaymentRow) -> ProviderPayment:
    """Return our own knowledge of an attempt as a provider's report."""
    assert payment.state != PaymentState.CREATED, "nothing is known of it yet"
    is_open = payment.state in _ATTEMPT
    return assumed(
        payment, ProviderStatus(payment.state) if is_open else ProviderStatus.CAPTURED, ""
    )


def assumed(payment: Payment | PaymentRow, status: ProviderStatus, code: str) -> ProviderPayment:
    """Return a report that no provider sent, because it never learnt of the attempt."""
    return ProviderPayment(
        payment_id=payment.pk, reference=payment.reference, account=payment.account,
        status=status, amount=payment.amount, currency=payment.currency, decline_code=code,
    )  # fmt: skip
