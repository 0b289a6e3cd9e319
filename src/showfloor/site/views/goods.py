"""The public pages of a brand's goods, and the map of its pages for search engines."""

from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.kernel.errors import NotFound
from showfloor.site import goods_pages, market, show_page
from showfloor.site import sitemap as map_of_pages
from showfloor.site.market import Place

_MAP_MAX_AGE_S = 3600


@require_safe
@permissions.public
def categories(request: HttpRequest, brand: str) -> HttpResponse:
    """Serve the page of all categories."""
    place = _place(request, brand)
    return _page(request, place, "goods/categories.html", goods_pages.overview_context(place))


@require_safe
@permissions.public
def category(request: HttpRequest, brand: str, slug: str) -> HttpResponse:
    """Serve the page of a category."""
    place = _place(request, brand)
    row = goods_pages.find_category(place.brand, slug)
    context = goods_pages.category_context(place, row, request.GET)
    return _page(request, place, "goods/category.html", context)


@require_safe
@permissions.public
def product(request: HttpRequest, brand: str, address: str) -> HttpResponse:
    """Serve the page of a product; its other addresses lead to the one it has now."""
    place = _place(request, brand)
    row = goods_pages.find_product(place, address)
    path = goods_pages.product_path(place.brand, row)
    if path != request.path:
        return HttpResponsePermanentRedirect(path)
    return _page(request, place, "goods/product.html", goods_pages.product_context(place, row))


@require_safe
@permissions.public
def sitemap(request: HttpRequest, brand: str | None = None) -> StreamingHttpResponse:
    """Serve the map of the brand's pages, of the brand of this host name where none is named."""
    found = accounts.brand_of_host(request.get_host()) if brand is None else None
    if brand is not None:
        found = permissions.brand_named("brand", brand)
    if found is None:
        raise NotFound(_("There is no such page."))
    here = market.of_request(request, found)
    return StreamingHttpResponse(
        map_of_pages.parts(found, here), content_type="application/xml; charset=utf-8",
        headers={"Cache-Control": f"public, max-age={_MAP_MAX_AGE_S}"},
    )  # fmt: skip


def _place(request: HttpRequest, slug: str) -> Place:
    brand = permissions.brand_named("brand", slug)
    return Place(brand, market.of_request(request, brand))


def _page(
    request: HttpRequest, place: Place, template: str, context: dict[str, Any]
) -> HttpResponse:
    brand, sold_in = place.brand, context.get("sold_in")
    return render(request, template, {
        "brand": brand,
        "markets": market.choices(request, brand, request.path_info, sold_in),
        **show_page.brand_urls(request, brand),
        **context,
    })  # fmt: skip
