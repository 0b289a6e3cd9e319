"""The test cards: what their numbers make the provider do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Behaviour(StrEnum):
    OK = "ok"
    DECLINED = "declined"
    TWICE = "twice"  # the webhook comes twice
    LATE = "late"  # captured and told after 20 s
    NEVER = "never"  # authorised, never captured
    LOST = "lost"  # captured, but the webhook is lost


CARDS = {
    "4242424242424242": Behaviour.OK,
    "4000000000000002": Behaviour.DECLINED,
    "4000000000000259": Behaviour.TWICE,
    "4000000000000341": Behaviour.LATE,
    "4000000000009995": Behaviour.NEVER,
    "4000000000009979": Behaviour.LOST,
}


class BadCard(ValueError):
    """The typed text is no card; `field` says where, `message` why, in the reader's language."""

    def __init__(self, field: str, message: str | Promise) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Card:
    """A card that was read: of its number the last four digits are kept."""

    behaviour: Behaviour
    last4: str
    exp_month: int
    exp_year: int


def read(typed: Any, now: datetime) -> Card:
    """The card of `{number, exp: "MM/YY", cvc}`; BadCard."""
    if not isinstance(typed, dict):
        raise BadCard("number", _("Enter a card number."))
    number = _digits(typed.get("number"))
    if number not in CARDS:
        raise BadCard("number", _("This is no test card. Try 4242 4242 4242 4242."))
    month, year = _expiry(typed.get("exp"))
    if (2000 + year, month) < (now.year, now.month):
        raise BadCard("exp", _("This card has expired."))
    if len(_digits(typed.get("cvc"))) not in {3, 4}:
        raise BadCard("cvc", _("Enter the three digits of the back."))
    return Card(CARDS[number], number[-4:], month, 2000 + year)


def _expiry(typed: Any) -> tuple[int, int]:
    digits = _digits(typed, also="/ ")
    if len(digits) == 4 and 1 <= int(digits[:2]) <= 12:
        return int(digits[:2]), int(digits[2:])
    raise BadCard("exp", _("Enter the expiry date as MM/YY."))


def _digits(typed: Any, also: str = " ") -> str:
    """The ASCII digits of what was typed; empty when there is anything else in it."""
    if not isinstance(typed, str) or len(typed) > 40:
        return ""
    plain = "".join(char for char in typed if char not in also)
    return plain if plain.isascii() and plain.isdigit() else ""
