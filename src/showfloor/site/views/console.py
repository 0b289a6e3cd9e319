"""The producer's pages: the brand's shows, and one show's live console."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions, staff_access
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.kernel.errors import NotFound
from showfloor.shows import queries
from showfloor.site import console_data, live_sales, show_data
from showfloor.site.wall import tiles as wall_tiles

_SHOWS_MAX = 200  # on one page

MAY_PRODUCE = frozenset({Role.OWNER, Role.PRODUCER})
_MAY_IMPORT_WORDS = MAY_PRODUCE | {Role.MODERATOR}


@never_cache
@require_safe
@permissions.staff_page()
def shows(request: StaffPageRequest) -> HttpResponse:
    """List all shows of one of the brands where this person works."""
    brand, brands = chosen_brand(request)
    rows = queries.shows_of(brand).annotate(products=Count("rundown"))[:_SHOWS_MAX]
    context = {
        "brand": brand,
        "brands": brands,
        "zone": brand.time_zone,
        "shows": rows,
        "may_produce": staff_access.staff_role(request.user, brand.pk) in MAY_PRODUCE,
    }
    return render(request, "console/shows.html", context)


@never_cache
@require_safe
@permissions.staff_page()
def wall(request: StaffPageRequest) -> HttpResponse:
    """Serve the wall of a brand's running shows; `<sf-show-wall>` keeps it up to date."""
    brand, brands = chosen_brand(request)
    context = {"brand": brand, "brands": brands, "tiles": wall_tiles(brand)}
    return render(request, "console/wall.html", context)


@never_cache
@require_safe
@permissions.staff_page()
def live(request: StaffPageRequest, slug: str) -> HttpResponse:
    """Serve the console of one show; `<sf-console-live>` makes it work."""
    brand = brand_of(request)
    show = queries.find(slug, [brand.pk])
    get_token(request)  # the script sends it with every command
    context: dict[str, Any] = {
        "brand": brand,
        "show": show,
        "live_data": {
            "show": show_data.snapshot(show),
            "report": console_data.console_report(show, accounts.network_of(request)),
        },
        "words_import_url": _words_import_url(request, brand),
    }
    return render(request, "console/live.html", context)


@never_cache
@require_safe
@permissions.staff_page(Role.PRODUCER, Role.CLERK)
def sales(request: StaffPageRequest, slug: str) -> HttpResponse:
    """Serve what a show sells, by product and minute; `<sf-live-sales>` keeps it up to date."""
    brand = brand_of(request)
    show = queries.find(slug, [brand.pk])
    report = live_sales.report(show, None)
    return render(request, "console/sales.html", {"brand": brand, "show": show, "report": report})


def _words_import_url(request: StaffPageRequest, brand: Brand) -> str:
    """Return the address of the back office's page for a list of words; empty without the right."""
    user = request.user
    may = user.is_staff and staff_access.staff_role(user, brand.pk) in _MAY_IMPORT_WORDS
    return reverse("admin:community_wordrule_import") if may else ""


def brand_of(request: StaffPageRequest) -> Brand:
    """Return the brand that the address names."""
    assert request.brand is not None, "an address without a brand"
    return request.brand


def chosen_brand(request: HttpRequest) -> tuple[Brand, list[Brand]]:
    """Return the brand of `?brand=`, else the first one, and all brands where the person works."""
    brands = list(staff_access.brands_of(request.user))
    asked = request.GET.get("brand")
    for brand in brands:
        if asked in {None, brand.slug}:
            return brand, brands
    raise NotFound(_("There is no such brand, or you do not work there."))
