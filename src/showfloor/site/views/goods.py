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
from showfloor.accounts.models import Brand
from showfloor.kernel.errors import NotFound
from showfloor.site import goods_pages, show_page

_MAP_MAX_AGE_S = 3600


@require_safe
@permissions.public
def categories(request: HttpRequest, brand: str) -> HttpResponse:
    """Serve the page of all categories."""
    found = permissions.brand_named("brand", brand)
    return _page(request, found, "goods/categories.html", goods_pages.overview_context(found))


@require_safe
@permissions.public
def category(request: HttpRequest, brand: str, slug: str) -> HttpResponse:
    """Serve the page of a category."""
    found = permissions.brand_named("brand", brand)
    row = goods_pages.find_category(found, slug)
    context = goods_pages.category_context(found, row, request.GET)
    return _page(request, found, "goods/category.html", context)


@require_safe
@permissions.public
def product(request: HttpRequest, brand: str, address: str) -> HttpResponse:
    """Serve the page of a product; its other addresses lead to the one it has now."""
    found = permissions.brand_named("brand", brand)
    row = goods_pages.find_product(found, address)
    path = goods_pages.product_path(found, row)
    if path != request.path:
        return HttpResponsePermanentRedirect(path)
    return _page(request, found, "goods/product.html", goods_pages.product_context(found, row))


@require_safe
@permissions.public
def sitemap(request: HttpRequest, brand: str | None = None) -> StreamingHttpResponse:
    """Serve the map of the brand's pages, of the brand of this host name where none is named."""
    found = accounts.brand_of_host(request.get_host()) if brand is None else None
    if brand is not None:
        found = permissions.brand_named("brand", brand)
    if found is None:
        raise NotFound(_("There is no such page."))
    return StreamingHttpResponse(
        goods_pages.sitemap(found), content_type="application/xml; charset=utf-8",
        headers={"Cache-Control": f"public, max-age={_MAP_MAX_AGE_S}"},
    )  # fmt: skip


def _page(
    request: HttpRequest, brand: Brand, template: str, context: dict[str, Any]
) -> HttpResponse:
    return render(request, template, {
        "brand": brand,
        "programme_url": show_page.programme_url(request, brand),
        "account_orders_url": show_page.orders_url(request, brand),
        **context,
    })  # fmt: skip
