"""The content security policy is relaxed below /admin/, and on pages where somebody pays through
Stripe, whose fields are pages of its own; nowhere else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.csp import CSP

from showfloor.site.backoffice import POLICY, PREFIX

# https://docs.stripe.com/security/guide#content-security-policy
_STRIPE_JS = ("https://js.stripe.com", "https://*.js.stripe.com")
STRIPE = {
    "script-src": [CSP.SELF, *_STRIPE_JS],
    "frame-src": [*_STRIPE_JS, "https://hooks.stripe.com"],
    "connect-src": [CSP.SELF, "https://api.stripe.com", *settings.SHOWFLOOR.edge_urls],
}


def with_payments(response: HttpResponse, provider: str) -> HttpResponse:
    """Let a page load what its brand's payment provider needs, by the provider's name."""
    if provider == "stripe":
        response._csp_config = {**settings.SECURE_CSP, **STRIPE}  # type: ignore[attr-defined]
    return response


class BackOfficePolicyMiddleware:
    """Stands inside Django's policy middleware, which asks the response for its own policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if request.path.startswith(PREFIX) and not hasattr(response, "_csp_config"):
            response._csp_config = POLICY  # type: ignore[attr-defined]
        return response
