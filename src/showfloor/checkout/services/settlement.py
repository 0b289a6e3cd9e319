"""The one way of all news of payments: the answer to the buyer's call, the provider's webhook, the
reconciliation job. The first of them makes the order; the second finds it. News must match the
stored attempt, or nothing happens.

News of many payments are settled in one transaction, each by itself. Locks: carts of buyers without
an order, checkouts, payments, holds, stock, then the streams of buyers.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from showfloor.accounts.transactions import Repeat, verb
from showfloor.checkout import (
    cart_rows,
    entitlements,
    payment_health,
    payment_ledger,
    payment_rows,
    rows,
    rules,
)
from showfloor.checkout.models import (
    CancelReason,
    CheckoutState,
    EventKind,
    OrderState,
    PaymentState,
    ShippingOption,
)
from showfloor.checkout.order_emails import MailKind
from showfloor.checkout.payment_health import PaymentFault
from showfloor.checkout.payment_ledger import Event, Ledger
from showfloor.checkout.payment_rows import NewEvent, Notice, OrderRow, PaymentRow
from showfloor.checkout.ports import ProviderPayment
from showfloor.checkout.reservations import rows as reservation_rows
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.rows import CheckoutLineRow, CheckoutRow
from showfloor.checkout.services import orders, payment_events, saved_methods, shipping
from showfloor.checkout.services.checkout import quantities
from showfloor.checkout.services.saved_methods import NewMethod
from showfloor.kernel.bulk_sql import Cursor
from showfloor.outbox import services as outbox
from showfloor.outbox.services import Queued
from showfloor.pricing.vouchers import uses
from showfloor.stock import services as stock
from showfloor.stock.services import Owner, Refused, Sale
from showfloor.timeline.log import NewEntry

log = logging.getLogger(__name__)

APPLIED = "applied"
ALREADY_KNOWN = "already-known"
MISMATCH = "mismatch"
DUPLICATE = "duplicate"
_REFUNDED = PaymentState.REFUNDED.value
_WITH_MONEY = ("authorized", "captured", "disputed", "partially_refunded")


@dataclass(frozen=True, slots=True)
class News:
    """A report of a payment. `source`: confirm, webhook or reconcile; `notice`: by which it came,
    which is taken once."""

    payment_id: str
    told: ProviderPayment
    source: str
    notice: Notice | None = None


@dataclass(slots=True)
class Settled:
    """The payment and its order after the news. `action`: what the buyer's browser needs to go on,
    when the bank asks back."""

    outcome: str
    payment: PaymentRow
    order: OrderRow | None
    decline_code: str = ""
    action: str = ""


@verb
def settle_many(brand_id: str, news: Sequence[News], now: datetime) -> list[Settled]:
    """Take news of a brand's payments: each at most once, in any order, from any source; return
    what came of each, in their order."""
    with stock.writing(), connection.cursor() as cursor:
        return settle_in(cursor, brand_id, news, now)


def settle(
    brand_id: str, payment_id: str, told: ProviderPayment, source: str, now: datetime
) -> Settled:
    """Take one report."""
    (settled,) = settle_many(brand_id, [News(payment_id, told, source)], now)
    return settled


def settle_in(cursor: Cursor, brand_id: str, news: Sequence[News], now: datetime) -> list[Settled]:
    """Do the same inside the caller's `stock.writing`."""
    return _Settlements(cursor, brand_id, news, now).settle_all()


@dataclass(frozen=True, slots=True)
class Change:
    """The ledger of a payment before some news, and after them."""

    before: Ledger
    after: Ledger

    def became(self, *statuses: str) -> bool:
        return self.after.status in statuses and self.before.status != self.after.status


@dataclass(slots=True)
class _Purchase:
    """A checkout, its payments (the oldest first), its order, and what of its goods was reserved
    for the buyer."""

    checkout: CheckoutRow
    lines: list[CheckoutLineRow]
    payments: list[PaymentRow]
    order: OrderRow | None
    reserved: list[ReservationRow]

    def units_of_cart(self) -> dict[str, int]:
        """Return the units, by variant id, that were in the cart itself."""
        units = dict(quantities(self.lines))
        for one in self.reserved:
            units[one.variant_id] -= one.quantity
        return {variant_id: count for variant_id, count in units.items() if count > 0}

    def is_paid_by_another(self, payment: PaymentRow) -> bool:
        """Return whether another attempt has brought money for the same checkout."""
        return any(
            one.state in _WITH_MONEY and not one.refund_due and one.id != payment.id
            for one in self.payments
        )


class _Settlements:
    """One batch in its transaction."""

    def __init__(self, cursor: Cursor, brand_id: str, news: Sequence[News], now: datetime) -> None:
        self._cursor = cursor
        self._brand_id = brand_id
        self._news = news
        self._now = now
        self._carts: dict[str, cart_rows.CartRow] = {}
        self._purchases: dict[str, _Purchase] = {}  # by payment
        self._payments: dict[str, PaymentRow] = {}
        self._lock()
        payments = {one.payment_id for one in news}
        told = payment_rows.events(cursor, payments)
        self._ledgers = {
            pk: payment_ledger.add_up(self._payments[pk].amount, told[pk]) for pk in payments
        }
        self._numbers = {pk: len(told[pk]) for pk in payments}
        self._keepers = {  # by payment; "" for a buyer who was erased meanwhile
            pk: "" if saved_methods.was_withdrawn(told[pk]) else self._purchases[pk].checkout.owner
            for pk in payments
            if saved_methods.has_agreed(told[pk])
        }
        notices = [one.notice for one in news if one.notice is not None]
        self._known_notices = payment_rows.known_notices(cursor, brand_id, notices)
        self._options = self._chosen_options()
        # What is to be written.
        self._events: list[NewEvent] = []
        self._changed: dict[str, PaymentRow] = {}
        self._checkouts: dict[str, CheckoutRow] = {}
        self._new_orders: dict[str, OrderRow] = {}
        self._orders: dict[str, OrderRow] = {}
        self._mails: list[Queued] = []
        self._released: list[Owner] = []
        self._confirmed: list[OrderRow] = []
        self._ordered: list[ReservationRow] = []
        self._claimed: list[ReservationRow] = []
        self._lapsed: list[ReservationRow] = []
        self._refunded: dict[str, bool] = {}  # orders: whether all money is back, or not after all
        self._kept: list[NewMethod] = []
        self._without_order: list[str] = []  # checkouts whose vouchers are given back
        self._captured: list[tuple[_Purchase, PaymentRow, OrderRow]] = []
        self._told: list[tuple[_Purchase, PaymentRow, OrderRow]] = []

    def _lock(self) -> None:
        found = payment_rows.find(
            self._cursor, self._brand_id, {one.payment_id for one in self._news}
        )
        ordering = {one.owner for one in found.values() if not one.has_order}
        if ordering:
            self._carts = cart_rows.carts(self._cursor, self._brand_id, ordering)
        named = {one.checkout_id for one in found.values()}
        checkouts = rows.checkouts(self._cursor, self._brand_id, named)
        if any(checkouts[one.checkout_id].owner != one.owner for one in found.values()):
            raise Repeat("a guest has signed in meanwhile")
        payments = payment_rows.of_checkouts(self._cursor, checkouts)
        # A checkout is completed by its order, in the order's own transaction.
        completed = [pk for pk, one in checkouts.items() if one.state == CheckoutState.COMPLETED]
        made = payment_rows.orders(self._cursor, completed)
        lines = rows.lines(self._cursor, checkouts)
        kept = reservation_rows.in_checkouts(self._cursor, checkouts)
        purchases = {
            pk: _Purchase(checkout, lines[pk], payments[pk], made.get(pk), kept.get(pk, []))
            for pk, checkout in checkouts.items()
        }
        for payment_id, one in found.items():
            self._purchases[payment_id] = purchases[one.checkout_id]
        self._payments = {one.id: one for some in payments.values() for one in some}

    def _chosen_options(self) -> Mapping[str, ShippingOption]:
        """Return the ways of sending of orders that may be made."""
        chosen = {
            one.checkout.shipping_option_id for one in self._purchases.values()
            if one.order is None and one.checkout.shipping_option_id is not None
        }  # fmt: skip
        return shipping.chosen(self._brand_id, chosen)

    def settle_all(self) -> list[Settled]:
        """Take each report in turn, then claim stock for all, and write what they come to."""
        taken = list(map(self._take, self._news))
        if self._released:
            stock.release_many(self._cursor, self._released)
        self._claim()
        self._end_reservations()
        self._note_payment_states()
        for settled in taken:
            settled.order = self._purchases[settled.payment.id].order
        self._write(taken)
        self._tell_buyers()
        return taken

    def _take(self, news: News) -> Settled:
        payment = self._payments[news.payment_id]
        purchase, told = self._purchases[payment.id], news.told
        if news.notice is not None:
            name = news.notice.provider, news.notice.event_id
            if name in self._known_notices:
                return Settled(DUPLICATE, payment, None)
            self._known_notices.add(name)
        wrong = rules.mismatch(_expected(payment), told)
        if wrong:
            payment_health.count(PaymentFault.MISMATCH)
            detail = {"wrong": wrong, "told": _detail(told)}
            self._append(payment, [(EventKind.MISMATCH, detail)], news.source)
            return Settled(MISMATCH, payment, None)
        if told.stored is not None and payment.id in self._keepers:
            self._kept.append(NewMethod(payment, self._keepers[payment.id], told.stored))
        before = self._ledgers[payment.id]
        found = payment_ledger.news(before, told)
        outcome = APPLIED if found else ALREADY_KNOWN
        if found:
            payment.reference = payment.reference or told.reference
            reported = [(kind, {**detail, "reference": told.reference}) for kind, detail in found]
            after = self._append(payment, reported, news.source)
            self._take_effect(purchase, payment, Change(before, after))
            if purchase.order is not None:
                self._told.append((purchase, payment, purchase.order))
        asks_back = payment.state == "requires_action"
        return Settled(outcome, payment, None, told.decline_code, told.action if asks_back else "")

    def _append(self, payment: PaymentRow, events: Sequence[Event], source: str) -> Ledger:
        """Add events to a payment, and let its columns follow; return the ledger after them."""
        ledger = self._ledgers[payment.id]
        for kind, detail in events:
            self._numbers[payment.id] += 1
            number = self._numbers[payment.id]
            self._events.append(NewEvent(payment.id, number, str(kind), source, detail))
            ledger = ledger.after((kind, detail))
        self._ledgers[payment.id] = ledger
        for name, value in payment_events.following(ledger).items():
            setattr(payment, name, value)
        self._changed[payment.id] = payment
        return ledger

    # --- the effects of a change

    def _take_effect(self, purchase: _Purchase, payment: PaymentRow, change: Change) -> None:
        before, after = change.before, change.after
        if after.is_paid and not before.is_paid:
            self._take_money(purchase, payment, is_captured=True)
        elif not after.is_paid and change.became("authorized"):
            self._take_money(purchase, payment, is_captured=False)
        elif not after.is_paid and change.became("failed", "voided"):
            self._fail(purchase, payment)
        if not after.is_paid and after.captured and after.status in ("failed", "voided"):
            self._request_refund(payment, "captured in part")
        surplus = after.captured - max(before.captured, payment.amount)
        if surplus > 0:
            payment_health.count(PaymentFault.CAPTURED_TWICE)
            log.error("payment_captured_twice brand=%s payment=%s", payment.brand_id, payment.id)
            self._request_refund(payment, "captured twice", surplus)
        if after.disputes != before.disputes:
            # The goods may be on their way: staff decides, and answers at the provider.
            payment_health.count(PaymentFault.DISPUTED)
            log.warning("payment_disputed brand=%s payment=%s", payment.brand_id, payment.id)

    def _take_money(self, purchase: _Purchase, payment: PaymentRow, *, is_captured: bool) -> None:
        order = self._order_for(purchase, payment)
        if order is None:
            self._request_refund(payment, "not wanted")
        elif is_captured:
            self._captured.append((purchase, payment, order))

    def _order_for(self, purchase: _Purchase, payment: PaymentRow) -> OrderRow | None:
        """Return the order that this money is for, made if it is the first news; None when nobody
        wants the money: the order was cancelled or is paid by another attempt, or the buyer has
        left."""
        order = purchase.order
        if order is not None:
            wanted = order.state == OrderState.PLACED and not purchase.is_paid_by_another(payment)
            return order if wanted else None
        checkout = purchase.checkout
        if checkout.state == CheckoutState.ABANDONED:
            return None
        option = self._options.get(checkout.shipping_option_id or "")
        order = orders.place(checkout, purchase.lines, option, self._now, is_test=payment.is_test)
        cart = self._carts.get(checkout.owner)
        if cart is not None:  # units that were added meanwhile stay
            cart.take_units(purchase.units_of_cart())
        self._ordered += purchase.reserved
        self._checkouts[checkout.id] = checkout
        purchase.order = self._new_orders[order.id] = order
        return order

    def _fail(self, purchase: _Purchase, payment: PaymentRow) -> None:
        """Handle a failed payment: the buyer can pay again; an order that was placed is
        cancelled."""
        checkout, order = purchase.checkout, purchase.order
        if order is not None:
            if order.state == OrderState.PLACED and not purchase.is_paid_by_another(payment):
                self._cancel(purchase, order, CancelReason.NOT_CAPTURED, MailKind.ORDER_CANCELLED)
        elif checkout.state == CheckoutState.PAYING:
            checkout.state = CheckoutState.HOLDING.value
            checkout.expires_at = max(checkout.expires_at, self._now + rules.TIME_AFTER_DECLINE)
            self._checkouts[checkout.id] = checkout

    def _claim(self) -> None:
        """Take the goods of everyone whose money was captured; the money of those whose goods are
        gone goes back."""
        sales = [
            Sale(self._brand_id, purchase.checkout.id, dict(quantities(purchase.lines)))
            for purchase, _payment, _order in self._captured
        ]
        outcomes = stock.claim_many(self._cursor, sales, self._now) if sales else []
        gone: list[Owner] = []
        for (purchase, payment, order), outcome in zip(self._captured, outcomes, strict=True):
            if isinstance(outcome, Refused):
                log.warning("paid_unfulfillable brand=%s order=%s", self._brand_id, order.number)
                payment_health.count(PaymentFault.PAID_UNFULFILLABLE)
                gone.append(Owner(self._brand_id, purchase.checkout.id))
                self._end(purchase, order, CancelReason.SOLD_OUT, MailKind.ORDER_REFUNDED)
                self._request_refund(payment, CancelReason.SOLD_OUT)
            else:
                is_open = purchase.checkout.needs_shipping
                state = OrderState.CONFIRMED if is_open else OrderState.COMPLETED
                order.state, order.confirmed_at = state.value, self._now
                self._orders[order.id] = order
                self._claimed += purchase.reserved
                self._confirmed.append(order)
                self._queue_mail(order, MailKind.ORDER_CONFIRMED)
        if gone:
            stock.release_many(self._cursor, gone)

    def _end_reservations(self) -> None:
        reservations.order(self._cursor, self._ordered)
        reservations.claim(self._cursor, self._claimed, self._now)
        reservations.lapse(self._cursor, self._lapsed, self._now)

    def _cancel(
        self, purchase: _Purchase, order: OrderRow, reason: CancelReason, mail: MailKind
    ) -> None:
        self._released.append(Owner(self._brand_id, purchase.checkout.id))
        self._end(purchase, order, reason, mail)

    def _end(
        self, purchase: _Purchase, order: OrderRow, reason: CancelReason, mail: MailKind
    ) -> None:
        if purchase.checkout.voucher:
            self._without_order.append(purchase.checkout.id)
        order.state, order.cancel_reason = OrderState.CANCELLED.value, reason.value
        order.cancelled_at = self._now
        self._lapsed += purchase.reserved
        self._orders[order.id] = order
        self._queue_mail(order, mail)

    def _queue_mail(self, order: OrderRow, kind: MailKind) -> None:
        cause = f"checkout.order:{order.id}"
        self._mails.append(Queued(kind.value, cause, order.email))

    def _request_refund(self, payment: PaymentRow, why: str, amount: int | None = None) -> None:
        due = payment_events.refund(self._ledgers[payment.id], payment.attempt_key, why, amount)
        if due is not None:
            self._append(payment, [due], "us")

    # --- what is written

    def _write(self, taken: Sequence[Settled]) -> None:
        cursor, now = self._cursor, self._now
        rows.update_states(cursor, self._checkouts.values())
        payment_rows.insert_orders(cursor, list(self._new_orders.values()))
        made_before = [one for pk, one in self._orders.items() if pk not in self._new_orders]
        payment_rows.update_orders(cursor, made_before)
        payment_rows.update_payments(cursor, self._changed.values())
        payment_rows.insert_events(cursor, self._events, now)
        payment_rows.insert_notices(
            cursor, self._brand_id, (
                (news.notice, news.payment_id, settled.outcome)
                for news, settled in zip(self._news, taken, strict=True)
                if news.notice is not None and settled.outcome != DUPLICATE
            ), now,
        )  # fmt: skip
        changed = [one for one in self._carts.values() if one.changes]
        cart_rows.write_carts(cursor, self._brand_id, changed, now)
        if self._without_order:
            uses.give_back(self._brand_id, self._without_order)
        if self._confirmed:
            entitlements.grant(self._confirmed, now)
        for pk, is_all_back in self._refunded.items():
            if is_all_back:
                entitlements.take_back(self._orders[pk], None, _REFUNDED, now)
            else:
                entitlements.give_back(self._orders[pk], _REFUNDED)
        if self._kept:
            saved_methods.keep(self._brand_id, self._kept, now)
        outbox.queue_many(cursor, self._brand_id, self._mails, now)

    def _note_payment_states(self) -> None:
        """Let orders say how their payments stand. One whose money is all back has no rights left,
        even where the provider sent it back on its own pages, or the buyer's bank took it; until
        the refund fails, or the dispute is won."""
        for purchase, _payment, order in self._told:
            before = order.payment_state
            order.payment_state = payment_ledger.counting(one.state for one in purchase.payments)
            self._orders[order.id] = order
            if (is_all_back := order.payment_state == _REFUNDED) != (before == _REFUNDED):
                self._refunded[order.id] = is_all_back

    def _tell_buyers(self) -> None:
        news: dict[str, list[NewEntry]] = {}
        for purchase, payment, order in self._told:
            body = {
                "number": order.number, "state": order.state, "payment_state": payment.state,
            }  # fmt: skip
            news.setdefault(purchase.checkout.owner, []).append(NewEntry("order.news", body))
        if news:
            stock.tell_people(self._brand_id, news)


def _expected(payment: PaymentRow) -> rules.Expected:
    return rules.Expected(
        payment.id, payment.account, payment.amount, payment.currency, payment.reference
    )


def _detail(told: ProviderPayment) -> dict[str, Any]:
    return {
        "reference": told.reference, "amount": told.amount, "currency": told.currency,
        "account": told.account, "status": told.status.value, "decline_code": told.decline_code,
    }  # fmt: skip
