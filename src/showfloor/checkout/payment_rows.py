"""The rows of payments, their events, orders and notices, for many buyers at once: plain SQL that
reads and writes a batch in one statement each, on both databases. The caller is in a transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from showfloor.accounts import batch_sql
from showfloor.accounts.batch_sql import among, many
from showfloor.accounts.transactions import Repeat
from showfloor.checkout import rows as checkout_rows
from showfloor.checkout.payment_ledger import Event
from showfloor.checkout.rows import COPIED, COPIED_LINE, CheckoutLineRow
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.ids import new_id


@dataclass(slots=True)
class PaymentRow:
    """An attempt to pay a checkout, whole; its fields are named as its columns are."""

    id: str
    brand_id: str
    checkout_id: str
    provider: str
    payment_account_id: str | None
    is_test: bool
    account: str
    attempt_key: str
    request_key: str
    amount: int
    currency: str
    created_at: datetime
    reference: str = ""
    state: str = "created"
    captured: int = 0
    refunded: int = 0
    disputed: int = 0
    dispute_due_at: datetime | None = None
    refund_due: bool = False
    checked_at: datetime | None = None

    @property
    def pk(self) -> str:
        return self.id


@dataclass(slots=True)
class OrderRow:
    """An order. `copied`: what it has from its checkout, by column."""

    id: str
    brand_id: str
    checkout_id: str
    number: str
    owner: str
    email: str
    placed_at: datetime
    state: str = "placed"
    is_test: bool = False
    payment_state: str = ""
    cancel_reason: str = ""
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    show_id: str | None = None
    shipping_name: str = ""
    deliver_from: date | None = None
    deliver_to: date | None = None
    pickup: str = ""
    copied: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[CheckoutLineRow] = ()

    @property
    def pk(self) -> str:
        return self.id


class Account(NamedTuple):
    """The account of a payment. `account_id`: the brand's own; None: the installation's."""

    brand_id: str
    provider: str
    account_id: str | None


class NewEvent(NamedTuple):
    """An event that is about to be added to a payment."""

    payment_id: str
    number: int
    kind: str
    source: str
    detail: Mapping[str, Any]


class Notice(NamedTuple):
    """A provider's notice, named as the provider does when it sends it again."""

    provider: str
    event_id: str
    kind: str


class Named(NamedTuple):
    """A payment's checkout, found before anything is locked. `has_order`: an order stays."""

    checkout_id: str
    owner: str
    has_order: bool


# --- payments


def find(cursor: Cursor, brand_id: str, payment_ids: Collection[str]) -> dict[str, Named]:
    """Return the checkout of each payment, and its owner."""
    cursor.execute(
        "SELECT p.id, p.checkout_id, c.owner, o.id IS NOT NULL FROM checkout_payment p"  # noqa: S608
        " JOIN checkout_checkout c ON c.id = p.checkout_id"
        " LEFT JOIN checkout_order o ON o.checkout_id = p.checkout_id"
        f" WHERE p.brand_id = %s AND {among('p.id')}",
        (brand_id, many(payment_ids)),
    )
    return {pk: Named(checkout_id, owner, bool(has_order))
            for pk, checkout_id, owner, has_order in cursor.fetchall()}  # fmt: skip


def accounts_of(cursor: Cursor, payment_ids: Collection[str]) -> dict[str, Account]:
    """Return at which account each payment was made, of any brand."""
    cursor.execute(
        "SELECT id, brand_id, provider, payment_account_id FROM checkout_payment"  # noqa: S608
        f" WHERE {among('id')}",
        (many(payment_ids),),
    )
    return {pk: Account(*row) for pk, *row in cursor.fetchall()}


def of_checkouts(cursor: Cursor, checkout_ids: Collection[str]) -> dict[str, list[PaymentRow]]:
    """Return the payments of each of these locked checkouts, the oldest first, locked by id."""
    found: dict[str, list[PaymentRow]] = {one: [] for one in checkout_ids}
    cursor.execute(
        f"SELECT {', '.join(_PAYMENT)} FROM checkout_payment"  # noqa: S608 - only names
        f" WHERE {among('checkout_id')} ORDER BY id{checkout_rows.for_update(True)}",
        (many(checkout_ids),),
    )
    for row in sorted(_PAYMENTS(cursor.fetchall()), key=lambda one: (one.created_at, one.id)):
        found[row.checkout_id].append(row)
    return found


def insert_payments(cursor: Cursor, payments: Iterable[PaymentRow]) -> None:
    batch_sql.insert(cursor, "checkout_payment", _PAYMENT, [*map(_PAYMENT_ROW, payments)])


def update_payments(cursor: Cursor, changed: Iterable[PaymentRow]) -> None:
    """Write what follows from the events of payments."""
    batch_sql.update(cursor, "checkout_payment", _FOLLOWING, [*map(_FOLLOWING_ROW, changed)])


def events(cursor: Cursor, payment_ids: Collection[str]) -> dict[str, list[Event]]:
    """Return the events of each of these payments, in their order."""
    found: dict[str, list[Event]] = {one: [] for one in payment_ids}
    cursor.execute(
        "SELECT payment_id, kind, detail FROM checkout_paymentevent"  # noqa: S608 - only names
        f" WHERE {among('payment_id')} ORDER BY payment_id, number",
        (many(payment_ids),),
    )
    for payment_id, kind, detail in cursor.fetchall():
        found[payment_id].append((kind, batch_sql.from_json(detail)))
    return found


def insert_events(cursor: Cursor, new: Iterable[NewEvent], now: datetime) -> None:
    rows = [
        (new_id(), one.payment_id, one.number, one.kind, one.source, dict(one.detail), now)
        for one in new
    ]
    batch_sql.insert(cursor, "checkout_paymentevent", _EVENT, rows)


# --- orders


def orders(cursor: Cursor, checkout_ids: Collection[str]) -> dict[str, OrderRow]:
    """Return the orders of these locked checkouts, by checkout."""
    if not checkout_ids:
        return {}
    cursor.execute(
        f"SELECT {', '.join(_ORDER)} FROM checkout_order WHERE {among('checkout_id')}",  # noqa: S608
        (many(checkout_ids),),
    )
    return {one.checkout_id: one for one in _ORDERS(cursor.fetchall())}


def insert_orders(cursor: Cursor, new: Sequence[OrderRow]) -> None:
    """Write new orders with their lines. Repeat where a number is another order's."""
    if not new:
        return
    columns = {**_ORDER, **COPIED}
    rows = [(*_ORDER_ROW(one), *(one.copied[name] for name in COPIED)) for one in new]
    ending = "ON CONFLICT (brand_id, number) DO NOTHING"
    batch_sql.insert(cursor, "checkout_order", columns, rows, ending)
    if cursor.rowcount < len(new):
        raise Repeat("an order number was taken")
    lines = [(new_id(), order.id, *_LINE_ROW(line)) for order in new for line in order.lines]
    batch_sql.insert(cursor, "checkout_orderline", _ORDER_LINE, lines)


def update_orders(cursor: Cursor, changed: Iterable[OrderRow]) -> None:
    """Write the states of orders and of their payments."""
    batch_sql.update(cursor, "checkout_order", _STATES, [*map(_STATES_ROW, changed)])


# --- notices


def known_notices(
    cursor: Cursor, brand_id: str, notices: Collection[Notice]
) -> set[tuple[str, str]]:
    """Return which of these were taken before: (provider, event id)."""
    if not notices:
        return set()
    cursor.execute(
        "SELECT provider, event_id FROM checkout_webhookinbox"  # noqa: S608 - only names
        f" WHERE brand_id = %s AND {among('event_id')}",
        (brand_id, many({one.event_id for one in notices})),
    )
    return set(cursor.fetchall())


def insert_notices(
    cursor: Cursor, brand_id: str, taken: Iterable[tuple[Notice, str, str]], now: datetime
) -> None:
    """Write down notices, each with its payment and its outcome."""
    rows = [
        (
            new_id(),
            brand_id,
            notice.provider,
            notice.event_id,
            payment_id,
            notice.kind,
            outcome,
            now,
        )
        for notice, payment_id, outcome in taken
    ]
    batch_sql.insert(cursor, "checkout_webhookinbox", _NOTICE, rows)


_PAYMENT: Final = {
    "id": "text", "brand_id": "text", "checkout_id": "text", "provider": "text",
    "payment_account_id": "text", "is_test": "boolean", "account": "text", "attempt_key": "text",
    "request_key": "text", "amount": "bigint", "currency": "text", "created_at": "timestamptz",
    "reference": "text", "state": "text", "captured": "bigint", "refunded": "bigint",
    "disputed": "bigint", "dispute_due_at": "timestamptz", "refund_due": "boolean",
    "checked_at": "timestamptz",
}  # fmt: skip
_FOLLOWING: Final = {
    name: _PAYMENT[name] for name in (
        "id", "reference", "state", "captured", "refunded", "disputed", "dispute_due_at",
        "refund_due",
    )
}  # fmt: skip
_EVENT: Final = {
    "id": "text", "payment_id": "text", "number": "integer", "kind": "text", "source": "text",
    "detail": "jsonb", "at": "timestamptz",
}  # fmt: skip
_ORDER: Final = {
    "id": "text", "brand_id": "text", "checkout_id": "text", "number": "text", "owner": "text",
    "email": "text", "placed_at": "timestamptz", "state": "text", "is_test": "boolean",
    "payment_state": "text", "cancel_reason": "text", "confirmed_at": "timestamptz",
    "cancelled_at": "timestamptz", "show_id": "text", "shipping_name": "text",
    "deliver_from": "date", "deliver_to": "date", "pickup": "text",
}  # fmt: skip
_STATES: Final = {
    name: _ORDER[name] for name in (
        "id", "state", "payment_state", "cancel_reason", "confirmed_at", "cancelled_at",
    )
}  # fmt: skip
_ORDER_LINE: Final = {"id": "text", "order_id": "text", **COPIED_LINE}
_NOTICE: Final = {
    "id": "text", "brand_id": "text", "provider": "text", "event_id": "text",
    "payment_id": "text", "kind": "text", "outcome": "text", "received_at": "timestamptz",
}  # fmt: skip
_PAYMENTS: Final = batch_sql.reader(_PAYMENT, PaymentRow)
_ORDERS: Final = batch_sql.reader(_ORDER, OrderRow)
_PAYMENT_ROW: Final = attrgetter(*_PAYMENT)
_FOLLOWING_ROW: Final = attrgetter(*_FOLLOWING)
_ORDER_ROW: Final = attrgetter(*_ORDER)
_STATES_ROW: Final = attrgetter(*_STATES)
_LINE_ROW: Final = attrgetter(*COPIED_LINE)
