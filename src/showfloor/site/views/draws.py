"""The page of a draw: how it was made, its check in the browser, and the winner's claim."""

from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.giveaways import beacon, drawing, links, queries, verify_draw
from showfloor.giveaways.models import Giveaway, Prize
from showfloor.giveaways.rules import PrizeClaim
from showfloor.kernel.errors import NotFound, ShowfloorError
from showfloor.site.personal_pages import personal_page

_VERIFIER: Final = Path(verify_draw.__file__)
_FIELDS: Final = ("name", "address", "email")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permissions.public
def draw(request: HttpRequest, giveaway_id: str) -> HttpResponse:
    """Show a draw to everybody; to its winner, by the session or by the link of the mail, the form
    to claim the prize."""
    giveaway = queries.find_public(giveaway_id)
    claims = accounts.viewer_claims(request, giveaway.show.brand)
    signed = request.GET.get("prize", "")
    prize = links.read(giveaway.pk, signed) or queries.offered_to(giveaway, claims.sub)
    given = PrizeClaim(**{name: request.POST.get(name, "") for name in _FIELDS})
    error: ShowfloorError | None = None
    if request.method == "POST":
        try:
            _settle(request, giveaway, prize, given)
            return redirect(request.get_full_path())
        except ShowfloorError as refused:
            error = refused
    entry = queries.entry_of(giveaway, claims.sub)
    context = {
        **_facts(giveaway), "prize": prize, "entry": entry, "given": given, "error": error,
    }  # fmt: skip
    return personal_page(
        request, giveaway.show.brand, "shows/draw.html", context, error.status if error else 200
    )


def _settle(
    request: HttpRequest, giveaway: Giveaway, prize: Prize | None, given: PrizeClaim
) -> None:
    if prize is None:
        raise NotFound(_("There is no such prize."))
    if request.POST.get("act") == "decline":
        drawing.decline(giveaway, prize.pk)
    else:
        drawing.claim(giveaway, prize.pk, given)


def _facts(giveaway: Giveaway) -> dict[str, Any]:
    result = queries.drawn_entry(giveaway)
    return {
        "giveaway": giveaway, "show": giveaway.show, "drawn": result and result["body"],
        "randomness": verify_draw.beacon_of(bytes.fromhex(giveaway.signature)).hex(),
        "chain": beacon.CHAIN,
        "round_at": beacon.time_of(giveaway.round) if giveaway.round else None,
    }  # fmt: skip


@require_safe
@permissions.public
def verifier(_request: HttpRequest) -> HttpResponse:
    """Serve the verifier: the file that the server draws with."""
    answer = HttpResponse(_VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verify_draw.py"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
