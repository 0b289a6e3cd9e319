"""An order as its buyer sees it: what happened, the moments of the show, the papers, what can be
done now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from showfloor.catalogue import amounts
from showfloor.checkout import order_links
from showfloor.checkout.models import CancelReason, Order, OrderLine, OrderState
from showfloor.fulfilment import return_links, returns, shipments, withdrawals
from showfloor.fulfilment.models import OrderRefund, RefundLine, Shipment
from showfloor.fulfilment.return_models import OrderReturn, ReturnState, Withdrawal
from showfloor.legal import queries as legal
from showfloor.legal.models import SellerKind, TextKind
from showfloor.legal.rules import OF_A_PURCHASE


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened to an order. `url`, `link`: where more of it is."""

    at: datetime
    text: str
    note: str = ""
    url: str = ""
    link: str = ""


def story_of(order: Order) -> list[HistoryEntry]:
    """Return what happened to an order, the first first, in words for its buyer."""
    found = [*_of_order(order), *_parcels(order), *_money(order), *_coming_back(order)]
    return sorted(found, key=lambda one: one.at)


def _of_order(order: Order) -> Iterator[HistoryEntry]:
    yield HistoryEntry(order.placed_at, _("You ordered"))
    if order.confirmed_at is not None:
        yield HistoryEntry(order.confirmed_at, _("Your payment arrived"))
    if order.cancelled_at is not None:
        yield HistoryEntry(order.cancelled_at, _cancelled(order))


def _cancelled(order: Order) -> str:
    match order.cancel_reason:
        case CancelReason.BY_BUYER:
            return _("You cancelled the order")
        case CancelReason.WITHDRAWN:
            return _("Cancelled after your withdrawal")
    return _("The order was cancelled")


def _parcels(order: Order) -> Iterator[HistoryEntry]:
    rows = Shipment.objects.for_brand(order.brand_id).filter(order=order, undone_at=None)
    for one in rows.prefetch_related("lines__line"):
        units = ", ".join(f"{row.quantity} × {row.line.product_name}" for row in one.lines.all())
        by = " ".join(part for part in (one.carrier, one.tracking_number) if part)
        note = " · ".join(part for part in (units, by) if part)
        link = _("Follow the parcel") if one.tracking_url else ""
        yield HistoryEntry(one.shipped_at, _("A parcel left"), note, one.tracking_url, link)


def _money(order: Order) -> Iterator[HistoryEntry]:
    rows = OrderRefund.objects.for_brand(order.brand_id).filter(order=order)
    for one in rows.prefetch_related("lines__line"):
        kept = "; ".join(_kept(row, order.currency) for row in one.lines.all() if row.deduction)
        amount = amounts.localised(one.amount, order.currency)
        if one.amount or kept:
            text = _("%(amount)s go back to you") % {"amount": amount}
            yield HistoryEntry(one.created_at, text, kept)


def _kept(row: RefundLine, currency: str) -> str:
    return _("%(amount)s of “%(name)s” kept for a loss of value: %(reason)s") % {
        "amount": amounts.localised(row.deduction, currency), "name": row.line.product_name,
        "reason": row.deduction_reason,
    }  # fmt: skip


def _coming_back(order: Order) -> Iterator[HistoryEntry]:
    for stated in Withdrawal.objects.for_brand(order.brand_id).filter(order=order):
        receipt = return_links.receipt_path(stated)
        yield HistoryEntry(
            stated.submitted_at, _("You withdrew from the contract"), "", receipt, _("Receipt")
        )
    rows = OrderReturn.objects.for_brand(order.brand_id).filter(order=order)
    for one in rows.prefetch_related("lines__line"):
        units = ", ".join(f"{row.quantity} × {row.line.product_name}" for row in one.lines.all())
        is_open = one.state == ReturnState.REQUESTED
        yield HistoryEntry(
            one.requested_at, _("You announced a return"), units,
            return_links.path_of(one) if is_open else "", _("Return slip") if is_open else "",
        )  # fmt: skip
        if one.closed_at is not None:
            is_here = one.state == ReturnState.RECEIVED
            said = _("Your return arrived") if is_here else _("Your return was refused")
            yield HistoryEntry(one.closed_at, said, one.answer)


def moments_of(order: Order) -> list[dict[str, str]]:
    """Return for each line, in their order, the moment of the show in which it was chosen: an
    address that opens the replay there, and its words. Empty for goods from elsewhere."""
    lines = OrderLine.objects.for_brand(order.brand_id).filter(order=order)
    return [_moment(line) for line in lines.select_related("show")]


def _moment(line: OrderLine) -> dict[str, str]:
    if line.show is None:
        return {}
    url = reverse("show", args=[line.show.slug])
    names = {"title": line.show.title}
    if line.show_time_s is None:
        return {"url": url, "text": _("from “%(title)s”") % names}
    seconds = int(line.show_time_s)
    names["time"] = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return {
        "url": f"{url}?t={seconds}", "text": _("from “%(title)s”, at %(time)s") % names,
    }  # fmt: skip


def papers_of(order: Order) -> list[dict[str, str]]:
    """Return the texts that the order was made under, as they were then."""
    return [
        {
            "title": _("%(text)s, as at your order") % {"text": TextKind(kind.value).label},
            "url": legal.version_address(order.legal_versions[kind]),
        }
        for kind in OF_A_PURCHASE
        if kind in order.legal_versions
    ]


def actions_of(order: Order, now: datetime) -> dict[str, Any]:
    """Return what the buyer can do now: cancel, withdraw, send something back."""
    base = order_links.path_of(order)
    sells_to = legal.profile(order.brand_id).sells_to
    right = withdrawals.right_of(order, now) if sells_to == SellerKind.CONSUMERS else None
    until = returns.ends_at(order)
    can_return = until is not None and now <= until and bool(returns.returnable(order))
    return {
        "cancel_url": f"{base}/cancel" if can_cancel(order) else "",
        "withdraw_url": f"{base}/withdraw" if right is not None and right.is_open else "",
        "withdraw_until": right.last_day if right is not None else None,
        "withdrawal_over": right is not None and right.ends_at is not None and now >= right.ends_at,
        "return_url": f"{base}/return" if can_return else "",
        "return_until": until if can_return else None,
    }


def can_cancel(order: Order) -> bool:
    """Return whether the buyer may cancel: paid or not, as long as nothing was sent."""
    is_open = order.state in (OrderState.PLACED, OrderState.CONFIRMED)
    return is_open and not any(shipments.shipped(order).values())


def progress_text(order: Order) -> str:
    """Return the order's state as a sentence for its buyer, parcels included."""
    match order.state, order.cancel_reason:
        case OrderState.PLACED, _reason:
            return _("Ordered; we are waiting for the payment to be confirmed.")
        case OrderState.CONFIRMED, _reason:
            sent = sum(shipments.shipped(order).values())
            return _partly_sent(sent) if sent else _("Paid. We are preparing it.")
        case OrderState.COMPLETED, _reason if not order.needs_shipping:
            return _("Paid. It is yours now: nothing is sent.")
        case OrderState.COMPLETED, _reason:
            return _("Sent.")
        case _state, CancelReason.SOLD_OUT:
            return _("Cancelled, because it sold out. Your money goes back.")
        case _state, CancelReason.NOT_CAPTURED:
            return _("Cancelled, because the payment did not arrive.")
        case _other:
            return _("Cancelled. If money was taken, it goes back.")


def _partly_sent(sent: int) -> str:
    return ngettext(
        "%(count)d piece is on its way; the rest follows.",
        "%(count)d pieces are on their way; the rest follows.",
        sent,
    ) % {"count": sent}


def choices(lines: Sequence[OrderLine], units: dict[str, int]) -> list[dict[str, Any]]:
    """Return the lines of which units can be chosen in a form, with the numbers to choose from."""
    return [
        {
            "id": line.pk, "name": line.product_name,
            "options": " · ".join(str(value) for value in line.options.values()),
            "most": units[line.pk], "numbers": range(units[line.pk] + 1),
        }
        for line in lines
        if units.get(line.pk)
    ]  # fmt: skip
