"""Reads of prices and rates, in plain SQL over a cursor: batches of purchases use them, too."""

from collections.abc import Collection, Iterable
from datetime import datetime

from showfloor.accounts import batch_sql
from showfloor.catalogue.queries import ON_SALE_SQL
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.pricing.rules import ListPrice, PriceBook, TaxRates


def load(
    cursor: Cursor, brand_id: str, variant_ids: Collection[str], currency: str,
    now: datetime | None = None,
) -> PriceBook:  # fmt: skip
    """Return the prices of these variants in a currency, and the brand's rates. A variant that is
    not on sale, or has no price in it, is not in the book."""
    cursor.execute(
        "SELECT v.id, p.amount, p.compare_at, g.tax_class FROM catalogue_variant v"  # noqa: S608 - names of ours
        " JOIN catalogue_price p ON p.variant_id = v.id AND p.currency = %s"
        " JOIN catalogue_product g ON g.id = v.product_id"
        f" WHERE v.brand_id = %s AND {ON_SALE_SQL} AND {batch_sql.among('v.id')}",
        (currency, brand_id, batch_sql.many(variant_ids)),
    )
    prices = {variant_id: ListPrice(*price) for variant_id, *price in cursor.fetchall()}
    return PriceBook(currency, prices, tax_rates(cursor, brand_id, now))


def frozen(
    cursor: Cursor, brand_id: str, currency: str, lines: Iterable[tuple[str, ListPrice]]
) -> PriceBook:
    """Return a book of prices that were frozen before, with the brand's rates."""
    return PriceBook(currency, dict(lines), tax_rates(cursor, brand_id))


def tax_rates(cursor: Cursor, brand_id: str, now: datetime | None = None) -> TaxRates:
    """Return the rates of a brand as of `now`. A rate that staff entered wins over a published one,
    and a later one over an earlier one."""
    today = (now or utc_now()).date()
    cursor.execute(
        "SELECT tax_rate_bp, prices_include_tax FROM accounts_brand WHERE id = %s", (brand_id,)
    )
    default_bp, in_prices = cursor.fetchone()
    cursor.execute(
        "SELECT country, tax_class, rate_bp FROM pricing_taxrate"
        " WHERE brand_id = %s AND valid_from <= %s"
        " ORDER BY CASE WHEN source = '' THEN 1 ELSE 0 END, valid_from",
        (brand_id, today.isoformat()),
    )
    rows = {(country, tax_class): rate for country, tax_class, rate in cursor.fetchall()}
    return TaxRates(default_bp, bool(in_prices), rows)
