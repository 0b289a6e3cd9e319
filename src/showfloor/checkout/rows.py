"""SQL of carts and checkouts: one statement reads or writes for all buyers of a batch."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from django.db import connection

from showfloor.accounts import batch_sql
from showfloor.accounts.batch_sql import among, many, unindexed
from showfloor.kernel.bulk_sql import Cursor

# The details of before that a new checkout begins with: a gift's note is for one gift, and a VAT
# number is checked when it is entered.
DETAILS: Final = (
    "email", "name", "line1", "line2", "postal_code", "city", "region", "country",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """A checkout that is not over."""

    id: str
    owner: str
    state: str
    network: str
    has_voucher: bool


@dataclass(frozen=True, slots=True)
class LastCheckout:
    """The last checkout of an owner, and how many were begun `lately`. `is_fresh`: it was begun
    after the time that a guest's details are kept for."""

    lately: int
    is_fresh: bool
    shipping_option_id: str | None
    details: Mapping[str, str]


@dataclass(slots=True)
class CheckoutRow:
    """A checkout, whole; its fields are named as its columns are."""

    id: str
    brand_id: str
    owner: str
    network: str
    language: str
    created_at: datetime
    expires_at: datetime
    currency: str
    legal_versions: dict[str, str] = field(default_factory=dict)
    state: str = "holding"
    shipping_option_id: str | None = None
    email: str = ""
    name: str = ""
    line1: str = ""
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    vat_id: str = ""
    gift_note: str = ""
    needs_consent: bool = False
    consented_at: datetime | None = None
    needs_shipping: bool = True
    weight_g: int = 0
    voucher: dict[str, Any] | None = None
    gift: dict[str, Any] | None = None
    subtotal: int = 0
    discount: int = 0
    shipping: int = 0
    shipping_adjustments: list[dict[str, Any]] = field(default_factory=list)
    tax_included: int = 0
    tax_added: int = 0
    taxes: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    market: str = ""
    time_left_ms: int | None = None  # of a timer that stands still


@dataclass(slots=True)
class CheckoutLineRow:
    """A line of a checkout, with what is frozen. `variant_id`: None when the variant is gone."""

    id: str
    checkout_id: str
    variant_id: str | None
    position: int
    sku: str
    product_name: str
    options: dict[str, str]
    image: str
    quantity: int
    price: int
    show_id: str | None
    show_time_s: float | None
    tax_class: str
    withdrawal_exception: str = ""
    is_sent: bool = True
    show_state: str = ""
    tax_rate_bp: int = 0
    discount: int = 0
    adjustments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def line_total(self) -> int:
        return self.price * self.quantity - self.discount


def checkouts(
    cursor: Cursor, brand_id: str, checkout_ids: Collection[str]
) -> dict[str, CheckoutRow]:
    """Return these checkouts, locked in the order of owners, by id."""
    cursor.execute(
        f"SELECT {', '.join(_CHECKOUT)} FROM checkout_checkout"  # noqa: S608 - only names
        f" WHERE brand_id = %s AND {among('id')} ORDER BY owner, id{for_update(True)}",
        (brand_id, many(checkout_ids)),
    )
    return {one.id: one for one in _CHECKOUTS(cursor.fetchall())}


def lines(cursor: Cursor, checkout_ids: Collection[str]) -> dict[str, list[CheckoutLineRow]]:
    """Return the lines of each checkout, in their order."""
    found: dict[str, list[CheckoutLineRow]] = {one: [] for one in checkout_ids}
    cursor.execute(
        f"SELECT {', '.join(_CHECKOUT_LINE)} FROM checkout_checkoutline"  # noqa: S608 - only names
        f" WHERE {among('checkout_id')} ORDER BY checkout_id, position",
        (many(checkout_ids),),
    )
    for line in _CHECKOUT_LINES(cursor.fetchall()):
        found[line.checkout_id].append(line)
    return found


def open_checkouts(
    cursor: Cursor, brand_id: str, owners: Collection[str]
) -> dict[str, OpenCheckout]:
    """Return each owner's open checkout, locked in the order of owners."""
    cursor.execute(
        "SELECT id, owner, state, network, voucher IS NOT NULL FROM checkout_checkout"  # noqa: S608 - only names
        " WHERE "
        + batch_sql.among_looked_up("checkout_checkout", "owner", "checkout_checkout")
        + f" AND {unindexed('brand_id')} = %s AND {unindexed('state')} IN ('holding', 'paying')"
        f" ORDER BY owner{for_update(True)}",
        (many(owners), brand_id),
    )
    rows = (OpenCheckout(*row) for row in cursor.fetchall())
    return {one.owner: one for one in rows}


def past(
    cursor: Cursor, brand_id: str, owners: Collection[str], *, lately: datetime, fresh: datetime
) -> dict[str, LastCheckout]:
    """Return what each owner did before, for those who began a checkout at all."""
    columns = ", ".join(f"c.{name}" for name in DETAILS)
    source = _LAST_ON_SQLITE if connection.vendor == "sqlite" else _LAST_ON_POSTGRES
    cursor.execute(
        "SELECT c.owner, (SELECT COUNT(*) FROM checkout_checkout l WHERE l.owner = wanted.value"  # noqa: S608
        f" AND {unindexed('l.brand_id')} = %s AND l.created_at > %s), c.created_at >= %s,"
        " c.shipping_option_id,"
        f" {columns} FROM {source}",
        (
            brand_id, batch_sql.stored(lately), batch_sql.stored(fresh), many(owners), brand_id,
        ),
    )  # fmt: skip
    return {
        owner: LastCheckout(
            begun, bool(is_fresh), option_id, dict(zip(DETAILS, details, strict=True))
        )
        for owner, begun, is_fresh, option_id, *details in cursor.fetchall()
    }


_OPEN: Final = "SELECT 'holding' AS state UNION ALL SELECT 'paying'"
# Each owner is looked up in the index of owners and times.
_LAST: Final = (
    f"FROM checkout_checkout c WHERE c.owner = wanted.value AND {unindexed('c.brand_id')} = %s"
    " ORDER BY c.created_at DESC, c.id DESC LIMIT 1"
)
_LAST_ON_SQLITE: Final = (
    f"json_each(%s) AS wanted CROSS JOIN checkout_checkout c ON c.rowid = (SELECT c.rowid {_LAST})"
)
_LAST_ON_POSTGRES: Final = (
    f"unnest(%s::text[]) AS wanted(value) CROSS JOIN LATERAL (SELECT * {_LAST}) c"
)


def last_orders(
    cursor: Cursor, brand_id: str, owners: Collection[str], fresh: datetime
) -> dict[str, tuple[bool, Mapping[str, str]]]:
    """Return by owner whether the last order is fresh, and its details."""
    if not owners:
        return {}
    cursor.execute(
        f"SELECT owner, placed_at >= %s, {', '.join(DETAILS)} FROM checkout_order"  # noqa: S608
        f" WHERE brand_id = %s AND {among('owner')} ORDER BY placed_at",
        (batch_sql.stored(fresh), brand_id, many(owners)),
    )
    return {
        owner: (bool(is_fresh), dict(zip(DETAILS, details, strict=True)))
        for owner, is_fresh, *details in cursor.fetchall()
    }


def default_addresses(
    cursor: Cursor, brand_id: str, owners: Collection[str]
) -> dict[str, Mapping[str, str]]:
    """Return by owner the address that a member has made the default one."""
    if not owners:
        return {}
    names = [name for name in DETAILS if name != "email"]
    cursor.execute(
        f"SELECT owner, {', '.join(names)} FROM checkout_savedaddress"  # noqa: S608 - only names
        f" WHERE brand_id = %s AND {among('owner')} AND is_default",
        (brand_id, many(owners)),
    )
    return {owner: dict(zip(names, row, strict=True)) for owner, *row in cursor.fetchall()}


def open_in_networks(cursor: Cursor, brand_id: str, networks: Collection[str]) -> dict[str, int]:
    """Return how many open checkouts the guests of each network have."""
    if not networks:
        return {}
    cursor.execute(
        # Joined to the states: `state IN` and the owner would be looked up in the index of open
        # checkouts, which has those of all networks.
        f"SELECT wanted.value, (SELECT COUNT(*) FROM ({_OPEN}) open JOIN checkout_checkout c"  # noqa: S608
        " ON c.state = open.state WHERE c.brand_id = %s AND c.network = wanted.value"
        f" AND c.owner LIKE 'g:%%') FROM {batch_sql.wanted()}",
        (brand_id, many(networks)),
    )
    return dict(cursor.fetchall())


def bought_in_network(cursor: Cursor, brand_id: str, network: str, since: datetime) -> int:
    """Return how many checkouts of a network that began after `since` became orders."""
    cursor.execute(
        "SELECT COUNT(*) FROM checkout_checkout WHERE brand_id = %s AND network = %s"
        " AND state = 'completed' AND created_at > %s",
        (brand_id, network, batch_sql.stored(since)),
    )
    return int(cursor.fetchone()[0])


def has_bought(cursor: Cursor, brand_id: str, owner: str) -> bool:
    cursor.execute(
        "SELECT 1 FROM checkout_checkout WHERE brand_id = %s AND owner = %s"
        " AND state = 'completed' LIMIT 1",
        (brand_id, owner),
    )
    return cursor.fetchone() is not None


def abandon(cursor: Cursor, checkout_ids: Collection[str]) -> None:
    """Leave these locked checkouts for newer ones."""
    if checkout_ids:
        cursor.execute(
            f"UPDATE checkout_checkout SET state = 'abandoned' WHERE {among('id')}",  # noqa: S608
            (many(checkout_ids),),
        )


def insert_checkouts(cursor: Cursor, checkouts: Iterable[CheckoutRow]) -> None:
    batch_sql.insert(cursor, "checkout_checkout", _CHECKOUT, [*map(_CHECKOUT_ROW, checkouts)])


def insert_lines(cursor: Cursor, lines: Iterable[CheckoutLineRow]) -> None:
    batch_sql.insert(cursor, "checkout_checkoutline", _CHECKOUT_LINE, [*map(_LINE_ROW, lines)])


def delete_lines(cursor: Cursor, line_ids: Collection[str]) -> None:
    if line_ids:
        cursor.execute(
            f"DELETE FROM checkout_checkoutline WHERE {among('id')}",  # noqa: S608 - only names
            (many(line_ids),),
        )


def update_entered(cursor: Cursor, changed: Iterable[CheckoutRow]) -> None:
    """Write what buyers entered, and the amounts that follow from it."""
    batch_sql.update(cursor, "checkout_checkout", _ENTERED, [*map(_ENTERED_ROW, changed)])


def update_states(cursor: Cursor, changed: Iterable[CheckoutRow]) -> None:
    """Write the states of checkouts and until when they last."""
    batch_sql.update(cursor, "checkout_checkout", _STATE, [*map(_STATE_ROW, changed)])


def update_prices(cursor: Cursor, lines: Iterable[CheckoutLineRow]) -> None:
    """Write what a quote has set on lines."""
    batch_sql.update(cursor, "checkout_checkoutline", _PRICED, [*map(_PRICED_ROW, lines)])


def for_update(lock: bool) -> str:
    return " FOR UPDATE" if lock and connection.vendor != "sqlite" else ""


_CHECKOUT: Final = {
    "id": "text", "brand_id": "text", "owner": "text", "network": "text", "state": "text",
    "language": "text", "created_at": "timestamptz", "expires_at": "timestamptz",
    "shipping_option_id": "text", **dict.fromkeys(DETAILS, "text"), "vat_id": "text",
    "gift_note": "text", "needs_consent": "boolean", "consented_at": "timestamptz",
    "needs_shipping": "boolean", "weight_g": "bigint", "voucher": "jsonb", "gift": "jsonb",
    "currency": "text",
    "subtotal": "bigint", "discount": "bigint", "shipping": "bigint",
    "shipping_adjustments": "jsonb", "tax_included": "bigint", "tax_added": "bigint",
    "taxes": "jsonb", "total": "bigint", "legal_versions": "jsonb", "market": "text",
    "time_left_ms": "bigint",
}  # fmt: skip
_CHECKOUT_LINE: Final = {
    "id": "text", "checkout_id": "text", "variant_id": "text", "position": "integer",
    "sku": "text", "product_name": "text", "options": "jsonb", "image": "text",
    "quantity": "integer", "price": "bigint", "show_id": "text",
    "show_time_s": "double precision", "tax_class": "text", "tax_rate_bp": "integer",
    "discount": "bigint", "adjustments": "jsonb", "withdrawal_exception": "text",
    "is_sent": "boolean", "show_state": "text",
}  # fmt: skip
# The columns that a new checkout keeps: whose it is, its state and its times.
_KEPT: Final = {
    "id", "brand_id", "owner", "network", "state", "language", "created_at", "expires_at",
    "currency", "legal_versions", "market", "time_left_ms",
}  # fmt: skip
_ENTERED: Final = {
    "id": "text", **{name: kind for name, kind in _CHECKOUT.items() if name not in _KEPT},
}  # fmt: skip
_PRICED: Final = {
    "id": "text", "discount": "bigint", "adjustments": "jsonb", "tax_rate_bp": "integer",
}  # fmt: skip
_STATE: Final = {"id": "text", "state": "text", "expires_at": "timestamptz"}
# The columns that an order and its lines have from the checkout, beside `owner` and `email`.
COPIED: Final = {
    name: kind for name, kind in _CHECKOUT.items()
    if name not in {
        "id", "brand_id", "owner", "network", "state", "created_at", "expires_at", "email",
        "shipping_option_id", "weight_g", "voucher", "gift", "needs_consent", "time_left_ms",
    }
}  # fmt: skip
COPIED_LINE: Final = {
    name: kind for name, kind in _CHECKOUT_LINE.items() if name not in {"id", "checkout_id"}
}  # fmt: skip
_CHECKOUTS: Final = batch_sql.reader(_CHECKOUT, CheckoutRow)
_CHECKOUT_LINES: Final = batch_sql.reader(_CHECKOUT_LINE, CheckoutLineRow)
_STATE_ROW: Final = attrgetter(*_STATE)
_ENTERED_ROW: Final = attrgetter(*_ENTERED)
_PRICED_ROW: Final = attrgetter(*_PRICED)
_CHECKOUT_ROW: Final = attrgetter(*_CHECKOUT)
_LINE_ROW: Final = attrgetter(*_CHECKOUT_LINE)
