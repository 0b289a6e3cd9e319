"""Orders as the quote freezes them, without a database, and the facts of their documents."""

from collections.abc import Sequence
from typing import Any

from showfloor.fulfilment.documents import rules
from showfloor.fulfilment.documents.rules import Content, SoldLine, SoldOrder
from showfloor.pricing.rules import (
    Exemption,
    ListPrice,
    Offer,
    PriceBook,
    Quote,
    TaxRates,
    Terms,
    Wish,
    quote,
)

RATES = {("DE", "standard"): 1900, ("DE", "reduced"): 700}

SELLER = {
    "name": "Maison Test GmbH", "line1": "Lindenallee 5", "line2": "", "postal_code": "50667",
    "city": "Köln", "country": "DE", "vat_id": "DE123456789", "tax_number": "",
    "registration": "Amtsgericht Köln HRB 1234, Geschäftsführung: Mia Test",
    "email": "billing@maison.test", "phone": "+49 221 1", "exempt_note": "",
}  # fmt: skip
BUYER = {
    "name": "Anna Muster", "email": "anna@example.test", "vat_id": "", "line1": "Lange Straße 1",
    "line2": "", "postal_code": "10115", "city": "Berlin", "country": "DE",
}  # fmt: skip


def quoted(
    prices: Sequence[tuple[int, int, str]], *, shipping: int = 490, offers: Sequence[Offer] = (),
    exemption: Exemption | None = None, in_prices: bool = True, currency: str = "EUR",
) -> Quote:  # fmt: skip
    """`prices`: (list price of one, quantity, class of goods)."""
    book = PriceBook(
        currency,
        {f"v{n}": ListPrice(amount, None, kind) for n, (amount, _q, kind) in enumerate(prices)},
        TaxRates(1900, in_prices, RATES),
    )
    wishes = [Wish(f"v{n}", quantity) for n, (_a, quantity, _k) in enumerate(prices)]
    return quote(book, wishes, Terms("DE", shipping, offers, exemption))


def sold(of: Quote) -> SoldOrder:
    return SoldOrder(
        lines=[
            SoldLine(
                f"SKU-{line.variant_id}", f"Crème {line.variant_id}", "50 ml", line.quantity,
                line.charge.listed, [one.row() for one in line.charge.adjustments], line.rate_bp,
            )
            for line in of.lines
        ],
        shipping=of.shipping.listed, shipping_name="Standard",
        shipping_adjustments=[one.row() for one in of.shipping.adjustments],
        taxes=[row.row() for row in of.taxes], total=of.total,
    )  # fmt: skip


def facts(content: Content, **more: Any) -> dict[str, Any]:
    return {
        "kind": "invoice", "language": "en", "currency": "EUR", "issued_on": "2026-11-28",
        "delivered_on": "2026-11-27", "ordered_on": "2026-11-27", "order": "M-1001",
        "is_test": False, "brand": "Maison Test", "accent": "#8c2f39", "seller": SELLER,
        "buyer": BUYER, "corrects": None, "reason": "", **rules.stored(content), **more,
    }  # fmt: skip
