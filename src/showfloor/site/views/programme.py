"""The public pages: the brand's programme, and one show."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import guests, permissions, staff_access
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.kernel.errors import NotFound, RateLimited
from showfloor.replays import queries as replays
from showfloor.shows import queries as shows
from showfloor.site import goods_pages, show_page
from showfloor.site.language import speak
from showfloor.site.policy import with_payments
from showfloor.site.views import calendar_file


@require_safe
@permissions.public
def programme(request: HttpRequest) -> HttpResponse:
    """Serve the programme of the brand that this host name belongs to: live, coming, replays."""
    brand = accounts.brand_of_host(request.get_host())
    if brand is None:
        return render(request, "programme/no_brand.html")
    return _programme(request, brand)


@require_safe
@permissions.public
def programme_of(request: HttpRequest, brand: str) -> HttpResponse:
    """Serve the programme of a brand without a host name of its own."""
    return _programme(request, permissions.brand_named("brand", brand))


def _programme(request: HttpRequest, brand: Brand) -> HttpResponse:
    context = {
        "brand": brand,
        "programme": shows.programme(brand),
        "has_podcast": bool(replays.podcast_files(brand, at_most=1)),
        "categories": goods_pages.top_categories(brand),
        **show_page.brand_urls(request, brand),
        "zone": brand.time_zone,
    }
    return render(request, "programme/programme.html", context)


@never_cache  # the page carries the viewer's token
@require_safe
@permissions.public
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve one show: before, during and after. Staff see their unpublished ones, too. A person who
    may not watch it gets its entrance."""
    try:
        page = show_page.public_page(request, slug)
    except NotFound:
        brands = staff_access.roles_of(request.user)
        if not brands:
            raise
        page = show_page.draw(request, shows.find(slug, brands))
    speak(request, page.language)
    is_new = not request.user.is_authenticated and guests.read(request) is None
    try:
        claims = accounts.viewer_claims(request, page.brand)
    except RateLimited:  # an open show is watched without a token; the page asks for one by and by
        claims = None
    if not page.may_be_seen_by(claims):
        page = show_page.public_page(request, slug, is_entrance=True)
    drawn = page.for_nobody() if claims is None else page.for_viewer(claims, is_new=is_new)
    return with_payments(HttpResponse(drawn), page.payments)


@require_safe
@permissions.public
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve the show as a calendar entry."""
    found = shows.find_announced(slug, staff_access.roles_of(request.user))
    if found.starts_at is None:
        raise NotFound(_("This show has no time yet."))
    url = settings.SHOWFLOOR.site_url + reverse("show", args=[slug])
    return HttpResponse(
        calendar_file.calendar(found, url),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}.ics"'},
    )
