"""Guests: someone without an account, known again by a signed first-party cookie for a year."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from showfloor.accounts.subjects import Subject
from showfloor.kernel.ids import is_id, new_id

COOKIE = "sf_guest"
_SALT = "showfloor.guest"
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Guest:
    id: str
    name: str = ""

    @property
    def subject(self) -> Subject:
        return Subject.guest(self.id)


def read(request: HttpRequest) -> Guest | None:
    """The guest that a cookie of ours names; None when there is none or someone made it up."""
    remembered = getattr(request, "guest", None)
    if isinstance(remembered, Guest):
        return remembered
    try:
        value = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_YEAR_S)
    except signing.BadSignature:
        return None
    return Guest(value["id"], value["name"]) if is_id(value["id"]) else None


def remember(request: HttpRequest, guest: Guest) -> None:
    """Send the guest's cookie with this request's answer (`accounts.middleware` does it)."""
    request.guest = guest  # type: ignore[attr-defined]


def known(request: HttpRequest) -> Guest:
    """The request's guest, made and remembered if new."""
    guest = read(request)
    if guest is None:
        guest = Guest(new_id())
        remember(request, guest)
    return guest


def set_cookie(response: HttpResponse, guest: Guest) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps({"id": guest.id, "name": guest.name}, salt=_SALT),
        max_age=_YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
