"""The answers to errors: problem details for the API, pages for people."""

import base64
import hashlib
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.csp import CSP
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import defaults
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from showfloor.accounts import languages, permissions
from showfloor.accounts.languages import override_language
from showfloor.checkout.rules import sold_out_sentence
from showfloor.kernel.disk_full import is_disk_full
from showfloor.kernel.errors import (
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    RateLimited,
    ShowfloorError,
    SoldOut,
    TooLarge,
    Unavailable,
)
from showfloor.kernel.problems import CONTENT_TYPE, REFUSAL, problem

log = logging.getLogger(__name__)

API_PREFIX = "/api/"
_PLACES = {"body", "query", "path", "header", "cookie", "form", "file"}


def problem_response(error: ShowfloorError, status: int | None = None) -> JsonResponse:
    body = _described(error)
    body["status"] = status or error.status
    response = JsonResponse(body, status=body["status"], content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return response


def _described(error: ShowfloorError) -> dict[str, Any]:
    """Return the problem with its sentence in the reader's language; the kernel's are English."""
    body = problem(error)
    if isinstance(error, SoldOut):
        body["detail"] = sold_out_sentence(error.available)
    if isinstance(error, TooLarge) and "bytes_max" in error.more:
        most = _("That is too large: at most %(kilobytes)d kB can be sent here.")
        body["detail"] = most % {"kilobytes": error.more["bytes_max"] // 1024}
    return body


def add_handlers(api: NinjaAPI) -> None:
    """Make every error of the API an `application/problem+json`."""

    @api.exception_handler(ShowfloorError)
    def refused(_request: HttpRequest, error: ShowfloorError) -> HttpResponse:
        return problem_response(error)

    @api.exception_handler(ValidationError)
    def malformed(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0]
        return problem_response(Invalid(first["msg"], field=field_name(first["loc"])))

    @api.exception_handler(Http404)
    def missing(_request: HttpRequest, _error: Http404) -> HttpResponse:
        return problem_response(NotFound(_("There is no such thing here.")))

    @api.exception_handler(RequestDataTooBig)
    def too_large(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return problem_response(form_too_large())

    @api.exception_handler(HttpError)
    def other(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem_response(Invalid(error.message, code="bad-request"), error.status_code)

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        if _is_nul(error):
            return problem_response(_unreadable(), HTTPStatus.BAD_REQUEST)
        log.error("api_failed path=%s", request.path, exc_info=error)
        if is_disk_full(error):
            return problem_response(disk_full())
        return server_problem()


def field_name(loc: tuple[str | int, ...]) -> str:
    """Return pydantic's `("body", "body", "address", "city")` as `address.city`: the place and the
    parameter of the body are ours, the rest is the caller's."""
    parts = [str(part) for part in loc]
    if parts and parts[0] in _PLACES:
        body = parts[0] in {"body", "form"}
        parts = parts[2:] if body and len(parts) > 2 else parts[1:]
    return ".".join(parts)


def disk_full() -> Unavailable:
    return Unavailable(
        _("Nothing was changed: the disk of this server is full. Its operator must make room."),
        code="disk-full",
    )


def form_too_large() -> TooLarge:
    """Answer a form with more fields or bytes than Django takes."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return TooLarge("That is too large.", more={"bytes_max": most})


def server_problem() -> JsonResponse:
    error = ShowfloorError(_("Something broke on our side. It is safe to try again."))
    return problem_response(error)


class ProblemPagesMiddleware:
    """Turns the errors of a page's view into a page that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refusal = request.META.get("asgi.scope", {}).get(REFUSAL)
        if isinstance(refusal, ShowfloorError):
            refusal.message = _(refusal.message)
            return _answered(request, refusal)
        response = self._get_response(request)
        if _is_api(request) and isinstance(response, HttpResponseNotAllowed):
            return _not_allowed(response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if _is_nul(error):
            error = _unreadable()
        return _answered(request, error) if isinstance(error, ShowfloorError) else None


def _is_nul(error: Exception) -> bool:
    """Return whether an address or a field had the character NUL, which PostgreSQL takes nowhere:
    so nothing was asked or written."""
    return isinstance(error, DataError) and "NUL (0x00)" in str(error)


def _unreadable() -> Invalid:
    return Invalid(_("This request cannot be read."), code="bad-request")


def _answered(request: HttpRequest, error: ShowfloorError) -> HttpResponse:
    if _is_api(request):
        return problem_response(error)
    if isinstance(error, NotSignedIn):
        return redirect_to_login(request.get_full_path())
    return page(request, error)


def _not_allowed(plain: HttpResponse) -> HttpResponse:
    """Answer the API's 405, for which ninja has text only."""
    error = ShowfloorError(
        _("Only %(methods)s is taken here.") % {"methods": plain["Allow"]},
        code="method-not-allowed",
    )
    response = problem_response(error, HTTPStatus.METHOD_NOT_ALLOWED)
    response["Allow"] = plain["Allow"]
    return response


def page(request: HttpRequest, error: ShowfloorError) -> HttpResponse:
    template = {403: "403.html", 404: "404.html"}.get(error.status, "problem.html")
    return render(request, template, {"problem": _described(error)}, status=error.status)


@permissions.public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = NotFound(_("There is no such page here."))
    return problem_response(error) if _is_api(request) else page(request, error)


@permissions.public
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = Forbidden(_("You can't open this with the account you are signed in with."))
    return problem_response(error) if _is_api(request) else page(request, error)


@permissions.public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that Django's CSRF middleware rejected."""
    error = Forbidden(
        _("This form is too old. Go back, load the page again and resend it."), code="csrf"
    )
    return problem_response(error) if _is_api(request) else page(request, error)


@permissions.public
def too_many(request: HttpRequest) -> HttpResponse:
    """Answer a request beyond a rate limit of the account pages."""
    error = RateLimited(
        _("You have tried this too often. Wait a few minutes and try again."), retry_after_s=60
    )
    return page(request, error)


@permissions.public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to read."""
    if isinstance(exception, RequestDataTooBig):
        return _answered(request, form_too_large())
    if _is_api(request):
        return problem_response(_unreadable(), HTTPStatus.BAD_REQUEST)
    return defaults.bad_request(request, exception)  # also for a host that no page is made for


@permissions.public
def broken(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Answer an unexpected exception, which Django's own handler has logged. The page uses nothing
    that may be broken: no database, no session, no front end; its styles stand in it."""
    if _is_api(request):
        return server_problem()
    with override_language(get_language() or settings.LANGUAGE_CODE) as speak:
        speak(languages.asked_for(request))
        text = get_template("500.html").render()
    response = HttpResponse(text, status=500)
    response._csp_config = _own_styles(text)  # type: ignore[attr-defined]
    return response


def _own_styles(page: str) -> dict[str, list[str]]:
    """Return a policy that lets a page have the styles that stand in it, and nothing else."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {"default-src": [CSP.NONE], "style-src": [f"'sha256-{digest}'"]}


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)
