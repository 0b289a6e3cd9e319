"""The pages of a buyer's orders: all for a signed-in person, one for the bearer of its link."""

from collections.abc import Collection
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions
from showfloor.accounts.models import Brand
from showfloor.accounts.permissions import MemberRequest
from showfloor.catalogue import amounts
from showfloor.checkout import downloads, entitlements, order_emails, order_links, queries
from showfloor.checkout.entitlement_models import EntitlementKind
from showfloor.checkout.models import Order
from showfloor.fulfilment.documents import queries as document_queries
from showfloor.kernel.clock import parse_iso, utc_now
from showfloor.kernel.errors import NotFound
from showfloor.shows import queries as shows
from showfloor.site import order_page, show_page
from showfloor.site.personal_pages import requested_brand

ON_A_PAGE = 20


@never_cache
@require_safe
@permissions.member_page
def orders(request: MemberRequest, brand: str = "") -> HttpResponse:
    """List a person's orders at one brand."""
    shown = requested_brand(request, brand)
    found = queries.orders_of(request.user, shown).prefetch_related("lines").select_related("brand")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "order": one,
            "url": _url(one, by_slug=bool(brand)),
            "state": order_page.progress_text(one),
            "total": amounts.localised(one.total, one.currency),
            "names": ", ".join(
                f"{line.quantity} × {line.product_name}" for line in one.lines.all()
            ),
        }
        for one in page
    ]
    return _render(request, shown, "orders/orders.html", {
        "rows": rows, "page": page,
        "downloads": downloads.of_person(request.user, shown, utc_now()),
    })  # fmt: skip


@never_cache
@require_safe
@permissions.member_page
def order(request: MemberRequest, number: str, brand: str = "") -> HttpResponse:
    """Show one of the person's orders."""
    shown = requested_brand(request, brand)
    found = queries.orders_of(request.user, shown).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no such order among yours."))
    back = reverse("brand-orders", args=[brand]) if brand else reverse("orders")
    documents = [
        (one.title, reverse("own-document", args=[number, one.name])
         if not brand else reverse("brand-own-document", args=[brand, number, one.name]))
        for one in document_queries.links(found)
    ]  # fmt: skip
    about = {**_about(found), "orders_url": back, "documents": documents}
    return _render(request, shown, "orders/order.html", about)


@never_cache
@require_safe
@permissions.signed("the order's link")
def by_link(request: HttpRequest, signed: str) -> HttpResponse:
    """Show the order of a link to its bearer; nothing on this page may leak the address."""
    found = order_links.read(signed, utc_now())
    documents = [
        (one.title, reverse("order-document", args=[signed, one.name]))
        for one in document_queries.links(found)
    ]
    about = {
        **_about(found), "good_until": order_links.good_until(found), "documents": documents,
    }  # fmt: skip
    response = _render(request, found.brand, "orders/order.html", about)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _url(order: Order, *, by_slug: bool) -> str:
    if by_slug:
        return reverse("brand-order", args=[order.brand.slug, order.number])
    return reverse("order", args=[order.number])


def _about(order: Order) -> dict[str, Any]:
    about = order_emails.order_amounts(order)
    files = downloads.of_order(order, utc_now())
    for line, moment in zip(about["lines"], order_page.moments_of(order), strict=True):
        line["moment"] = moment
    return {
        "order": order, "state": order_page.progress_text(order), **about,
        "story": order_page.story_of(order), "papers": order_page.papers_of(order),
        "rights": _rights(order, {one.name for one in files}), "downloads": files,
        **order_page.actions_of(order, utc_now()),
    }  # fmt: skip


def _rights(order: Order, offered: Collection[str]) -> list[dict[str, Any]]:
    """Return what the order lets its buyer do, with the address of the show. `offered`: the names
    of files that the page lists by themselves."""
    found = [
        one for one in entitlements.of_order(order, utc_now())
        if one["kind"] != EntitlementKind.DOWNLOAD or one["target"] not in offered
    ]  # fmt: skip
    slugs = shows.slugs(order.brand_id, [one["target"] for one in found])
    return [
        {
            "label": EntitlementKind(one["kind"]).label,
            "title": one["title"],
            "url": reverse("show", args=[slugs[one["target"]]]) if one["target"] in slugs else "",
            "until": parse_iso(one["until"]) if one["until"] else None,
        }
        for one in found
    ]


def _render(
    request: HttpRequest, brand: Brand, template: str, about: dict[str, Any]
) -> HttpResponse:
    context = {
        **about,
        "brand": brand,
        "zone": brand.time_zone,
        **show_page.brand_urls(request, brand),
    }
    return render(request, template, context)
