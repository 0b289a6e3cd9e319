"""The map of a brand's pages for search engines: programme, shows, categories, products, in each of
its markets at one host, with their addresses in the other markets (sitemaps.org, hreflang)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from django.urls import reverse

from showfloor.accounts import brand_urls
from showfloor.accounts.models import Brand
from showfloor.catalogue import categories
from showfloor.pricing import markets
from showfloor.pricing.models import Market
from showfloor.shows.models import Show, ShowState
from showfloor.site import goods_pages, market
from showfloor.site.market import Place

ADDRESSES_MAX: Final = 50_000  # in one map (sitemaps.org)


def parts(brand: Brand, here: Market | None = None) -> Iterator[str]:
    """Return the parts of the map. `here`: the market of the host name that the map is asked at, or
    None for the brand's own host with its home market and those below a path."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    )
    yield from islice(_addresses(brand, _at_host(brand, here)), ADDRESSES_MAX)
    yield "</urlset>\n"


def _at_host(brand: Brand, here: Market | None) -> list[Market | None]:
    if here is not None and here.host_name:
        return [here]
    return [None, *(one for one in markets.of_brand(brand.pk) if not one.host_name)]


def _addresses(brand: Brand, shown: list[Market | None]) -> Iterator[str]:
    every = market.of_brand(brand)
    for path in _fixed(brand):
        yield from _page(brand, path, None, shown, every)
    sold = {one: goods_pages.sold_ids(brand, one) for one in every}
    rows = goods_pages.sold_somewhere(brand, every)
    for product in (
        rows.only("slug", "reference", "updated_at", "brand").order_by("pk").iterator(500)
    ):
        among = [one for one in every if product.pk in sold[one]]
        path = goods_pages.product_path(brand, product)
        own = [one for one in shown if one in among]
        yield from _page(brand, path, product.updated_at, own, among)


def _fixed(brand: Brand) -> Iterator[str]:
    """Return the paths that stand in every market."""
    yield brand_urls.home_path(brand)
    public = Show.objects.for_brand(brand).filter(published=True, is_test=False)
    for slug in public.exclude(state=ShowState.DRAFT).values_list("slug", flat=True):
        yield reverse("show", args=[slug])
    for branch in categories.flat(categories.tree(brand)):
        yield goods_pages.category_path(brand, branch.category)


def _page(
    brand: Brand, path: str, changed: datetime | None, shown: list[Market | None],
    among: list[Market | None],
) -> Iterator[str]:  # fmt: skip
    """Return one page, once for each market of the map."""
    day = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed is not None else ""
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang={quoteattr(language)} href={quoteattr(url)}/>'
        for language, url in market.alternates(brand, path, among)
    )
    for one in shown:
        yield f"<url><loc>{escape(Place(brand, one).url(path))}</loc>{day}{links}</url>\n"
