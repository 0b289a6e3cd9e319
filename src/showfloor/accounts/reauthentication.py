"""Asking people again who they are, before something that a stolen session must not do.

The password, a second factor, or a code by mail for who has neither: within the last five minutes
(`ACCOUNT_REAUTHENTICATION_TIMEOUT`) and in this session. Pages send them to allauth's pages for it
and go on afterwards; the API says `confirm-identity`.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.kernel.errors import Forbidden

CODE_LASTS_S = 600
GUESSES_MAX = 3  # at one code
_KEY = "showfloor_confirm_code"
_ALPHABET = "BCDFGHJKMPQRTVWXY346789"  # nothing that reads like something else, and no words
_CODE_CHARS = 8


@reauthentication_required  # type: ignore[untyped-decorator]
def ask_again(request: HttpRequest) -> None:
    """Do nothing for someone who has just said who they are. ReauthenticationRequired, which
    allauth's middleware turns into a redirect."""


def is_confirmed(request: HttpRequest) -> bool:
    try:
        ask_again(request)
    except ReauthenticationRequired:
        return False
    return True


def require_confirmed(request: HttpRequest) -> None:
    """The same for the API: Forbidden `confirm-identity`, with the page to go to."""
    if not is_confirmed(request):
        raise Forbidden(
            _("Confirm that it is you, then do it again."),
            code="confirm-identity",
            more={"confirm_url": reverse("account_reauthenticate")},
        )


def has_confirmed_lately(request: HttpRequest, user: User) -> bool:
    """Return whether the person of this session has confirmed who they are in the last minutes."""
    records = [
        record
        for record in get_authentication_records(request, user)
        if record.get("reauthenticated")
    ]
    latest = records[-1]["at"] if records else 0.0
    return bool(time.time() - latest < account_settings.REAUTHENTICATION_TIMEOUT)


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code that was sent for this session: only its hash is kept."""

    hashed: str
    sent_at: float
    guesses: int = 0

    def is_alive(self) -> bool:
        return self.guesses < GUESSES_MAX and time.time() - self.sent_at < CODE_LASTS_S


def new_code(request: HttpRequest) -> str:
    """A fresh code for this session, which replaces the one before."""
    code = "".join(secrets.choice(_ALPHABET) for _char in range(_CODE_CHARS))
    _keep(request, SentCode(make_password(code), time.time()))
    return f"{code[:4]}-{code[4:]}"


def sent_code(request: HttpRequest) -> SentCode | None:
    """The code that this session waits for; None when there is none that is good."""
    stored: dict[str, Any] | None = request.session.get(_KEY)
    code = SentCode(**stored) if stored else None
    return code if code is not None and code.is_alive() else None


def is_right_code(request: HttpRequest, text: str) -> bool:
    """Use a guess up; a right one ends the code."""
    code = sent_code(request)
    if code is None:
        return False
    typed = "".join(char for char in text.upper() if char in _ALPHABET)
    if check_password(typed, code.hashed):
        del request.session[_KEY]
        return True
    _keep(request, SentCode(code.hashed, code.sent_at, code.guesses + 1))
    return False


def _keep(request: HttpRequest, code: SentCode) -> None:
    request.session[_KEY] = {
        "hashed": code.hashed, "sent_at": code.sent_at, "guesses": code.guesses
    }  # fmt: skip
