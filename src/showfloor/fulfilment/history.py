"""The history of an order: one list of everything that happened to it, the first first.

What is done after the payment is written here with `add`, in the transaction that does it. The
order itself, its payments and its mails have rows of their own, which are read beside.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.models import User
from showfloor.catalogue import amounts
from showfloor.checkout.models import EventKind, Order, Payment
from showfloor.fulfilment.models import REFUND_KEYS, Actor, OrderEvent, OrderRefund, Shipment
from showfloor.fulfilment.return_models import OrderReturn, ReturnLabel, Withdrawal
from showfloor.outbox import kinds as mail_kinds
from showfloor.outbox import services as outbox
from showfloor.outbox.models import MessageState, OutgoingMessage

SHIPPED = "shipped"
SHIPMENT_UNDONE = "shipment-undone"
TRACKING_CORRECTED = "tracking-corrected"
REFUNDED = "refunded"
REFUND_REPEATED = "refund-repeated"
CANCELLED = "cancelled"
EDITED = "edited"
NOTE = "note"
TAGGED = "tagged"
UNTAGGED = "untagged"
WITHDRAWN = "withdrawn"
RETURN_ANNOUNCED = "return-announced"
LABEL_ADDED = "return-label-added"
RETURN_RECEIVED = "return-received"
RETURN_REFUSED = "return-refused"

_BAD: frozenset[str] = frozenset({
    EventKind.MISMATCH, EventKind.DISPUTED, EventKind.DISPUTE_LOST, EventKind.REFUND_FAILED,
    EventKind.FAILED, MessageState.FAILED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistoryKind:
    """A kind of event of an order. `describe` says in words what an event's detail means, in the
    reader's language; `label` is lazily translated."""

    name: str
    label: Any
    describe: Callable[[Order, Mapping[str, Any]], str] = lambda _order, _detail: ""
    icon: str = "check_circle"
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of an order's history. `actor`: who did it, in words; `url`: the row's own page."""

    at: datetime
    title: str
    note: str = ""
    actor: str = ""
    url: str = ""
    icon: str = "check_circle"
    is_bad: bool = False


_kinds: dict[str, HistoryKind] = {}


def register(kind: HistoryKind) -> None:
    """Let events of this kind be added: rooms and modules call it once, when they are loaded."""
    _kinds[kind.name] = kind


def add(
    order: Order, kind: str, now: datetime, *, by: User | None = None, actor: Actor | None = None,
    **detail: Any,
) -> OrderEvent:  # fmt: skip
    """Add one event to a locked order, in the transaction of what it tells. `by`: the member of
    staff who does it; without one it is `actor`, by default nobody."""
    assert kind in _kinds, f"the kind {kind!r} is not registered"
    event = OrderEvent(
        order=order, kind=kind, at=now, by=by, detail=detail,
        actor=actor or (Actor.STAFF if by is not None else Actor.SYSTEM),
    )  # fmt: skip
    event.save(force_insert=True)
    return event


def count(order: Order, *kinds: str) -> int:
    """Return how many events of these kinds an order has."""
    return OrderEvent.objects.for_brand(order.brand_id).filter(order=order, kind__in=kinds).count()


def of(order: Order) -> list[HistoryLine]:
    """Return the history of an order, the first line first."""
    prefetch_related_objects([order], "lines")  # each event with units names them
    lines = [*_placed(order), *_added(order), *_payments(order), *_mails(order)]
    return sorted(lines, key=lambda one: one.at)


# --- what is read


def _placed(order: Order) -> Iterator[HistoryLine]:
    buyer = str(Actor.BUYER.label)
    yield HistoryLine(order.placed_at, _("Order placed"), actor=buyer, icon="shopping_cart")
    if order.confirmed_at is not None:
        yield HistoryLine(order.confirmed_at, _("Order confirmed"))
    if order.cancelled_at is not None:
        reason = order.get_cancel_reason_display()
        yield HistoryLine(
            order.cancelled_at, _("Order cancelled"), reason, icon="cancel", is_bad=True
        )


def _added(order: Order) -> Iterator[HistoryLine]:
    events = OrderEvent.objects.for_brand(order.brand_id).filter(order=order)
    for event in events.select_related("by"):
        kind = _kinds.get(event.kind, HistoryKind(event.kind, event.kind))
        yield HistoryLine(
            at=event.at, title=str(kind.label), note=kind.describe(order, event.detail),
            actor=_actor(event), icon=kind.icon, is_bad=kind.is_bad,
        )  # fmt: skip


def _actor(event: OrderEvent) -> str:
    if event.by is not None:
        return str(event.by)
    return "" if event.actor == Actor.SYSTEM else str(Actor(event.actor).label)


def _payments(order: Order) -> Iterator[HistoryLine]:
    payments = Payment.objects.for_brand(order.brand_id).filter(checkout=order.checkout_id)
    for payment in payments.prefetch_related("events"):
        for event in payment.events.all():
            if event.kind == EventKind.REFUND_DUE and is_ours(event.detail.get("key", "")):
                continue  # the decision has a line of its own
            amount = event.detail.get("amount", payment.amount)
            yield HistoryLine(
                at=event.at,
                title=_("Payment: %(state)s") % {"state": event.get_kind_display()},
                note=_payment_note(amounts.localised(amount, payment.currency), event.detail),
                actor=_source(event.source),
                url=_page_of(payment),
                icon="payments",
                is_bad=event.kind in _BAD,
            )


def is_ours(key: str) -> bool:
    """Return whether a refund under this key at the provider was decided in this room."""
    return key.startswith(REFUND_KEYS)


def _payment_note(amount: str, detail: Mapping[str, Any]) -> str:
    reason = detail.get("reason") or detail.get("decline_code")
    return f"{amount} · {reason}" if reason else amount


def _source(source: str) -> str:
    return "" if source == "us" else str(_("Payment provider"))


def _mails(order: Order) -> Iterator[HistoryLine]:
    for message in outbox.messages_of(order.brand_id, causes_of(order)):
        yield HistoryLine(
            at=message.sent_at or message.created_at,
            title=_("Mail: %(kind)s") % {"kind": mail_kinds.label(message.kind)},
            note=message.last_error or f"{message.get_state_display()} → {message.recipient}",
            url=_page_of(message),
            icon="mail",
            is_bad=message.state in _BAD,
        )


def causes_of(order: Order) -> list[str]:
    """Return the rows of an order that cause mails, as the outbox names them."""
    causes = [outbox.cause_of(order)]
    for model in (Shipment, OrderRefund, OrderEvent, OrderReturn, Withdrawal):
        rows = model.objects.for_brand(order.brand_id).filter(order=order)
        causes += [outbox.cause_of(row) for row in rows.only("pk")]
    labels = ReturnLabel.objects.for_brand(order.brand_id).filter(order_return__order=order)
    causes += [outbox.cause_of(row) for row in labels.only("pk")]
    return causes


def _page_of(row: Payment | OutgoingMessage) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


# --- the kinds of this room


def _of_units(order: Order, detail: Mapping[str, Any]) -> str:
    """Name the units of an event: `2 × Cream, 1 × Brush`."""
    units = detail.get("units", {})  # a database may have put them into another order
    lines = [line for line in order.lines.all() if line.pk in units]
    return ", ".join(f"{units[line.pk]} × {line.product_name}" for line in lines)


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


def _parcel(order: Order, detail: Mapping[str, Any]) -> str:
    parcel = f"{detail.get('carrier', '')} {detail.get('tracking_number', '')}".strip()
    return _joined([_of_units(order, detail), parcel])


def _refund(order: Order, detail: Mapping[str, Any]) -> str:
    amount = amounts.localised(detail["amount"], order.currency)
    back = _("back into stock") if detail.get("restock") and detail.get("units") else ""
    kept = ""
    if detail.get("deducted"):
        names = {"amount": amounts.localised(detail["deducted"], order.currency)}
        kept = _("%(amount)s kept for a loss of value") % names
    return _joined([amount, _of_units(order, detail), kept, back, detail.get("reason", "")])


def _edit(_order: Order, detail: Mapping[str, Any]) -> str:
    changes = detail.get("changes", [])
    return ", ".join(f"{one['was'] or '–'} → {one['became'] or '–'}" for one in changes)


def _text(_order: Order, detail: Mapping[str, Any]) -> str:
    return str(detail.get("text", ""))


for _kind in (
    HistoryKind(SHIPPED, gettext_lazy("Shipped"), _parcel, "local_shipping"),
    HistoryKind(SHIPMENT_UNDONE, gettext_lazy("Shipment undone"), _parcel, "undo"),
    HistoryKind(TRACKING_CORRECTED, gettext_lazy("Tracking corrected"), _parcel, "edit"),
    HistoryKind(REFUNDED, gettext_lazy("Refund decided"), _refund, "currency_exchange"),
    HistoryKind(REFUND_REPEATED, gettext_lazy("Refund sent again"), _refund, "refresh"),
    HistoryKind(CANCELLED, gettext_lazy("Cancelled"), _refund, "cancel", is_bad=True),
    HistoryKind(EDITED, gettext_lazy("Details changed"), _edit, "edit"),
    HistoryKind(NOTE, gettext_lazy("Note"), _text, "sticky_note_2"),
    HistoryKind(TAGGED, gettext_lazy("Tag added"), _text, "sell"),
    HistoryKind(UNTAGGED, gettext_lazy("Tag removed"), _text, "sell"),
    HistoryKind(WITHDRAWN, gettext_lazy("Withdrawal declared"), _of_units, "undo", is_bad=True),
    HistoryKind(RETURN_ANNOUNCED, gettext_lazy("Return announced"), _of_units, "assignment_return"),
    HistoryKind(LABEL_ADDED, gettext_lazy("Return label sent"), _text, "label"),
    HistoryKind(RETURN_RECEIVED, gettext_lazy("Return received"), _of_units, "inventory"),
    HistoryKind(RETURN_REFUSED, gettext_lazy("Return refused"), _text, "block", is_bad=True),
):
    register(_kind)
