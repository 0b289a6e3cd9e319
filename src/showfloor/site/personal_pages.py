"""Pages of a brand for one person: no search engine lists them, and no other site learns their
address, which is a secret."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from showfloor.accounts.models import Brand
from showfloor.site import show_page


def personal_page(
    request: HttpRequest, brand: Brand, template: str, about: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        "brand": brand, "zone": brand.time_zone,
        "programme_url": show_page.programme_url(request, brand), **about,
    }  # fmt: skip
    response = render(request, template, context, status=status)
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
