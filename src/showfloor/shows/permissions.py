"""The guard of reads that come with a session, with a viewer token, or with neither."""

from django.http import HttpRequest

from showfloor.accounts import permissions, staff_access
from showfloor.accounts.tokens import Claims
from showfloor.shows import queries, watching
from showfloor.shows.models import OpenTo, Show


def show_to_watch(request: HttpRequest, slug: str) -> Show:
    """Return the show at this address, if this request may see what is in it; NotFound, Forbidden,
    NotSignedIn. The token is read for shows alone that are not open to everyone."""
    staff_of = staff_access.roles_of(request.user)
    show = queries.find_announced(slug, staff_of)
    if show.open_to != OpenTo.EVERYONE and show.brand_id not in staff_of:
        watching.check(show, _bearer(request))
    return show


def _bearer(request: HttpRequest) -> Claims | None:
    return permissions.viewer_of(request) if "Authorization" in request.headers else None
