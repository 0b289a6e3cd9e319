"""The price of a checkout: its frozen lines are quoted again whenever the buyer changes something
that the price depends on."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from showfloor.checkout.models import Checkout, CheckoutLine
from showfloor.pricing import queries as pricing
from showfloor.pricing.rules import ListPrice, Quote, Terms, Wish, quote

_PRICED = ("discount", "adjustments", "tax_rate_bp")  # the columns of a line that a quote sets


def reprice(checkout: Checkout, lines: Sequence[CheckoutLine]) -> None:
    """Set the amounts of a checkout and its lines, without saving them. List prices stay as they
    were frozen; rates of tax are those of now, for the country that the goods go to."""
    prices = [(_name(line), ListPrice(line.price, tax_class=line.tax_class)) for line in lines]
    with connection.cursor() as cursor:
        book = pricing.frozen(cursor, checkout.brand_id, checkout.currency, prices)
    option = checkout.shipping_option
    terms = Terms(checkout.country, option.price if option is not None else None)
    set_amounts(quote(book, wishes(lines), terms), checkout, lines)


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


def save_lines(lines: Sequence[CheckoutLine]) -> None:
    """Write what `reprice` has set, in one statement."""
    CheckoutLine.objects.all_brands().bulk_update(lines, _PRICED)


def _name(line: Any) -> str:
    """Return the variant's id, or the SKU of a line whose variant is gone."""
    return str(line.variant_id or line.sku)
