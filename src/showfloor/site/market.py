"""The market that a page is in: by its host name, or by the first part of its path."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix, set_script_prefix

from showfloor.accounts import brand_urls
from showfloor.accounts.models import Brand
from showfloor.pricing import markets
from showfloor.pricing.models import Market

ALTERNATES_MAX: Final = 100  # links to other markets on one page


@dataclass(frozen=True, slots=True)
class Place:
    """A brand's site as one market has it; None: its home market."""

    brand: Brand
    market: Market | None = None

    def url(self, path: str) -> str:
        """Return the whole address of a page in this market; `path`: of the page in any market, as
        the links of the request have it."""
        plain = _plain(path)
        if self.market is None:
            return brand_urls.absolute(self.brand, plain)
        if self.market.host_name:
            return brand_urls.at_host(self.market.host_name) + plain
        return f"{brand_urls.origin(self.brand)}/{self.market.code}{plain}"


def of_brand(brand: Brand) -> list[Market | None]:
    """Return the markets of a brand, the home market first."""
    return [None, *markets.of_brand(brand.pk)]


def alternates(
    brand: Brand, path: str, among: Iterable[Market | None]
) -> list[tuple[str, str]]:  # fmt: skip
    """Return `hreflang` and address of a page in these markets: one for each country, which the
    first market to name it has, and `x-default` for the home market. Nothing for one market."""
    found: dict[str, str] = {}
    every = list(among)
    for one in every:
        url = Place(brand, one).url(path)
        if one is None:
            found |= {"x-default": url, brand.language: url}
        for country in one.countries if one is not None else ():
            found.setdefault(f"{brand.language}-{country}", url)
    return list(found.items())[:ALTERNATES_MAX] if len(every) > 1 else []


def _plain(path: str) -> str:
    """Return a path without the market that the links of this request begin with."""
    return "/" + path.removeprefix(get_script_prefix()).removeprefix("/")


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


def choices(
    request: HttpRequest, brand: Brand, path: str, among: Iterable[Market | None] | None = None
) -> list[dict[str, Any]]:
    """Return markets of the brand with the address of this page in each, for the switcher; none
    where there is but one. `path`: the page's, without a market; `among`: all, unless said."""
    every = list(among) if among is not None else of_brand(brand)
    if len(every) < 2:
        return []
    rows = [one for one in every if one is not None]
    here = of_request(request, brand)
    is_elsewhere = here is not None and here.host_name == _host(request)
    home = f"{request.scheme}://{brand.host_name}" if is_elsewhere else ""
    found = []
    if None in every:
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
