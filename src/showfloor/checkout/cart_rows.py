"""The rows of carts, for many buyers at once: plain SQL that reads and writes a batch in one
statement each, on both databases. The caller is in a transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from showfloor.accounts import batch_sql
from showfloor.accounts.batch_sql import among, many
from showfloor.accounts.transactions import Repeat
from showfloor.checkout import rows
from showfloor.checkout.refused_buyers import refused_buyers
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.ids import new_id

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(slots=True)
class CartLineRow:
    """One line of a cart; `id` is empty until it is written."""

    id: str
    variant_id: str
    quantity: int
    show_id: str | None = None
    show_time_s: float | None = None
    show_state: str = ""


@dataclass(slots=True)
class CartRow:
    """A buyer's cart; `id` is empty until it is made. `changes`: how often the batch changed it,
    which its version counts; `removed`: ids of lines that were taken out."""

    id: str
    owner: str
    version: int = 0
    lines: dict[str, CartLineRow] = field(default_factory=dict)  # by variant id
    changes: int = 0
    changed: dict[str, CartLineRow] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    market: str = ""
    currency: str = ""  # of the market; empty: that of before

    def put(self, line: CartLineRow) -> None:
        """Have this line in the cart."""
        self.lines[line.variant_id] = self.changed[line.variant_id] = line
        self.changes += 1
        self.version += 1

    def take_units(self, quantities: Mapping[str, int]) -> None:
        """Take so many units out, by variant id; one change. More of them stay."""
        less = {one: self.lines[one] for one in quantities if one in self.lines}
        gone = [one for one, line in less.items() if line.quantity <= quantities[one]]
        if less:
            self.take_out(gone)
        for one in less.keys() - set(gone):
            less[one].quantity -= quantities[one]
            self.changed[one] = less[one]

    def take_out(self, variant_ids: Iterable[str]) -> None:
        """Have these lines no longer; one change."""
        for variant_id in variant_ids:
            line = self.lines.pop(variant_id)
            self.changed.pop(variant_id, None)
            if line.id:
                self.removed.append(line.id)
        self.changes += 1
        self.version += 1


def carts(
    cursor: Cursor, brand_id: str, owners: Collection[str], *, lock: bool = True
) -> dict[str, CartRow]:
    """Return the cart of each owner with its lines, locked in the order of owners."""
    found = _locked(cursor, brand_id, owners, lock=lock)
    _read_lines(cursor, list(found.values()))
    return {owner: found.get(owner) or CartRow("", owner) for owner in owners}


def _locked(
    cursor: Cursor, brand_id: str, owners: Collection[str], *, lock: bool
) -> dict[str, CartRow]:
    cursor.execute(
        "SELECT id, owner, version, market FROM checkout_cart"  # noqa: S608 - only names
        f" WHERE brand_id = %s AND {among('owner')} ORDER BY owner{rows.for_update(lock)}",
        (brand_id, many(owners)),
    )
    return {
        owner: CartRow(pk, owner, version, market=market)
        for pk, owner, version, market in cursor.fetchall()
    }


def _read_lines(cursor: Cursor, found: Sequence[CartRow]) -> None:
    if not found:
        return
    by_id = {cart.id: cart for cart in found}
    cursor.execute(
        "SELECT cart_id, id, variant_id, quantity, show_id, show_time_s, show_state"  # noqa: S608
        f" FROM checkout_cartline WHERE {among('cart_id')} ORDER BY added_at, id",
        (many(by_id),),
    )
    for cart_id, *line in cursor.fetchall():
        row = CartLineRow(*line)
        by_id[cart_id].lines[row.variant_id] = row


def write_carts(cursor: Cursor, brand_id: str, changed: Sequence[CartRow], now: datetime) -> None:
    """Write what the batch changed in these carts, of which those without an id are made. Repeat
    when another transaction has made one of them meanwhile: nobody waited for it until now."""
    refused_buyers.forget(brand_id, [cart.owner for cart in changed])
    new = sorted((cart for cart in changed if not cart.id), key=attrgetter("owner"))
    _insert_carts(cursor, brand_id, new, now)
    removed = [line_id for cart in changed for line_id in cart.removed]
    if removed:
        cursor.execute(
            f"DELETE FROM checkout_cartline WHERE {among('id')}",  # noqa: S608 - only names
            (many(removed),),
        )
    lines = [(cart.id, line) for cart in changed for line in cart.changed.values()]
    batch_sql.insert(
        cursor, "checkout_cartline", _CART_LINE,
        [
            (
                line.id or new_id(), cart_id, line.variant_id, line.quantity, line.show_id,
                line.show_time_s, line.show_state,
                now + number * _MICROSECOND,  # lines are shown in this order
            )
            for number, (cart_id, line) in enumerate(lines)
        ],
        "ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity,"
        " show_id = excluded.show_id, show_time_s = excluded.show_time_s,"
        " show_state = excluded.show_state",
    )  # fmt: skip
    made = {cart.id for cart in new}
    by_changes: dict[tuple[int, str, str], list[str]] = {}
    for cart in changed:
        if cart.changes and cart.id not in made:
            by_changes.setdefault((cart.changes, cart.currency, cart.market), []).append(cart.id)
    for (changes, currency, market), ids in by_changes.items():
        cursor.execute(
            "UPDATE checkout_cart SET version = version + %s,"  # noqa: S608
            " currency = COALESCE(NULLIF(%s, ''), currency), market = %s, updated_at = %s"
            f" WHERE {among('id')}",
            (changes, currency, market, batch_sql.stored(now), many(ids)),
        )


def _insert_carts(cursor: Cursor, brand_id: str, new: Sequence[CartRow], now: datetime) -> None:
    if not new:
        return
    for cart in new:
        cart.id = new_id()
    batch_sql.insert(
        cursor, "checkout_cart", _CART,
        [
            (one.id, brand_id, one.owner, one.currency, one.market, one.version, now)
            for one in new
        ],
        "ON CONFLICT (brand_id, owner) DO NOTHING",
    )  # fmt: skip
    if cursor.rowcount < len(new):
        raise Repeat("another request has made a buyer's cart meanwhile")


def held(cursor: Cursor, brand_id: str, owners: Collection[str]) -> dict[str, dict[str, int]]:
    """Return by owner: variant id → units that the owner's open checkout holds for the cart, beside
    those that were reserved."""
    cursor.execute(
        "SELECT c.owner, l.variant_id, l.quantity - COALESCE((SELECT SUM(r.quantity)"  # noqa: S608 - only names
        " FROM checkout_reservation r WHERE r.checkout_id = c.id"
        " AND r.variant_id = l.variant_id AND r.state = 'in_checkout'), 0)"
        " FROM checkout_checkout c"
        " JOIN checkout_checkoutline l ON l.checkout_id = c.id"
        f" WHERE c.brand_id = %s AND {among('c.owner')} AND c.state IN ('holding', 'paying')"
        " AND l.variant_id IS NOT NULL",
        (brand_id, many(owners)),
    )
    found: dict[str, dict[str, int]] = {}
    for owner, variant_id, quantity in cursor.fetchall():
        if quantity > 0:
            found.setdefault(owner, {})[variant_id] = int(quantity)
    return found


_CART: Final = {
    "id": "text", "brand_id": "text", "owner": "text", "currency": "text", "market": "text",
    "version": "bigint",
    "updated_at": "timestamptz",
}  # fmt: skip
_CART_LINE: Final = {
    "id": "text", "cart_id": "text", "variant_id": "text", "quantity": "integer",
    "show_id": "text", "show_time_s": "double precision", "show_state": "text",
    "added_at": "timestamptz",
}  # fmt: skip
