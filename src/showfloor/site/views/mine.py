"""*Mine*: what a person has at a brand, for guests, who are known by their cookie, as well as for
members."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from showfloor.accounts import mine as registry
from showfloor.accounts import permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.site import show_page
from showfloor.site.personal_pages import personal_page, requested_brand


@never_cache
@require_http_methods(["GET", "POST"])
@permissions.public
def mine(request: HttpRequest, brand: str = "") -> HttpResponse:
    """List what the person of this browser has, by section; a form of the page does an act."""
    shown, now = requested_brand(request, brand), utc_now()
    subject = accounts.viewer_claims(request, shown).sub
    if request.method == "POST":
        _act(request, shown, subject)
        return redirect(show_page.mine_url(request, shown))
    parts = [
        {"section": one, "rows": rows}
        for one in registry.sections()
        if (rows := one.rows(shown, subject, now))
    ]
    return personal_page(request, shown, "mine.html", {
        "parts": parts, "server_now_ms": to_epoch_ms(now),
        "sign_in_url": f"{reverse('account_login')}?next={request.path}",
    })  # fmt: skip


def _act(request: HttpRequest, brand: Brand, subject: str) -> None:
    section = registry.named(request.POST.get("section", ""))
    act, ref = request.POST.get("act", ""), request.POST.get("ref", "")
    try:
        messages.success(request, section.do(brand, subject, act, ref, utc_now()))
    except ShowfloorError as error:
        messages.error(request, str(error.message))
