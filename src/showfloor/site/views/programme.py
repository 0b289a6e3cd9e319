"""What the public sees: the brand's programme, and one show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import access, rules
from showfloor.accounts import services as accounts
from showfloor.accounts.api import token_json
from showfloor.accounts.models import Brand
from showfloor.checkout import queries as checkout
from showfloor.checkout.buyer import buyer_of
from showfloor.kernel.errors import NotFound
from showfloor.shows import queries as shows
from showfloor.shows.models import Show, ShowState
from showfloor.site import show_data
from showfloor.site.views import calendar_file


@require_safe
@rules.public
def programme(request: HttpRequest) -> HttpResponse:
    """Live now, coming, replays of the brand that this host name belongs to."""
    brand = accounts.brand_of_host(request.get_host())
    if brand is None:
        return render(request, "programme/no_brand.html")
    return _programme(request, brand)


@require_safe
@rules.public
def programme_of(request: HttpRequest, brand: str) -> HttpResponse:
    """The same for a brand that has no host name of its own."""
    return _programme(request, rules.brand_named("brand", brand))


def _programme(request: HttpRequest, brand: Brand) -> HttpResponse:
    context = {
        "brand": brand,
        "programme": shows.programme(brand),
        "programme_url": _programme_url(request, brand),
        "zone": brand.time_zone,
    }
    return render(request, "programme/programme.html", context)


def _programme_url(request: HttpRequest, brand: Brand) -> str:
    """Where on this host the brand's programme is."""
    if accounts.brand_of_host(request.get_host()) == brand:
        return reverse("programme")
    return reverse("brand-programme", args=[brand.slug])


@never_cache  # the page carries the viewer's token
@require_safe
@rules.public
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """One show: before, during and after. Staff see their brand's unpublished ones, too."""
    found = shows.find(slug, access.roles_of(request.user))
    url = settings.SHOWFLOOR.site_url + reverse("show", args=[slug])
    data = _data(request, found)
    context = {
        "brand": found.brand,
        "show": data,
        "hosts": data["hosts"],
        "products": data["products"],
        "show_data": data,
        "programme_url": data["urls"]["programme"],
        "is_preview": not shows.is_public(found),
        "show_url": url,
        "cover_url": _absolute(found.cover.url) if found.cover else None,
        "structured_data": _structured_data(found, url),
    }
    return render(request, "shows/show.html", context)


@require_safe
@rules.public
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The show as a calendar entry."""
    found = shows.find(slug, access.roles_of(request.user))
    if found.starts_at is None:
        raise NotFound(_("This show has no time yet."))
    url = settings.SHOWFLOOR.site_url + reverse("show", args=[slug])
    return HttpResponse(
        calendar_file.calendar(found, url),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}.ics"'},
    )


def _data(request: HttpRequest, show: Show) -> dict[str, Any]:
    """The snapshot and what else the page's script needs before its first request."""
    claims = accounts.viewer_claims(request, show.brand)
    token = token_json(accounts.issue_token(claims))
    return {
        **show_data.snapshot(show),
        "token": token,
        "viewer": token["viewer"],
        "products": shows.products_payload(show),
        "cart": checkout.cart_view(buyer_of(claims)),
        "language": get_language(),
        "urls": {
            "api": "/api/v1",
            "programme": _programme_url(request, show.brand),
            "testpay": "/testpay/tokens",
            "calendar": reverse("show-calendar", args=[show.slug]),
        },
    }


def _absolute(url: str) -> str:
    return url if url.startswith("http") else settings.SHOWFLOOR.site_url + url


def _structured_data(show: Show, url: str) -> dict[str, Any]:
    """schema.org: a video with its broadcast; search engines show *live* from it."""
    began = show.started_at or show.starts_at
    video: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": show.title,
        "description": show.description or show.title,
        "url": url,
        "embedUrl": url,
    }
    if show.cover:
        video["thumbnailUrl"] = [_absolute(show.cover.url)]
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
    if show.started_at is not None and show.ended_at is not None:
        seconds = round((show.ended_at - show.started_at).total_seconds())
        video["duration"] = f"PT{seconds}S"
    return video
