"""Reads of prices and rates, in plain SQL over a cursor: batches of purchases use them, too."""

from collections.abc import Collection, Iterable
from itertools import batched

from showfloor.catalogue.queries import ON_SALE_SQL
from showfloor.pricing.rules import ListPrice, PriceBook, TaxRates
from showfloor.timeline.log import Cursor

_IN_QUERY = 500  # values named in one statement


def load(cursor: Cursor, brand_id: str, variant_ids: Collection[str], currency: str) -> PriceBook:
    """Return the prices of these variants in a currency, and the brand's rates. A variant that is
    not on sale, or has no price in it, is not in the book."""
    prices: dict[str, ListPrice] = {}
    for some in batched(variant_ids, _IN_QUERY):
        marks = ", ".join(["%s"] * len(some))
        cursor.execute(
            "SELECT v.id, p.amount, p.compare_at, g.tax_class FROM catalogue_variant v"  # noqa: S608 - only marks
            " JOIN catalogue_price p ON p.variant_id = v.id AND p.currency = %s"
            " JOIN catalogue_product g ON g.id = v.product_id"
            " WHERE v.brand_id = %s AND " + ON_SALE_SQL + " AND v.id IN (" + marks + ")",
            (currency, brand_id, *some),
        )
        for variant_id, amount, compare_at, tax_class in cursor.fetchall():
            prices[variant_id] = ListPrice(amount, compare_at, tax_class)
    return PriceBook(currency, prices, tax_rates(cursor, brand_id))


def frozen(
    cursor: Cursor, brand_id: str, currency: str, lines: Iterable[tuple[str, ListPrice]]
) -> PriceBook:
    """Return a book of prices that were frozen before, with the brand's rates."""
    return PriceBook(currency, dict(lines), tax_rates(cursor, brand_id))


def tax_rates(cursor: Cursor, brand_id: str) -> TaxRates:
    """Return the rates of a brand."""
    cursor.execute(
        "SELECT tax_rate_bp, prices_include_tax FROM accounts_brand WHERE id = %s", (brand_id,)
    )
    default_bp, in_prices = cursor.fetchone()
    cursor.execute(
        "SELECT country, tax_class, rate_bp FROM pricing_taxrate WHERE brand_id = %s", (brand_id,)
    )
    rows = {(country, tax_class): rate for country, tax_class, rate in cursor.fetchall()}
    return TaxRates(default_bp, bool(in_prices), rows)
