"""The content security policy is relaxed below /admin/, and nowhere else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from showfloor.site.backoffice import POLICY, PREFIX


class BackOfficePolicyMiddleware:
    """Stands inside Django's policy middleware, which asks the response for its own policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if request.path.startswith(PREFIX) and not hasattr(response, "_csp_config"):
            response._csp_config = POLICY  # type: ignore[attr-defined]
        return response
