"""Waiting without a script: the form on a product's page, and the page of an offer."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from showfloor.accounts import bans, network_quota, permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.email_addresses import EMAIL_CHARS_MAX
from showfloor.accounts.tokens import Claims
from showfloor.checkout import pay_page
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.models import ReservationState
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.errors import Forbidden, ShowfloorError
from showfloor.site import show_page
from showfloor.site.personal_pages import personal_page
from showfloor.waitlists import mine_section, offer_links, services
from showfloor.waitlists.commands import SKU_CHARS_MAX
from showfloor.waitlists.offer_links import Offer
from showfloor.waitlists.services import JoinRequest


@require_POST
@permissions.public
def wait(request: HttpRequest, brand: str) -> HttpResponse:
    """Put the person of this browser at the end of a queue, and show *Mine*."""
    found = permissions.brand_named("brand", brand)
    claims = accounts.viewer_claims(request, found)
    sku = request.POST.get("sku", "")[:SKU_CHARS_MAX]
    email = request.POST.get("email", "").strip()[: EMAIL_CHARS_MAX + 1]
    try:
        _check_no_ban(claims)
        asked = JoinRequest(
            claims.sub, sku, email=email, language=get_language() or "",
            network=network_quota.share_of(claims),
        )  # fmt: skip
        made = services.join(found, asked, utc_now())
        messages.success(request, f"{made['name']}: {mine_section.place_words(made['place'])}")
    except ShowfloorError as error:
        messages.error(request, str(error.message))
    return redirect(show_page.mine_url(request, found))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.signed("the offer's link")
def offer(request: HttpRequest, signed: str) -> HttpResponse:
    """Show what is kept for somebody who waited. A press puts it into the cart of this browser or
    passes it on: programs that look at a mail's links change nothing."""
    found, now = offer_links.read(signed), utc_now()
    if request.method == "POST":
        return _decide(request, found, now)
    return personal_page(request, found.wait.brand, "shows/offer.html", {
        "offer": found, "is_open": found.is_open(now), "server_now_ms": to_epoch_ms(now),
        "in_checkout": found.reservation.state == ReservationState.IN_CHECKOUT,
    })  # fmt: skip


def _decide(request: HttpRequest, found: Offer, now: datetime) -> HttpResponse:
    brand = found.wait.brand
    try:
        if request.POST.get("act") == "pass":
            reservations.release(brand.pk, found.wait.owner, found.reservation.pk, now)
            messages.success(request, _("It goes to whoever is next."))
            return redirect(request.path)
        claims = accounts.viewer_claims(request, brand)
        _check_no_ban(claims)
        services.bring_along(found, claims.sub, now)
    except ShowfloorError as error:
        messages.error(request, str(error.message))
        return redirect(request.path)
    return redirect(
        pay_page.path_of(brand, found.reservation) or show_page.mine_url(request, brand)
    )


def _check_no_ban(claims: Claims) -> None:
    if bans.is_banned(claims.brand, claims.sub, claims.network):
        raise Forbidden(_("You can't take part here."), code="banned")
