"""Sends the guest's cookie with the answer to whichever view first needed to know the guest."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from showfloor.accounts import guests


class GuestCookieMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        guest = getattr(request, "guest", None)
        if isinstance(guest, guests.Guest):
            guests.set_cookie(response, guest)
        return response
