"""Tasks of an order: what staff are asked to do now, the most urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.catalogue import amounts
from showfloor.checkout.models import Order, OrderState, Payment, PaymentState
from showfloor.fulfilment import rules
from showfloor.fulfilment.refunds import RefundProgress
from showfloor.fulfilment.rules import SoldLine


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, in words. `action`: the form of the order's page that does it."""

    text: str
    action: str = ""
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tasks of an order follow from. `made_elsewhere`: money that went back without a
    decision here, in minor units; `document_error`: why an invoice or a credit note could not
    be made."""

    lines: Sequence[SoldLine]
    payments: Sequence[Payment]
    refunds: Sequence[tuple[int, RefundProgress]]  # amounts, and how they stand
    made_elsewhere: int
    document_error: str = ""


def of(order: Order, facts: Facts, now: datetime) -> list[Task]:
    """Return the tasks of an order."""
    return [
        *_disputes(order, facts, now), *_money(order, facts), *_documents(facts),
        *_goods(order, facts, now),
    ]  # fmt: skip


def _disputes(order: Order, facts: Facts, now: datetime) -> Iterator[Task]:
    for payment in facts.payments:
        if payment.dispute_due_at is None and payment.state != PaymentState.DISPUTED:
            continue
        amount = amounts.localised(payment.disputed, order.currency)
        if payment.dispute_due_at is None:
            yield Task(
                _("The buyer's bank disputes %(amount)s. Answer at the provider.")
                % {"amount": amount},
                is_urgent=True,
            )
            continue
        by = formats.date_format(timezone.localtime(payment.dispute_due_at), "DATETIME_FORMAT")
        sentence = _("The buyer's bank disputes %(amount)s. Answer at the provider by %(by)s.")
        if payment.dispute_due_at < now:
            sentence = _("The buyer's bank disputes %(amount)s. The time to answer ended %(by)s.")
        yield Task(sentence % {"amount": amount, "by": by}, is_urgent=True)


def _money(order: Order, facts: Facts) -> Iterator[Task]:
    for amount, stands in facts.refunds:
        if stands is RefundProgress.FAILED:
            text = _("A refund of %(amount)s failed. Send it again.")
            yield Task(text % {"amount": amounts.localised(amount, order.currency)}, "repeat", True)
    if facts.made_elsewhere and order.state == OrderState.CONFIRMED:
        text = _(
            "%(amount)s went back at the provider, not from here. Cancel what is not to be sent."
        )
        shown = amounts.localised(facts.made_elsewhere, order.currency)
        yield Task(text % {"amount": shown}, "cancel", True)


def _documents(facts: Facts) -> Iterator[Task]:
    if facts.document_error:
        text = _("The invoice or its correction could not be made: %(error)s")
        yield Task(text % {"error": facts.document_error}, "document", True)


def _goods(order: Order, facts: Facts, now: datetime) -> Iterator[Task]:
    units = sum(line.open for line in facts.lines)
    if order.state != OrderState.CONFIRMED or not units:
        return
    if order.payment_state == PaymentState.REFUNDED:
        yield Task(_("All money has gone back: nothing is to be sent. Cancel it."), "cancel", True)
        return
    late = order.confirmed_at is not None and now - order.confirmed_at >= rules.LATE_AFTER
    text = ngettext("%(count)d unit is to be sent.", "%(count)d units are to be sent.", units)
    if late:
        text = ngettext(
            "%(count)d unit is late: the buyer has waited for more than %(days)d days.",
            "%(count)d units are late: the buyer has waited for more than %(days)d days.",
            units,
        )
    yield Task(text % {"count": units, "days": rules.LATE_AFTER.days}, "ship", late)
