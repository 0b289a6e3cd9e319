"""The form of a product's page that lets somebody wait for what is sold out, without a script."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from showfloor.accounts import network_quota, permissions
from showfloor.accounts import services as accounts
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.site import show_page
from showfloor.waitlists import mine_section, services
from showfloor.waitlists.commands import EMAIL_CHARS_MAX, SKU_CHARS_MAX
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
        asked = JoinRequest(
            claims.sub, sku, email=email, language=get_language() or "",
            network=network_quota.share_of(claims),
        )  # fmt: skip
        made = services.join(found, asked, utc_now())
        messages.success(request, f"{made['name']}: {mine_section.place_words(made['place'])}")
    except ShowfloorError as error:
        messages.error(request, str(error.message))
    return redirect(show_page.mine_url(request, found))
