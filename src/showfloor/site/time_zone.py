"""The time zone of the back office, whose tables hold rows of all brands of a person."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from showfloor.accounts import staff_access, time_zones

_BACK_OFFICE = "/admin/"


class BackOfficeTimeZoneMiddleware:
    """Sets the zone that the person's brands share, else the installation's; times name it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_BACK_OFFICE):
            return self._get_response(request)
        zones = staff_access.brands_of(request.user).values_list("time_zone", flat=True)
        with timezone.override(time_zones.shared(set(zones))):
            return self._get_response(request)
