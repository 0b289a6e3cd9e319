"""The host's studio: the page from which she goes live with her own camera."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.media import services as media
from showfloor.media.whip.ice_servers import IceServers
from showfloor.shows import queries
from showfloor.shows.models import Show
from showfloor.site import console_data, show_data
from showfloor.site.views.console import brand_of


@never_cache
@require_safe
@permissions.staff_page(Role.PRODUCER, Role.HOST)
def studio(request: StaffPageRequest, slug: str) -> HttpResponse:
    """Serve the studio of one show; `<sf-studio>` makes it work.

    The page carries the show's stream key, because a host publishes with it.
    """
    brand = brand_of(request)
    show = queries.find(slug, [brand.pk])
    get_token(request)  # the script sends it with every command
    context: dict[str, Any] = {
        "brand": brand,
        "show": show,
        "studio_data": {
            "show": show_data.snapshot(show),
            "report": console_data.console_report(show, accounts.network_of(request)),
            "target": _target(show),
        },
    }
    response = render(request, "console/studio.html", context)
    response["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(self)"
    return response


@require_POST
@permissions.staff_page(Role.PRODUCER, Role.HOST)
def uplink(request: StaffPageRequest, slug: str) -> HttpResponse:
    """Take bytes of any kind and keep none: the sender measures how long they take."""
    queries.find(slug, [brand_of(request).pk])
    _ = request.body
    return HttpResponse(status=204)


def _target(show: Show) -> dict[str, Any]:
    return {
        "url": f"/whip/{show.slug}",
        "key": media.stream_key(show.channel),
        "iceServers": ice_servers(),
    }


def ice_servers() -> list[dict[str, str]]:
    """Return the STUN and TURN servers of the installation, as `RTCPeerConnection` takes them."""
    own = settings.SHOWFLOOR
    return IceServers(own.ice_servers, own.turn_secret).for_browser()
