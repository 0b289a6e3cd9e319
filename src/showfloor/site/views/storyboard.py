"""The storyboard of a show: an index for our player, and its sheets."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from showfloor.accounts import permissions, staff_access
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import NotFound
from showfloor.media.signer import pass_signer
from showfloor.replays import storyboard
from showfloor.replays.storyboard import StoryboardIndex
from showfloor.shows import queries as shows
from showfloor.shows import watching
from showfloor.shows.models import OpenTo, Show

CACHE_S = 30  # a running show has three new pictures by then


@require_safe
@permissions.public
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve the moments of the pictures, and the addresses of their sheets."""
    show = _show(request, slug)
    board = _board(show)
    return _kept(show, JsonResponse({**board.as_json(), "sheets": _sheets(request, show, board)}))


@require_safe
@permissions.public
def thumbnails(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve the same of a replay as a WebVTT track, for players of others."""
    show = _show(request, slug)
    board = _board(show)
    track = storyboard.as_thumbnails(show, board, _sheets(request, show, board))
    if track is None:
        raise NotFound(_("There is no such address."))
    return _kept(show, HttpResponse(track, content_type="text/vtt; charset=utf-8"))


def _board(show: Show) -> StoryboardIndex:
    board = storyboard.load(show)
    if board is None:
        raise NotFound(_("There is no such address."))
    return board


def _sheets(request: HttpRequest, show: Show, board: StoryboardIndex) -> list[str]:
    query = f"?pass={given}" if (given := request.GET.get("pass")) else ""
    numbers = range(board.sheets)
    return [reverse("storyboard-sheet", args=[show.slug, number]) + query for number in numbers]


@require_safe
@permissions.public
def sheet(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    show = _show(request, slug)
    data = storyboard.sheet(show, number)
    if data is None:
        raise NotFound(_("There is no such address."))
    return _kept(show, HttpResponse(data, content_type="image/jpeg"))


def _show(request: HttpRequest, slug: str) -> Show:
    """Return the show, for people who may watch it. A show that is not open to everyone asks others
    than staff for `?pass=`, a viewing pass, because an image's address carries no token."""
    staff_of = staff_access.roles_of(request.user)
    show = shows.find_announced(slug, staff_of)
    is_theirs = show.open_to == OpenTo.EVERYONE or show.brand_id in staff_of
    given = request.GET.get("pass", "")
    if not is_theirs and pass_signer().left_s(given, show.pk, utc_now()) <= 0:
        raise watching.no_right(show.open_to)
    return show


def _kept(show: Show, response: HttpResponse) -> HttpResponse:
    is_open = show.open_to == OpenTo.EVERYONE and shows.is_public(show)
    response["Cache-Control"] = f"max-age={CACHE_S}" if is_open else "private, no-store"
    return response
