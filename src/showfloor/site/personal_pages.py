"""Pages of a brand for one person: no search engine lists them, and no other site learns their
address, which is a secret."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.kernel.errors import NotFound
from showfloor.site import show_page


def requested_brand(request: HttpRequest, slug: str) -> Brand:
    """Return the brand that an address names, else the host name's; NotFound."""
    if slug:
        return permissions.brand_named("brand", slug)
    found = accounts.brand_of_host(request.get_host())
    if found is None:
        raise NotFound(_("There is no brand here yet."))
    return found


def personal_page(
    request: HttpRequest, brand: Brand, template: str, about: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        "brand": brand, "zone": brand.time_zone,
        **show_page.brand_urls(request, brand), **about,
    }  # fmt: skip
    response = render(request, template, context, status=status)
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
