"""One order as staff read it: lines, sums, address, tasks, parcels, refunds, and its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from showfloor.catalogue import amounts
from showfloor.checkout import order_emails
from showfloor.checkout.models import Order, OrderLine, OrderState, Payment, PaymentState
from showfloor.fulfilment import history, notes, progress, refunds, shipments, tasks
from showfloor.fulfilment.documents import failures
from showfloor.fulfilment.documents import services as documents
from showfloor.fulfilment.documents.models import Document
from showfloor.fulfilment.history import HistoryLine
from showfloor.fulfilment.models import OrderRefund, OrderTag, RefundLine, Shipment, ShipmentLine
from showfloor.fulfilment.refunds import RefundProgress
from showfloor.fulfilment.rules import SoldLine
from showfloor.fulfilment.tasks import Facts, Task
from showfloor.pricing import markets

_GOOD = {OrderState.CONFIRMED, OrderState.COMPLETED, PaymentState.CAPTURED, RefundProgress.DONE}
_BAD = {
    OrderState.CANCELLED, PaymentState.FAILED, PaymentState.DISPUTED, RefundProgress.FAILED,
}  # fmt: skip


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
class LineRow:
    """A line with its texts (`order_emails`) and what became of its units. `marks`: that in
    words."""

    shown: Mapping[str, Any]
    sold: SoldLine
    marks: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A parcel. `goods`: its units in words."""

    shipment: Shipment
    goods: str
    can_undo: bool


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund. `goods`: its units in words; `stands`: how it stands at the provider, in words."""

    refund: OrderRefund
    amount: str
    goods: str
    stands: str
    tone: str
    can_repeat: bool


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """The values of the page; `amounts` are texts in the reader's language."""

    order: Order
    tone: str
    market: str  # its name; empty: the brand's home market
    amounts: dict[str, Any]
    lines: list[LineRow]
    tasks: list[Task]
    payments: list[PaymentRow]
    shipments: list[ShipmentRow]
    refunds: list[RefundRow]
    documents: list[Document]
    tags: list[OrderTag]
    history: list[HistoryLine]


def sheet_of(order: Order, now: datetime) -> OrderSheet:
    """Return what the page of this order shows."""
    payments = list(
        Payment.objects.for_brand(order.brand_id)
        .filter(checkout=order.checkout_id)
        .order_by("created_at", "pk")
    )
    sold = progress.lines_of(order)
    made = list(OrderRefund.objects.for_brand(order.brand_id).filter(order=order))
    stand = refunds.progress_of(order, made)
    shown = order_emails.order_amounts(order)
    failure = failures.of(order)
    facts = Facts(
        sold, payments, [(one.amount, stand[one.pk]) for one in made],
        refunds.made_elsewhere(order), document_error=failure.error if failure else "",
    )  # fmt: skip
    return OrderSheet(
        order=order,
        tone=_tone(order.state),
        market=markets.name_of(order.brand_id, order.market),
        amounts=shown,
        lines=[
            LineRow(texts, line, _marks(line))
            for texts, line in zip(shown["lines"], sold, strict=True)
        ],
        tasks=tasks.of(order, facts, now),
        payments=[_payment(one) for one in payments],
        shipments=_shipments(order, now),
        refunds=_refunds(order, made, stand),
        documents=list(documents.documents_of(order)),
        tags=notes.tags(order),
        history=history.of(order),
    )


def _tone(state: str) -> str:
    if state in _GOOD:
        return "success"
    return "danger" if state in _BAD else "warning"


def _marks(line: SoldLine) -> list[str]:
    counts = {"of": line.quantity}
    found = []
    if line.shipped:
        found.append(_("%(count)d of %(of)d shipped") % {**counts, "count": line.shipped})
    if not line.is_sent:
        found.append(_("Nothing is sent"))
    if line.dropped:
        found.append(_("%(count)d of %(of)d cancelled") % {**counts, "count": line.dropped})
    if line.returned:
        found.append(
            _("%(count)d of %(of)d refunded after shipping") % {**counts, "count": line.returned}
        )
    return found


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


def _shipments(order: Order, now: datetime) -> list[ShipmentRow]:
    rows = Shipment.objects.for_brand(order.brand_id).filter(order=order).select_related("by")
    lines = ShipmentLine.objects.for_brand(order.brand_id).filter(shipment__order=order)
    return [
        ShipmentRow(
            one, _goods(lines.filter(shipment=one)), shipments.can_undo(one, now)
        )
        for one in rows
    ]  # fmt: skip


def _refunds(
    order: Order, made: Sequence[OrderRefund], stand: Mapping[str, RefundProgress]
) -> list[RefundRow]:
    words = {
        RefundProgress.DUE: _("Refund due"), RefundProgress.PENDING: _("On its way"),
        RefundProgress.DONE: _("Refunded"), RefundProgress.FAILED: _("Refund failed"),
    }  # fmt: skip
    lines = RefundLine.objects.for_brand(order.brand_id).filter(refund__order=order)
    return [
        RefundRow(
            refund=one,
            amount=amounts.localised(one.amount, order.currency),
            goods=_goods(lines.filter(refund=one)),
            stands=words[stand[one.pk]],
            tone=_tone(stand[one.pk]),
            can_repeat=stand[one.pk] is RefundProgress.FAILED,
        )
        for one in made
    ]


def _goods(lines: QuerySet[Any]) -> str:
    rows = lines.select_related("line").order_by("line__position")
    return ", ".join(f"{row.quantity} × {_name(row.line)}" for row in rows)


def _name(line: OrderLine) -> str:
    options = " · ".join(str(value) for value in line.options.values())
    return f"{line.product_name} ({options})" if options else line.product_name


def _page_of(row: Model) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
