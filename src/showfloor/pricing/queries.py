"""Reads of prices and rates, in plain SQL over a cursor: batches of purchases use them, too.

`load` is the one place that says what a variant costs in a market at a moment.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from showfloor.accounts import batch_sql
from showfloor.catalogue.queries import ON_SALE_SQL
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.pricing import history
from showfloor.pricing.history import Change, Reduction
from showfloor.pricing.lists import ListedPrice, price_of
from showfloor.pricing.rules import ListPrice, PriceBook, TaxRates

HOME: Final = ""  # the market of a brand without a row: its own currency, everywhere
# The rows of lists about a variant: those of the market and those of all markets.
_LISTED: Final = (
    "pricing_pricelistitem i JOIN pricing_pricelist l ON l.id = i.price_list_id"
    " AND l.published AND l.currency = %s AND (l.market_id IS NULL OR l.market_id = %s)"
)
_LISTED_COLUMNS: Final = (
    "l.id, CASE WHEN l.label = '' THEN l.name ELSE l.label END, l.kind, l.market_id,"
    " l.starts_at, l.ends_at, i.since, i.until, i.amount, i.percent_bp"
)


def load(
    cursor: Cursor, brand_id: str, variant_ids: Collection[str], currency: str,
    now: datetime | None = None, market_id: str = HOME, *, also_unpublished: bool = False,
) -> PriceBook:  # fmt: skip
    """Return the prices of these variants in a market as of `now`, and the brand's rates. A variant
    that is not on sale there, or has no price in the currency, is not in the book. Staff see the
    prices of goods that are `also_unpublished`."""
    now = now or utc_now()
    sold = "NOT v.archived" if also_unpublished else ON_SALE_SQL
    cursor.execute(
        f"SELECT v.id, p.amount, p.compare_at, g.tax_class, {_LISTED_COLUMNS}"  # noqa: S608 - names of ours
        " FROM catalogue_variant v JOIN catalogue_product g ON g.id = v.product_id"
        " LEFT JOIN catalogue_price p ON p.variant_id = v.id AND p.currency = %s"
        f" LEFT JOIN ({_LISTED} AND l.starts_at <= %s AND (l.ends_at IS NULL OR l.ends_at > %s))"
        " ON i.variant_id = v.id AND i.since <= %s AND (i.until IS NULL OR i.until > %s)"
        f" WHERE v.brand_id = %s AND {sold} AND {batch_sql.among('v.id')}"
        " AND NOT EXISTS (SELECT 1 FROM pricing_marketexclusion x"
        " WHERE x.market_id = %s AND x.product_id = g.id"
        " AND (x.variant_id IS NULL OR x.variant_id = v.id))",
        (
            currency, currency, market_id, *[batch_sql.stored(now)] * 4, brand_id,
            batch_sql.many(variant_ids), market_id,
        ),
    )  # fmt: skip
    own: dict[str, tuple[ListPrice | None, str]] = {}
    listed: dict[str, list[ListedPrice]] = defaultdict(list)
    for variant_id, amount, compare_at, tax_class, *row in cursor.fetchall():
        price = None if amount is None else ListPrice(amount, compare_at, tax_class)
        own[variant_id] = price, tax_class
        if row[0] is not None:
            listed[variant_id].append(_listed(row))
    prices: dict[str, ListPrice] = {}
    for variant_id, (mine, tax_class) in own.items():
        found = price_of(mine, listed[variant_id], tax_class)
        if found is not None:
            prices[variant_id] = found
    return PriceBook(currency, prices, tax_rates(cursor, brand_id, now, market_id))


def tax_rates(
    cursor: Cursor, brand_id: str, now: datetime | None = None, market_id: str = HOME
) -> TaxRates:
    """Return the rates of a brand as of `now`. A rate that staff entered wins over a published one,
    and a later one over an earlier one. The market says whether prices include the tax, and
    whose rates hold while no country is known."""
    today = (now or utc_now()).date()
    cursor.execute(
        "SELECT b.tax_rate_bp, COALESCE(m.prices_include_tax, b.prices_include_tax),"
        " COALESCE(m.tax_country, ''), r.country, r.tax_class, r.rate_bp FROM accounts_brand b"
        " LEFT JOIN pricing_market m ON m.brand_id = b.id AND m.id = %s"
        " LEFT JOIN pricing_taxrate r ON r.brand_id = b.id AND r.valid_from <= %s"
        " WHERE b.id = %s ORDER BY CASE WHEN r.source = '' THEN 1 ELSE 0 END, r.valid_from",
        (market_id, today.isoformat(), brand_id),
    )
    found = cursor.fetchall()
    rows = {(country, tax_class): rate
            for *_terms, country, tax_class, rate in found if country is not None}  # fmt: skip
    default_bp, in_prices, assumed, *_rate = found[0]
    return TaxRates(default_bp, bool(in_prices), rows, assumed)


def reductions(
    cursor: Cursor, book: PriceBook, now: datetime | None = None, market_id: str = HOME
) -> dict[str, Reduction]:
    """Return by variant id the reductions of the book that may be announced, each with the lowest
    price of the 30 days before it. A book without reductions asks the database nothing."""
    reduced = [variant_id for variant_id, price in book.prices.items() if price.before is not None]
    if not reduced:
        return {}
    now = now or utc_now()
    changes = _changes(cursor, reduced, book.currency, now)
    listed = _ever_listed(cursor, reduced, book.currency, market_id)
    found = {
        variant_id: history.reduction(
            history.spans(changes.get(variant_id, []), listed.get(variant_id, []), now)
        )
        for variant_id in reduced
    }
    return {variant_id: one for variant_id, one in found.items() if one is not None}


def lowest(
    cursor: Cursor, variant_ids: Collection[str], currency: str, now: datetime,
    market_id: str = HOME,
) -> dict[str, int]:  # fmt: skip
    """Return by variant id the lowest price of the 30 days before a reduction that begins now."""
    changes = _changes(cursor, variant_ids, currency, now)
    listed = _ever_listed(cursor, variant_ids, currency, market_id)
    found = {
        variant_id: history.lowest(
            history.spans(changes.get(variant_id, []), listed.get(variant_id, []), now), now
        )
        for variant_id in variant_ids
    }
    return {variant_id: amount for variant_id, amount in found.items() if amount is not None}


def _changes(
    cursor: Cursor, variant_ids: Collection[str], currency: str, now: datetime
) -> Mapping[str, list[Change]]:
    cursor.execute(
        "SELECT variant_id, at, amount, compare_at FROM catalogue_pricechange"  # noqa: S608
        f" WHERE currency = %s AND at <= %s AND {batch_sql.among('variant_id')} ORDER BY at, id",
        (currency, batch_sql.stored(now), batch_sql.many(variant_ids)),
    )
    found: dict[str, list[Change]] = defaultdict(list)
    for variant_id, at, amount, compare_at in cursor.fetchall():
        found[variant_id].append(Change(_moment(at), amount, compare_at))
    return found


def _ever_listed(
    cursor: Cursor, variant_ids: Collection[str], currency: str, market_id: str
) -> Mapping[str, list[ListedPrice]]:
    cursor.execute(
        f"SELECT i.variant_id, {_LISTED_COLUMNS} FROM {_LISTED}"  # noqa: S608
        f" WHERE {batch_sql.among('i.variant_id')}",
        (currency, market_id, batch_sql.many(variant_ids)),
    )
    found: dict[str, list[ListedPrice]] = defaultdict(list)
    for variant_id, *row in cursor.fetchall():
        found[variant_id].append(_listed(row))
    return found


def _listed(row: list[Any]) -> ListedPrice:
    """Return a row of a list, in force while both the list and the row are."""
    list_id, label, kind, market_id, starts_at, ends_at, since, until, amount, percent_bp = row
    ends = [_moment(one) for one in (ends_at, until) if one is not None]
    return ListedPrice(
        list_id, label, kind, market_id is not None, max(_moment(starts_at), _moment(since)),
        min(ends, default=None), amount, percent_bp,
    )  # fmt: skip


def _moment(value: Any) -> datetime:
    """Return a time of the database: SQLite has its text."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(found, datetime), "a time"
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
