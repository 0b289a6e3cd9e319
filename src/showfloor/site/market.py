"""The market that a page is in: by its host name, or by the first part of its path."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix, set_script_prefix

from showfloor.accounts.models import Brand
from showfloor.pricing import markets
from showfloor.pricing.models import Market


class MarketMiddleware:
    """Serve `/ch/shows/x` as `/shows/x` in the market `ch`; links of that page stay in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code, slash, rest = request.path_info.removeprefix("/").partition("/")
        if not slash or code in markets.RESERVED_CODES or code not in markets.codes():
            return self._get_response(request)
        request.path_info = f"/{rest}"
        request.market_code = code  # type: ignore[attr-defined]
        before = get_script_prefix()
        set_script_prefix(f"/{code}/")
        try:
            return self._get_response(request)
        finally:
            set_script_prefix(before)  # the thread makes links for others as well


def code_of(request: HttpRequest) -> str:
    """Return the short name in the request's path, empty for none."""
    return str(getattr(request, "market_code", ""))


def of_request(request: HttpRequest, brand: Brand) -> Market | None:
    """Return the market of a page of the brand; None: its home market."""
    return markets.at(brand.pk, _host(request), code_of(request))


def choices(request: HttpRequest, brand: Brand, path: str) -> list[dict[str, Any]]:
    """Return the brand's markets with the address of this page in each, for the switcher; none
    where there is but the home market. `path`: the page's, without a market."""
    rows = markets.of_brand(brand.pk)
    if not rows:
        return []
    here = of_request(request, brand)
    is_elsewhere = here is not None and here.host_name == _host(request)
    home = f"{request.scheme}://{brand.host_name}" if is_elsewhere else ""
    found = [_choice("", brand.name, brand.currency, home + path, is_here=here is None)]
    for one in rows:
        url = f"{request.scheme}://{one.host_name}{path}" if one.host_name else (
            f"{home}/{one.code}{path}"
        )  # fmt: skip
        is_here = here is not None and one.pk == here.pk
        found.append(_choice(one.code, one.name, one.currency, url, is_here=is_here))
    return found


def _choice(code: str, name: str, currency: str, url: str, *, is_here: bool) -> dict[str, Any]:
    return {"code": code, "name": name, "currency": currency, "url": url, "is_here": is_here}


def _host(request: HttpRequest) -> str:
    return request.get_host().partition(":")[0].lower()
