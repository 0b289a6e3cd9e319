"""The price of a checkout: its frozen lines are quoted again whenever the buyer changes something
that the price depends on."""

from collections.abc import Sequence
from typing import Any, Final

from showfloor.pricing.rules import (
    Adjustment,
    AdjustmentKind,
    Exemption,
    ListPrice,
    PriceBook,
    Quote,
    TaxRates,
    Terms,
    Wish,
    quote,
)
from showfloor.pricing.vouchers import rules as vouchers

_FROZEN: Final = (
    AdjustmentKind.PRICE_LIST,
    AdjustmentKind.RESERVED,
    AdjustmentKind.GIFT,
    AdjustmentKind.BUNDLE,
)


def reprice(
    checkout: Any, lines: Sequence[Any], rates: TaxRates, shipping: int | None,
    exemption: Exemption | None = None,
) -> bool:  # fmt: skip
    """Set the amounts of a checkout and its lines, without saving them; return whether a line has
    changed. List prices stay as they were frozen; `rates` of tax are those of now, for the country
    that the goods go to. `shipping`: the price of the chosen way of sending."""
    prices = {
        _name(line): ListPrice(line.price, tax_class=line.tax_class, fixed=_fixed(line))
        for line in lines
    }
    before = [_priced(line) for line in lines]
    book = PriceBook(checkout.currency, prices, rates)
    terms = Terms(checkout.country, shipping, vouchers.offers(checkout.voucher), exemption)
    found = quote(book, wishes(lines), terms)
    set_amounts(found, checkout, lines)
    return before != [_priced(line) for line in lines]


def wishes(lines: Sequence[Any]) -> tuple[Wish, ...]:
    """Return what a quote of these lines is asked for."""
    return tuple(Wish(_name(line), line.quantity) for line in lines)


def set_amounts(found: Quote, checkout: Any, lines: Sequence[Any]) -> None:
    """Set the amounts of a checkout and its lines, be they rows or about to be, as quoted."""
    for line, quoted in zip(lines, found.lines, strict=True):
        line.discount, line.tax_rate_bp = quoted.charge.discount, quoted.rate_bp
        line.adjustments = [one.row() for one in quoted.charge.adjustments]
    checkout.subtotal, checkout.discount = found.subtotal, found.discount
    checkout.shipping = found.shipping.listed
    checkout.shipping_adjustments = [one.row() for one in found.shipping.adjustments]
    checkout.tax_included, checkout.tax_added = found.tax, found.tax_added
    checkout.taxes, checkout.total = [row.row() for row in found.taxes], found.total


def _fixed(line: Any) -> tuple[Adjustment, ...]:
    """Return what a line was frozen with."""
    return tuple(Adjustment(**row) for row in line.adjustments if row["kind"] in _FROZEN)


def _priced(line: Any) -> tuple[int, int, list[Any]]:
    """Return the values of a line that a quote sets."""
    return line.discount, line.tax_rate_bp, line.adjustments


def _name(line: Any) -> str:
    """Return the variant's id, or the SKU of a line whose variant is gone."""
    return str(line.variant_id or line.sku)
