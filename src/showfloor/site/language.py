"""The language of a page: the browser's if we speak it, else the brand's own."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from showfloor.accounts import languages, permissions
from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.kernel.errors import NotFound

_API = "/api/"  # a page asks the API in the page's own language
_SHOW = "show"  # the page is kept by language; its view knows the show's brand


class BrandLanguageMiddleware:
    """Stands after Django's, which falls back to the installation's language. A browser with a
    language of ours costs nothing here; the others, and search engines, cost a look-up of the
    brand."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, Any]
    ) -> None:
        match = request.resolver_match
        if request.path.startswith(_API) or (match is not None and match.url_name == _SHOW):
            return
        if not languages.asked_for(request):
            brand = _brand_of(request, kwargs.get("brand"))
            if brand is not None:
                speak(request, languages.spoken(brand.language, ""))


def speak(request: HttpRequest, language: str) -> None:
    """Answer the rest of this request in `language`."""
    translation.activate(language)
    request.LANGUAGE_CODE = language


def _brand_of(request: HttpRequest, slug: str | None) -> Brand | None:
    if slug is None:
        return accounts.brand_of_host(request.get_host())
    try:
        return permissions.brand_named("brand", slug)
    except NotFound:
        return None
