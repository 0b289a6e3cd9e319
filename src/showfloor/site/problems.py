"""Errors at the door: problem details for the API, pages for people."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from showfloor.accounts import rules
from showfloor.kernel.disk_full import is_disk_full
from showfloor.kernel.errors import (
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    RateLimited,
    ShowfloorError,
    SoldOut,
    Unavailable,
)
from showfloor.kernel.problems import CONTENT_TYPE, problem

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
    """The problem with its sentence in the reader's language; the kernel's own are English."""
    body = problem(error)
    if isinstance(error, SoldOut):
        left = ngettext("Only %(count)d left.", "Only %(count)d left.", error.available)
        body["detail"] = left % {"count": error.available} if error.available else _("Sold out.")
    return body


def add_handlers(api: NinjaAPI) -> None:
    """Every error of the API leaves as `application/problem+json`."""

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

    @api.exception_handler(HttpError)
    def other(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem_response(Invalid(error.message, code="bad-request"), error.status_code)

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("api_failed path=%s", request.path, exc_info=error)
        if is_disk_full(error):
            return problem_response(disk_full())
        return server_problem()


def field_name(loc: tuple[str | int, ...]) -> str:
    """pydantic's `("body", "body", "address", "city")` as `address.city`: the place and the
    parameter that holds the body are ours, the rest is the caller's."""
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


def server_problem() -> JsonResponse:
    error = ShowfloorError(_("Something broke on our side. It is safe to try again."))
    return problem_response(error)


class ProblemPagesMiddleware:
    """Turns the errors of a page's view into a page that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, ShowfloorError):
            return None
        if request.path.startswith(API_PREFIX):
            return problem_response(error)
        if isinstance(error, NotSignedIn):
            return redirect_to_login(request.get_full_path())
        return page(request, error)


def page(request: HttpRequest, error: ShowfloorError) -> HttpResponse:
    template = {403: "403.html", 404: "404.html"}.get(error.status, "problem.html")
    return render(request, template, {"problem": _described(error)}, status=error.status)


@rules.public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = NotFound(_("There is no such page here."))
    return problem_response(error) if _is_api(request) else page(request, error)


@rules.public
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = Forbidden(_("You can't open this with the account you are signed in with."))
    return problem_response(error) if _is_api(request) else page(request, error)


@rules.public
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF middleware refused a form."""
    error = Forbidden(
        _("This form is too old. Go back, load the page again and resend it."), code="csrf"
    )
    return problem_response(error) if _is_api(request) else page(request, error)


@rules.public
def too_many(request: HttpRequest) -> HttpResponse:
    """A rate limit of the account pages is used up."""
    error = RateLimited(
        _("You have tried this too often. Wait a few minutes and try again."), retry_after_s=60
    )
    return page(request, error)


@rules.public
def broken(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Django's own handler has logged the exception. The page asks nothing of what may be broken:
    no database, no session, no front end."""
    if _is_api(request):
        return server_problem()
    return HttpResponse(get_template("500.html").render(), status=500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)
