"""The page of a show: drawn once for everyone, with a gap for the viewer's own data.

A snapshot may be a moment old, since the timeline is followed from its `seq`. So a public show's
page is made at most once a second and language. A joining viewer costs the look-up of the person,
a token and a cart, and no query about the show.
"""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation as texts

from showfloor.accounts import bans, languages
from showfloor.accounts import services as accounts
from showfloor.accounts.api import token_json
from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.checkout import provider
from showfloor.checkout import queries as checkout
from showfloor.checkout.buyer import Buyer
from showfloor.community.chat import translation
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.fresh import Fresh
from showfloor.pricing.models import Market
from showfloor.shows import entrance, recorded_time, watching
from showfloor.shows import queries as shows
from showfloor.shows import services as show_services
from showfloor.shows.models import OpenTo, Show, ShowState
from showfloor.shows.watched_show import WatchedShow
from showfloor.site import market, show_data
from showfloor.site.templatetags.vite import JSON_ESCAPES

FRESH_S, STALE_S = 1.0, 3.0
PAGES_MAX = 500  # shows × languages × host names × markets

_GAP = '"@@personal": 0'


@dataclass(frozen=True, slots=True)
class Page:
    """A show's page around the viewer's own data. `is_entrance`: it tells of the show alone."""

    brand: Brand
    language: str
    slug: str
    show: WatchedShow
    is_entrance: bool
    payments: str  # the name of the brand's payment provider; empty for none
    before: bytes
    after: bytes

    def may_be_seen_by(self, claims: Claims | None) -> bool:
        """Return whether a person may see the show itself. None: nobody in particular."""
        if self.is_entrance or self.show.open_to == OpenTo.EVERYONE:
            return True
        return claims is not None and watching.may_watch(self.show, claims)

    def for_viewer(self, claims: Claims, *, is_new: bool) -> bytes:
        """Return the whole page. `is_new`: a first visit has no cart, so none is looked up."""
        token = token_json(accounts.issue_token(claims))
        buyer = Buyer(self.brand, claims.sub, claims.network)
        personal: dict[str, Any] = {
            "token": token,
            "viewer": token["viewer"],
            "cart": checkout.empty_cart(buyer) if is_new else checkout.cart_view(buyer),
        }
        if not self.is_entrance and self.show.open_to != OpenTo.EVERYONE and not _is_banned(claims):
            personal["pass"] = entrance.viewing_pass(self.slug, self.show.show_id)
        return self._around(personal)

    def for_nobody(self) -> bytes:
        """Return the page without a token."""
        cart = checkout.empty_cart(Buyer(self.brand, ""))
        return self._around({"token": None, "viewer": None, "cart": cart})

    def _around(self, personal: dict[str, Any]) -> bytes:
        text = json.dumps(personal, cls=DjangoJSONEncoder)[1:-1].translate(JSON_ESCAPES)
        return b"".join((self.before, text.encode(), self.after))


def _is_banned(claims: Claims) -> bool:
    return bans.is_banned(claims.brand, claims.sub, claims.network)


_PAGES: Final = {
    "programme_url": "programme", "account_orders_url": "orders", "mine_url": "mine",
}  # fmt: skip
_pages = Fresh[tuple[str, bool, str, str, str], Page](FRESH_S, STALE_S, PAGES_MAX)


def public_page(request: HttpRequest, slug: str, *, is_entrance: bool = False) -> Page:
    """Return the page of a show that everybody may know of, at most a moment old; NotFound for
    others. Ask the page who may see it: the entrance is for those who may not."""

    def make() -> Page:
        return draw(request, shows.find_announced(slug), is_entrance=is_entrance)

    place = request.get_host(), market.code_of(request)
    return _pages.get((slug, is_entrance, languages.asked_for(request), *place), make)


def forget(slug: str | None = None) -> None:
    """Forget the pages of this show (of every show, for None)."""
    _pages.forget(lambda key: slug is None or key[0] == slug)


def draw(request: HttpRequest, show: Show, *, is_entrance: bool = False) -> Page:
    """Draw the page as of now, in the browser's language or else in the brand's."""
    language = languages.spoken(languages.asked_for(request), show.brand.language)
    here = market.of_request(request, show.brand)
    with texts.override(language):
        if is_entrance:
            content: dict[str, Any] = {
                **show_data.announcement(show), "entrance": True, "messages": [],
                "products": show_data.tickets(show, here),
            }  # fmt: skip
            return _draw(request, show, here, language, content)
        content = {**show_data.snapshot(show), "products": show_data.products(show, here)}
        return _draw(request, show, here, language, content)


def _draw(
    request: HttpRequest, show: Show, here: Market | None, language: str, content: dict[str, Any]
) -> Page:
    is_entrance = "entrance" in content
    payments = _payments(show.brand)
    data = content | _surroundings(request, show, here, language) | {"payments": payments}
    data["@@personal"] = 0  # the gap
    text = render_to_string(
        "shows/entrance.html" if is_entrance else "shows/show.html", _context(show, data)
    )
    before, gap, after = text.rpartition(_GAP)
    assert gap, "the page has a gap for the viewer's own"
    name = payments["provider"] if payments is not None else ""
    facts = watching.facts_of(show)
    return Page(
        show.brand, language, show.slug, facts, is_entrance, name, before.encode(), after.encode()
    )


def _surroundings(
    request: HttpRequest, show: Show, here: Market | None, language: str
) -> dict[str, Any]:
    """Return the part of the page's data that the show itself says nothing of."""
    urls = brand_urls(request, show.brand)
    return {
        "market": here.code if here is not None else "",
        "dial": (here.dial if here is not None else "") or show.brand.dial,
        "markets": market.choices(request, show.brand, f"/shows/{show.slug}"),
        "language": language,
        "urls": {
            "api": "/api/v1",
            "programme": urls["programme_url"],
            "orders": urls["account_orders_url"],
            "mine": urls["mine_url"],
            "logout": reverse("account_logout"),
            "testpay": "/testpay/tokens",
            "calendar": reverse("show-calendar", args=[show.slug]),
            "login": _login_url(show),
        },
        "features": {"translation": translation.is_on()},
        "coming": [
            {
                "title": one.title,
                "url": reverse("show", args=[one.slug]),
                "starts_at": iso_ms(one.starts_at),
            }
            for one in shows.next_shows(show)
            if one.starts_at is not None
        ],
    }


def _context(show: Show, data: dict[str, Any]) -> dict[str, Any]:
    """Return what the page's template draws by itself, before any script runs."""
    path = reverse("show", args=[show.slug])
    url = absolute(path)
    return {
        "brand": show.brand,
        "show": data,
        "hosts": data["hosts"],
        "products": data["products"],
        "show_data": data,
        "programme_url": data["urls"]["programme"],
        "is_preview": not shows.is_public(show),
        "zone": show.brand.time_zone,
        "starts_at": show.starts_at or show.started_at,
        "show_url": url,
        "cover_url": absolute(show.cover.url) if show.cover else None,
        "structured_data": _structured_data(show, url),
        "alternates": market.alternates(show.brand, path, market.of_brand(show.brand)),
    }


def _payments(brand: Brand) -> dict[str, str] | None:
    """Return what the checkout needs to know of the brand's payment provider."""
    found = provider.find_of_brand(brand.pk)
    if found is None:
        return None
    return {"provider": found.name, "publishable_key": found.publishable_key}


def _login_url(show: Show) -> str:
    """Return the log-in's address; it leads past the offer of a membership, and back."""
    back = urlencode({"next": reverse("show", args=[show.slug])}, safe="/")
    join = f"{reverse('brand-join', args=[show.brand.slug])}?{back}"
    return f"{reverse('account_login')}?{urlencode({'next': join}, safe='/')}"


def brand_urls(request: HttpRequest, brand: Brand) -> dict[str, str]:
    """Return the addresses of the brand's own pages on this host, by the names that templates give
    them."""
    is_here = accounts.brand_of_host(request.get_host()) == brand
    return {
        name: reverse(page) if is_here else reverse(f"brand-{page}", args=[brand.slug])
        for name, page in _PAGES.items()
    }


def programme_url(request: HttpRequest, brand: Brand) -> str:
    """Return the address of the brand's programme on this host."""
    return brand_urls(request, brand)["programme_url"]


def mine_url(request: HttpRequest, brand: Brand) -> str:
    """Return the address of *Mine* of the brand on this host."""
    return brand_urls(request, brand)["mine_url"]


def moment_url(slug: str, show_time_s: float | None) -> str:
    """Return the address of a show, or of a moment in its replay: `?t=`, seconds of show time."""
    url = absolute(reverse("show", args=[slug]))
    return url if show_time_s is None else f"{url}?t={max(0, int(show_time_s))}"


def absolute(url: str) -> str:
    return url if url.startswith("http") else settings.SHOWFLOOR.site_url + url


def _structured_data(show: Show, url: str) -> dict[str, Any]:
    """Return the schema.org data of a video and its broadcast, for the *live* of search engines."""
    began = show.started_at or show.starts_at
    video: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": show.title,
        "description": show.description or show.title,
        "url": url,
        "embedUrl": url,
        "isAccessibleForFree": show.open_to != OpenTo.TICKET,
    }
    if show.cover:
        video["thumbnailUrl"] = [absolute(show.cover.url)]
    if began is not None:
        video["uploadDate"] = began.isoformat()
        event: dict[str, Any] = {
            "@type": "BroadcastEvent",
            "name": show.title,
            "isLiveBroadcast": show.state != ShowState.ENDED,
            "startDate": began.isoformat(),
        }
        if show.ended_at is not None:
            event["endDate"] = show.ended_at.isoformat()
        video["publication"] = event
    recorded = recorded_time.of_show(show)
    if recorded is not None:
        video["duration"] = f"PT{round(recorded.length_s)}S"
    return video


show_services.on_hidden(lambda _timeline_id: forget())
