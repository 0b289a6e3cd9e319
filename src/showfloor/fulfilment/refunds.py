"""Refunds of an order: by line, of shipping, of an amount, or of all that is left.

A refund is decided here and sent by checkout, which asks the provider; how it went is told by the
events of the payment. So a decision stands as soon as its transaction has committed, and a refund
that the provider refuses is seen and can be sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.checkout import entitlements
from showfloor.checkout.models import Order, OrderLine, OrderState, Payment
from showfloor.checkout.payment_ledger import Ledger
from showfloor.checkout.ports import RefundState
from showfloor.checkout.services import orders, payment_events
from showfloor.checkout.services import refunds as checkout_refunds
from showfloor.fulfilment import history, mails, progress, rules, stale_forms
from showfloor.fulfilment.mails import MailKind
from showfloor.fulfilment.models import OrderRefund, RefundLine
from showfloor.fulfilment.rules import (
    Deduction,
    Plan,
    RefundTotals,
    Sale,
    SoldLine,
    TaxPart,
    Wanted,
)
from showfloor.kernel.errors import Conflict
from showfloor.stock import services as stock
from showfloor.stock.models import MovementReason


class RefundProgress(StrEnum):
    """How a refund stands at the provider."""

    DUE = "due"  # decided; the provider is asked next
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ask:
    """A refund as it is asked for. `returned`: the units have come back, so they are taken from
    those that were sent; otherwise those not yet sent go first and are not sent any more.
    `seen`: how often goods and money had moved when the form was shown."""

    wanted: Wanted
    restock: bool = False
    reason: str = ""
    returned: bool = False
    by: User | None = None
    tell: bool = True  # the buyer gets a mail
    kind: str = history.REFUNDED  # of the event in the order's history
    seen: int | None = None


def refund_lines(
    order: Order, units: Mapping[str, int], *, shipping: int = 0, restock: bool, reason: str,
    key: str, now: datetime, returned: bool = False, by: User | None = None, tell: bool = True,
    amount: int | None = None, deductions: Mapping[str, Deduction] | None = None,
) -> OrderRefund:  # fmt: skip
    """Send the money of units (line id → units) and of shipping back, in minor units, or `amount`
    in its place. The same `key` refunds once. Invalid, Conflict: more than can go back."""
    wanted = Wanted(units, shipping, amount, deductions or {})
    return refund(order, Ask(wanted, restock, reason, returned, by, tell), key, now)


@verb
def refund(order: Order, ask: Ask, key: str, now: datetime) -> OrderRefund:
    """Decide a refund: rows, stock, history and the mail in one transaction; a job asks the
    provider. The same `key` refunds once. Invalid names the field; Conflict: not so many units."""
    with stock.writing():
        order = orders.lock(order)
        made = OrderRefund.objects.for_brand(order.brand_id).filter(order=order, key=key).first()
        if made is not None:
            return made
        stale_forms.check_seen(order, ask.seen)
        if order.state not in (OrderState.CONFIRMED, OrderState.COMPLETED):
            raise Conflict(_("Only a paid order can be refunded."), code="order-state")
        return _decide(order, ask, key, now)


@verb
def repeat(refunded: OrderRefund, now: datetime, *, by: User | None = None) -> None:
    """Send a refund again that the provider refused. Conflict for any other."""
    with stock.writing():
        order = orders.lock(refunded.order)
        refunded = OrderRefund.objects.for_brand(order.brand_id).get(pk=refunded.pk)
        if progress_of(order, [refunded])[refunded.pk] is not RefundProgress.FAILED:
            raise Conflict(_("This refund has not failed."), code="not-failed")
        refunded.attempt += 1
        refunded.save(update_fields=["attempt"])
        _request(order, refunded, now)
        history.add(order, history.REFUND_REPEATED, now, by=by, amount=refunded.amount)


def is_known(order: Order, key: str) -> bool:
    """Return whether a refund of this key was decided."""
    return OrderRefund.objects.for_brand(order.brand_id).filter(order=order, key=key).exists()


def left(order: Order) -> int:
    """Return how much of an order's money can still go back, in minor units."""
    return _left(order, gone_back(order))


def shipping_left(order: Order) -> int:
    """Return how much of the shipping can still go back, tax included."""
    return rules.shipping_left(sale_of(order), gone_back(order))


def sale_of(order: Order, lines: Sequence[SoldLine] | None = None) -> Sale:
    """Return an order as it was charged, with what became of its units."""
    shipping = order.shipping + sum(row["amount"] for row in order.shipping_adjustments)
    taxes = [_tax_part(row) for row in order.taxes]
    found = progress.lines_of(order) if lines is None else lines
    return Sale(order.total, found, shipping, taxes, on_top=order.tax_added > 0)


def gone_back(order: Order) -> RefundTotals:
    """Return what the refunds of an order that were decided so far add up to."""
    made = list(OrderRefund.objects.for_brand(order.brand_id).filter(order=order))
    return RefundTotals(
        sum(one.amount for one in made),
        sum(one.shipping for one in made),
        [_tax_part(row) for one in made for row in one.taxes],
    )


def progress_of(order: Order, made: Sequence[OrderRefund]) -> dict[str, RefundProgress]:
    """Return how refunds of an order stand, by their ids, as the payments' events tell it."""
    ledgers = _ledgers(order)
    return {one.pk: _progress(one, ledgers) for one in made}


def made_elsewhere(order: Order) -> int:
    """Return how much went back without a decision here: at the provider's own pages."""
    total = 0
    for ledger in _ledgers(order):
        refunds = [one for one in ledger.refunds.values() if one.state != RefundState.FAILED]
        total += sum(one.amount for one in refunds if one.key not in ledger.requests)
    return total


# --- the decision


def _decide(order: Order, ask: Ask, key: str, now: datetime) -> OrderRefund:
    sale, gone = sale_of(order), gone_back(order)
    plan = rules.plan_refund(sale, gone, ask.wanted, _left(order, gone))
    units = {line: ask.wanted.units[line] for line in plan.lines}
    row = OrderRefund(
        brand_id=order.brand_id, order=order, key=key, amount=plan.amount, shipping=plan.shipping,
        taxes=[part.row() for part in plan.taxes], reason=ask.reason, restock=ask.restock,
        created_at=now, by=ask.by,
    )  # fmt: skip
    row.save(force_insert=True)
    none = Deduction(0, "")
    kept = {line: ask.wanted.deductions.get(line, none) for line in plan.lines}
    RefundLine.objects.all_brands().bulk_create(
        RefundLine(
            refund=row, line_id=line, quantity=units[line], amount=amount,
            deduction=kept[line].amount, deduction_reason=kept[line].reason,
        )
        for line, amount in plan.lines.items()
    )  # fmt: skip
    _take_units(order, sale, ask, units)
    entitlements.take_back(order, units, f"refund:{row.pk}", now)
    _request(order, row, now)
    history.add(
        order, ask.kind, now, by=ask.by, units=units, amount=plan.amount, reason=ask.reason,
        restock=ask.restock, deducted=sum(one.amount for one in kept.values()),
    )  # fmt: skip
    progress.follow(order, now)
    if ask.tell and (plan.amount or any(one.amount for one in kept.values())):
        mails.queue(order, MailKind.REFUND if plan.amount else MailKind.NOTHING_BACK, row, now)
    return row


def _take_units(order: Order, sale: Sale, ask: Ask, units: Mapping[str, int]) -> None:
    changes: dict[str, dict[str, int]] = {}
    for line in sale.lines:
        if line.id in units:
            dropped, returned = rules.split_units(line, units[line.id], returned=ask.returned)
            changes[line.id] = {"dropped": dropped, "returned": returned}
    progress.change(order, changes)
    if ask.restock:
        reason = MovementReason.RETURNED if ask.returned else MovementReason.CANCELLED
        by_id = ask.by.pk if ask.by else None
        cause = stock.Cause(reason, by_id, order.number, order.checkout_id)
        put_back(order, units, cause)


def put_back(order: Order, units: Mapping[str, int], cause: stock.Cause) -> None:
    """Put units (line id → units) of an order on hand again, at the locations that they were sold
    from; goods that are no longer in the catalogue stay where they are."""
    lines = OrderLine.objects.for_brand(order.brand_id).filter(order=order, pk__in=units)
    counts: dict[str, int] = {}
    for line in lines:
        if line.variant_id is not None:
            counts[line.variant_id] = counts.get(line.variant_id, 0) + units[line.pk]
    for variant_id in sorted(counts):
        stock.move(order.brand_id, variant_id, counts[variant_id], cause)


def _request(order: Order, row: OrderRefund, now: datetime) -> None:
    if row.amount:
        checkout_refunds.request(order, row.amount, row.reason, row.provider_key, now)


def _left(order: Order, gone: RefundTotals) -> int:
    at_provider = max((ledger.refundable for ledger in _ledgers(order)), default=0)
    return max(0, min(order.total - gone.amount, at_provider))


def _ledgers(order: Order) -> list[Ledger]:
    payments = Payment.objects.for_brand(order.brand_id).filter(checkout=order.checkout_id)
    return [payment_events.ledger_of(one) for one in payments if one.captured]


def _progress(row: OrderRefund, ledgers: Sequence[Ledger]) -> RefundProgress:
    for ledger in ledgers:
        for told in ledger.refunds.values():
            if told.key == row.provider_key:
                match told.state:
                    case RefundState.PENDING:
                        return RefundProgress.PENDING
                    case RefundState.FAILED:
                        return RefundProgress.FAILED
                    case _succeeded:
                        return RefundProgress.DONE
    return RefundProgress.DUE if row.amount else RefundProgress.DONE


def _tax_part(row: Mapping[str, Any]) -> TaxPart:
    return TaxPart(row["rate_bp"], row["net"], row["tax"], row.get("exemption", ""))


def plan(order: Order, wanted: Wanted) -> Plan:
    """Return what a wish would come to; Invalid as for the refund itself."""
    gone = gone_back(order)
    return rules.plan_refund(sale_of(order), gone, wanted, _left(order, gone))
