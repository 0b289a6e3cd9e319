"""The page behind the `type` of a problem detail (RFC 9457), for developers."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from showfloor.accounts import permissions

# The codes that stand for a whole class of answers; others are a closer word for one of them.
_MEANINGS: Final = {
    "invalid": _(
        "A field has a value that cannot be taken; `field` names it. Nothing was changed."
    ),
    "bad-request": _("The request cannot be read as it was sent. Nothing was changed."),
    "not-signed-in": _("The request came without a sign-in or token that is still good."),
    "forbidden": _("The person or token of the request may not do this."),
    "not-found": _("There is no such thing, or it is not for the eyes of the one who asks."),
    "method-not-allowed": _("The address is right and the method is not; `Allow` names those."),
    "conflict": _("What the request builds on has changed meanwhile. Load it again."),
    "sold-out": _("Fewer are left than were asked for; `available` says how many."),
    "too-large": _("The request is larger than what is taken; `bytes_max` says how large."),
    "rate-limited": _("Too much came at once. Try again after `retry_after_s` seconds."),
    "unavailable": _("Something that is needed does not answer. It is safe to try again."),
}


@permissions.public
def problem_type(request: HttpRequest, code: str) -> HttpResponse:
    context = {
        "title": code.replace("-", " ").replace("_", " ").capitalize(),
        "meaning": _MEANINGS.get(code, ""),
    }
    response = render(request, "problem_type.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
