"""One order as staff read it: lines, sums, address, and everything that happened to it in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from showfloor.catalogue import amounts
from showfloor.checkout import order_emails
from showfloor.checkout.models import EventKind, Order, OrderState, Payment, PaymentState
from showfloor.outbox import kinds
from showfloor.outbox import services as outbox
from showfloor.outbox.models import MessageState

_GOOD = {OrderState.CONFIRMED, OrderState.COMPLETED, PaymentState.CAPTURED}
_BAD = {
    OrderState.CANCELLED, PaymentState.FAILED, PaymentState.DISPUTED, EventKind.MISMATCH,
    EventKind.DISPUTE_LOST, EventKind.REFUND_FAILED, MessageState.FAILED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Something that happened to an order, its payment or its mails. `url`: the row's own page."""

    at: datetime
    title: str
    note: str = ""
    url: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One attempt to pay. `tone`: the badge's colour; `refunded`, `disputed`: amounts, empty for
    none; `answer_by`: the deadline of an open dispute."""

    amount: str
    state: str
    tone: str
    provider: str
    reference: str
    url: str
    refund_due: bool
    refunded: str
    disputed: str
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """The values of the page; `amounts` are texts in the reader's language."""

    order: Order
    tone: str
    amounts: dict[str, Any]
    payments: list[PaymentRow]
    history: list[OrderEvent]


def sheet_of(order: Order) -> OrderSheet:
    """Return what the page of this order shows."""
    payments = list(
        Payment.objects.for_brand(order.brand_id)
        .filter(checkout=order.checkout_id)
        .order_by("created_at", "pk")
        .prefetch_related("events")
    )
    happenings = [*_own(order), *_of_payments(payments), *_of_messages(order)]
    return OrderSheet(
        order=order,
        tone=_tone(order.state),
        amounts=order_emails.order_amounts(order),
        payments=[_payment(one) for one in payments],
        history=sorted(happenings, key=lambda one: one.at),
    )


def _tone(state: str) -> str:
    if state in _GOOD:
        return "success"
    return "danger" if state in _BAD else "warning"


def _payment(payment: Payment) -> PaymentRow:
    return PaymentRow(
        amount=amounts.localised(payment.amount, payment.currency),
        state=payment.get_state_display(),
        tone=_tone(payment.state),
        provider=payment.provider,
        reference=payment.reference,
        url=_page_of(payment),
        refund_due=payment.refund_due,
        refunded=_amount(payment, payment.refunded),
        disputed=_amount(payment, payment.disputed),
        answer_by=payment.dispute_due_at,
    )


def _amount(payment: Payment, amount: int) -> str:
    return amounts.localised(amount, payment.currency) if amount else ""


def _own(order: Order) -> Iterator[OrderEvent]:
    yield OrderEvent(order.placed_at, _("Order placed"))
    if order.confirmed_at is not None:
        yield OrderEvent(order.confirmed_at, _("Order confirmed"))
    if order.cancelled_at is not None:
        reason = order.get_cancel_reason_display()
        yield OrderEvent(order.cancelled_at, _("Order cancelled"), reason, is_bad=True)


def _of_payments(payments: list[Payment]) -> Iterator[OrderEvent]:
    for payment in payments:
        for event in payment.events.all():
            yield OrderEvent(
                at=event.at,
                title=_("Payment: %(state)s") % {"state": event.get_kind_display()},
                note=amounts.localised(
                    event.detail.get("amount", payment.amount), payment.currency
                ),
                url=_page_of(payment),
                is_bad=event.kind in _BAD,
            )


def _of_messages(order: Order) -> Iterator[OrderEvent]:
    for message in outbox.messages_about(order):
        yield OrderEvent(
            at=message.sent_at or message.created_at,
            title=_("Mail: %(kind)s") % {"kind": kinds.label(message.kind)},
            note=message.last_error or f"{message.get_state_display()} → {message.recipient}",
            url=_page_of(message),
            is_bad=message.state in _BAD,
        )


def _page_of(row: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
