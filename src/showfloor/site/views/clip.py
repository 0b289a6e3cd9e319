"""The page of a clip: its picture, what it shows, and the way to the show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import bans, languages, permissions, staff_access
from showfloor.accounts import services as accounts
from showfloor.kernel.errors import NotFound, RateLimited
from showfloor.replays import queries, services
from showfloor.replays.models import Clip
from showfloor.shows import entrance, watching
from showfloor.shows import queries as shows
from showfloor.shows.models import OpenTo, Show
from showfloor.site import show_page
from showfloor.site.language import speak


@never_cache  # the address of the media may carry a pass
@require_safe
@permissions.public
def clip(request: HttpRequest, clip_id: str) -> HttpResponse:
    """Serve a clip to people who may watch its show; others are led to the show's entrance."""
    found = _find(request, clip_id)
    show = found.show
    speak(request, languages.spoken(languages.asked_for(request), show.brand.language))
    media_url = _media_url(request, show)
    if media_url is None:
        return redirect("show", show.slug)
    if request.method == "GET":
        services.count_view(found)
    return render(request, "shows/clip.html", _context(request, found, media_url))


@never_cache
@require_safe
@permissions.public
def media(request: HttpRequest, clip_id: str) -> JsonResponse:
    """Return the folder of the media with a fresh pass, which the page asks for while it plays."""
    show = _find(request, clip_id).show
    media_url = _media_url(request, show)
    if media_url is None:
        raise watching.no_right(show.open_to)
    return JsonResponse({"folder": media_url})


def _find(request: HttpRequest, clip_id: str) -> Clip:
    found = queries.clip_to_show(clip_id)
    show = found.show
    if not shows.is_public(show) and show.brand_id not in staff_access.roles_of(request.user):
        raise NotFound("There is no such clip.")
    return found


def _media_url(request: HttpRequest, show: Show) -> str | None:
    """Return the folder of the show's media for this person; None without the right to watch."""
    if show.open_to == OpenTo.EVERYONE and shows.is_public(show):
        return f"/hls/{show.slug}/"
    try:
        claims = accounts.viewer_claims(request, show.brand)
    except RateLimited:
        return None
    is_banned = bans.is_banned(claims.brand, claims.sub, claims.network)
    if is_banned or not watching.may_watch(watching.facts_of(show), claims):
        return None
    return entrance.viewing_pass(show.slug, show.pk)["hls_url"].removesuffix("index.m3u8")


def _context(request: HttpRequest, found: Clip, media_url: str) -> dict[str, Any]:
    show = found.show
    view = queries.clip_view(found)
    show_url = reverse("show", args=[show.slug])
    site_url = settings.SHOWFLOOR.site_url
    return {
        "brand": show.brand,
        "show": show,
        "clip": view,
        "playlist": media_url + view["playlist"],
        "length_s": round(view["end_s"] - view["start_s"], 3),
        "products": shows.product_rows(show.brand, view["product_ids"]),
        "moment_url": f"{show_url}?t={int(view['start_s'])}",
        "programme_url": show_page.programme_url(request, show.brand),
        "clip_url": site_url + view["path"],
        "cover_url": site_url + show.cover.url if show.cover else "",
        "is_indexed": shows.is_public(show) and not show.is_test,
    }
