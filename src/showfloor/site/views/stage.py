"""The page of a guest on stage: the green room behind her link."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from showfloor.accounts import languages, permissions
from showfloor.kernel.errors import Conflict
from showfloor.site.language import speak
from showfloor.site.views.studio import ice_servers
from showfloor.stage import consent, queries, rules, services
from showfloor.stage.models import StageGuest


@never_cache
@require_safe
@permissions.signed("the key of a guest's link, in the address")
def guest(request: HttpRequest, key: str) -> HttpResponse:
    """Serve the green room; `<sf-green-room>` makes it work. A link that is over says why."""
    found = queries.by_link(key)
    brand = found.show.brand
    speak(request, languages.spoken(languages.asked_for(request), brand.language))
    context: dict[str, Any] = {"brand": brand, "show": found.show, "stage_data": _data(found, key)}
    response = render(request, "shows/stage.html", context)
    # Somebody else's device would take the place of the one that the link is for.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Permissions-Policy"] = "camera=(self), microphone=(self)"
    return response


def _data(found: StageGuest, key: str) -> dict[str, Any]:
    problem = _problem_of(found)
    return {
        "key": key,
        "slug": found.show.slug,
        "title": found.show.title,
        "brand": found.show.brand.name,
        "guest": queries.for_guest(found),
        "consent": {
            "version": rules.CONSENT_VERSION,
            "words": list(consent.words(found.show.brand)),
        },
        "problem": problem,
        # A pass of the TURN server is for people who come in.
        "iceServers": [] if problem else ice_servers(),
    }


def _problem_of(found: StageGuest) -> str:
    """Return why the link opens nothing any more, in words; empty while it does."""
    try:
        services.check_link(found)
    except Conflict as over:
        return over.message
    return ""
