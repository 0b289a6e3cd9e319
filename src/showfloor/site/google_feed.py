"""The product feed of a brand for Google Merchant: RSS 2.0 with the namespace `g`, live prices and
live stock. One `item` for each variant that is sold, so that no shop uploads a file by hand.

Attributes: https://support.google.com/merchants/answer/7052112. The text is made in parts, a page
of products in memory at a time; each page is a query of its own.
"""

import hashlib
import html
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Final

from django.db import connection
from django.utils.html import strip_tags

from showfloor.accounts import brand_urls
from showfloor.accounts.models import Brand
from showfloor.catalogue.gtin import gtin
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout.models import ShippingKind
from showfloor.checkout.services import shipping
from showfloor.kernel.clock import utc_now
from showfloor.kernel.money import Money
from showfloor.pricing import markets
from showfloor.pricing import queries as pricing
from showfloor.pricing.lists import LIST_SOURCE
from showfloor.pricing.models import Market, PriceList
from showfloor.shows import queries as shows
from showfloor.shows.wire import ProductView, VariantView
from showfloor.site import goods_pages
from showfloor.site.feed_tags import tag
from showfloor.site.market import Place

PAGE: Final = 200  # products in memory
TITLE_MAX, DESCRIPTION_MAX, PICTURES_MAX = 150, 5000, 10
_COUNTRIES_MAX: Final = 20  # of one shipping option
_UNITS: Final = {"m2": "sqm", "piece": "ct"}  # as Google writes them


def write(brand: Brand, market: Market | None, file: IO[bytes]) -> str:
    """Write the feed to a file; return its ETag, a digest of every byte."""
    digest = hashlib.sha256()
    for part in parts(brand, market):
        data = part.encode()
        digest.update(data)
        file.write(data)
    return f'"{digest.hexdigest()[:32]}"'


def parts(brand: Brand, market: Market | None = None) -> Iterator[str]:
    """Return the feed in parts."""
    place = Place(brand, market)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n'
    yield tag("title", brand.name) + tag("link", place.url(brand_urls.home_path(brand)))
    yield tag("description", brand.tagline or brand.name) + "\n"
    sending = _shipping(place)
    last = ""
    while page := list(
        goods_pages.sold_products(brand, market)
        .filter(pk__gt=last)
        .select_related("category", "brand")
        .order_by("pk")[:PAGE]
    ):
        last = page[-1].pk
        views = {
            one["id"]: one for one in shows.product_views(brand, [row.pk for row in page], market)
        }
        spans = _sale_spans(place, views.values())
        variants = Variant.objects.for_brand(brand).filter(product__in=[row.pk for row in page])
        rows = variants.in_bulk()
        for product in page:
            view = views[product.pk]
            yield "".join(
                _item(
                    place,
                    product,
                    view,
                    variant,
                    rows[variant["id"]],
                    _sale_span(spans, variant) + (sending if product.is_sent else ""),
                )
                for variant in view["variants"]
            )
    yield "</channel></rss>\n"


def _item(
    place: Place, product: Product, view: ProductView, variant: VariantView, row: Variant,
    more: str,
) -> str:  # fmt: skip
    brand = place.brand
    words = list(variant["options"].values())
    text = html.unescape(strip_tags(product.description)) or product.name
    number = gtin(row.barcode)
    link = place.url(goods_pages.product_path(brand, product))
    tags = [
        _g("id", variant["sku"][:50]),
        _g("title", " ".join([product.name, *words])[:TITLE_MAX]),
        _g("description", " ".join(text.split())[:DESCRIPTION_MAX]),
        _g("link", link),
        *_pictures(brand, view, variant),
        _g("availability", "in_stock" if variant["available"] > 0 else "out_of_stock"),
        *_prices(variant),
        _g("condition", product.condition),
        _g("brand", (product.vendor or brand.name)[:70]),
        _g("gtin", number) if number else _g("mpn", variant["sku"][:70]),
    ]
    if len(view["variants"]) > 1:
        tags.append(_g("item_group_id", product.reference[:50]))
    if product.category is not None:
        tags.append(_g("product_type", product.category.name))
    if row.content is not None and variant["unit_price"] is not None:
        unit = _UNITS.get(row.content_unit, row.content_unit)
        tags.append(_g("unit_pricing_measure", f"{row.content.normalize():f} {unit}"))
        base = variant["unit_price"]
        if base["quantity"].isdigit():  # Google takes whole numbers only
            base_unit = _UNITS.get(base["unit"], base["unit"])
            tags.append(_g("unit_pricing_base_measure", f"{base['quantity']} {base_unit}"))
    if not number and not product.vendor:
        tags.append(_g("identifier_exists", "no"))
    return f"<item>{''.join(tags)}{more}</item>\n"


def _sale_spans(
    place: Place, views: Iterable[ProductView]
) -> Mapping[str, tuple[datetime, datetime]]:
    """Return by variant id from when until when the sale is that decides its price; one without an
    end has none."""
    ids = [one["id"] for view in views for one in view["variants"] if one["sale"]]
    if not ids:
        return {}
    currency, market_id = markets.terms_of(place.brand, place.market)
    with connection.cursor() as cursor:
        book = pricing.load(cursor, place.brand.pk, ids, currency, utc_now(), market_id)
    lists = {
        pk: price.sale.source.removeprefix(LIST_SOURCE)
        for pk, price in book.prices.items() if price.sale is not None
    }  # fmt: skip
    found = PriceList.objects.for_brand(place.brand).in_bulk(set(lists.values()))
    return {
        pk: (found[list_id].starts_at, ends_at)
        for pk, list_id in lists.items()
        if list_id in found and (ends_at := found[list_id].ends_at) is not None
    }


def _sale_span(
    spans: Mapping[str, tuple[datetime, datetime]], variant: VariantView
) -> str:  # fmt: skip
    if variant["compare_at_price"] is None or variant["id"] not in spans:
        return ""
    begin, end = (f"{one.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for one in spans[variant["id"]])
    return _g("sale_price_effective_date", f"{begin}/{end}")


def _prices(variant: VariantView) -> list[str]:
    """A reduced price is the sale price; the price before it is the price."""
    price = _money(variant["price"], variant["currency"])
    before = variant["compare_at_price"]
    if before is None:
        return [_g("price", price)]
    return [_g("price", _money(before, variant["currency"])), _g("sale_price", price)]


def _pictures(brand: Brand, view: ProductView, variant: VariantView) -> list[str]:
    own = [variant["image_url"]] if variant["image_url"] else []
    others = [one["url"] for one in goods_pages.pictures_of(view)]
    urls = list(dict.fromkeys([*own, *others]))[: PICTURES_MAX + 1]
    names = ["image_link", *["additional_image_link"] * PICTURES_MAX]
    return [
        _g(name, brand_urls.absolute(brand, url)) for name, url in zip(names, urls, strict=False)
    ]


def _shipping(place: Place) -> str:
    """Return the flat ways of sending, by country of the market; those with bands of weight or
    value depend on the cart, and are set at the merchant's account."""
    currency, market_id = markets.terms_of(place.brand, place.market)
    rows = [
        row for row in shipping.active(place.brand.pk, currency, market_id)
        if row.kind == ShippingKind.DELIVERY and not row.weight_from_g and not row.value_from
        and row.weight_to_g is None and row.value_to is None
    ]  # fmt: skip
    return "".join(
        "<g:shipping>"
        + _g("country", country)
        + _g("service", row.name)
        + _g("price", _money(row.price, row.currency))
        + "</g:shipping>"
        for row in rows
        for country in row.countries[:_COUNTRIES_MAX]
    )


def _money(amount: int, currency: str) -> str:
    return f"{Money(amount, currency).decimal} {currency}"


def _g(name: str, text: str) -> str:
    return tag(f"g:{name}", text)
