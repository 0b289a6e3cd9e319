"""Reads and writes amounts as people and files do: `24.90`, `1.234,50 €`, `EUR 1'234.50`.

An amount that can be read in two ways is never guessed: `1,500` is a thousand to one reader and
three decimals to another. The reader's decimal sign decides where it is known (a form's language, a
file's setting); otherwise the amount is refused with both readings.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_symbol, get_decimal_symbol
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.kernel.money import Money, exponent

type DecimalSign = Literal[".", ","]

DECIMAL_SIGNS: Final[dict[str, DecimalSign]] = {"point": ".", "comma": ","}
AMOUNT_MAX: Final = 10**12  # minor units of anything that is sold or sent
_TEXT_CHARS_MAX: Final = 60
_MARKS: Final = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "’": "'",
        "\u2212": "-",
        "\u200e": "",
        "\u200f": "",
    }
)
_AMOUNT: Final = re.compile(
    r"(?P<before>[^\d\s.,'-]{0,8})\s*(?P<number>-?\d[\d.,' ]*?)(?:[.,][-–—]{1,2})?"
    r"\s*(?P<after>[^\d\s.,'-]{0,8})"
)  # fmt: skip
_GROUP = 3


class NotAnAmount(ValueError):
    """The text is no amount of the currency."""


class TwoReadings(NotAnAmount):
    """The text can be read in two ways; both in plain digits."""

    def __init__(self, text: str, larger: str, smaller: str) -> None:
        super().__init__(f"{text!r} is {larger} or {smaller}")
        self.larger = larger
        self.smaller = smaller


class TooManyDecimals(NotAnAmount):
    """The currency has no such small unit."""


def decimal_sign(language: str | None) -> DecimalSign:
    """Return the decimal sign of a language."""
    try:
        symbol = get_decimal_symbol(Locale.parse(language or "en", sep="-"))
    except (UnknownLocaleError, ValueError):
        return "."
    return "," if symbol == "," else "."


def read_money(text: str, currency: str, sign: DecimalSign | None) -> Money:
    """Money of `currency` from a text that may name it; NotAnAmount.

    `sign`: the writer's decimal sign, None when it is not known.
    """
    number, unit = split(text)
    if unit and unit not in _names(currency):
        raise NotAnAmount(f"{text!r} is not in {currency}")
    return Money(_minor_units(number, currency, sign), currency)


def split(text: str) -> tuple[str, str]:
    """Return the number of a text and the code or symbol beside it; NotAnAmount."""
    plain = "".join(map(_ascii_digit, text.translate(_MARKS))).strip()
    found = _AMOUNT.fullmatch(plain) if len(plain) <= _TEXT_CHARS_MAX else None
    if found is None or (found["before"] and found["after"]):
        raise NotAnAmount(f"{text[:_TEXT_CHARS_MAX]!r} is not an amount")
    return found["number"].strip(), (found["before"] or found["after"]).strip().upper()


def written(amount: int, currency: str, sign: DecimalSign) -> str:
    """An amount for a form: `24,90` where the comma is the decimal sign. Never with thousands."""
    return Money(amount, currency).decimal.replace(".", sign)


def localised(amount: int, currency: str) -> str:
    """Return an amount for people, in the language of now: `€12.50` in English, `12,50 €` in
    German; one below nothing with the sign of a minus (U+2212)."""
    language = (get_language() or settings.LANGUAGE_CODE).replace("-", "_")
    text = str(format_currency(Money(amount, currency).decimal, currency, locale=language))
    return text.replace("-", "\u2212")


@lru_cache(maxsize=256)
def _names(currency: str) -> frozenset[str]:
    """Return the names of a currency beside a number: its code, its sign, its sign at home."""
    symbols = {currency}
    for locale in ("en", "de", f"en_{currency[:2]}"):  # a code begins with its country's
        try:
            symbols.add(get_currency_symbol(currency, locale).upper())
        except (UnknownLocaleError, ValueError):
            continue
    return frozenset(symbols)


def _minor_units(number: str, currency: str, sign: DecimalSign | None) -> int:
    negative, body = number.startswith("-"), number.removeprefix("-").replace(" ", "'")
    whole, decimals = _parts(body, currency, sign)
    digits = exponent(currency)
    kept, rest = decimals[:digits], decimals[digits:]
    if rest.strip("0"):
        raise TooManyDecimals(f"{number!r} has more decimals than {currency}")
    amount = int(whole + kept.ljust(digits, "0"))
    return -amount if negative else amount


def _parts(body: str, currency: str, sign: DecimalSign | None) -> tuple[str, str]:
    """The digits before and after the decimal sign."""
    marks = [char for char in body if not char.isdigit()]
    if not marks:
        return body, ""
    last = marks[-1]
    head, _mark, tail = body.rpartition(last)
    if len(set(marks)) == 1 and (len(marks) > 1 or last == "'"):
        return _ungrouped(body, last), ""
    if len(marks) == 1:
        return _around_one(body, head, tail, currency, sign)
    others = set(marks[:-1])
    if last == "'" or last in others or len(others) != 1:
        raise NotAnAmount(f"{body!r} is not a number")
    return _ungrouped(head, others.pop()), tail


def _around_one(
    body: str, head: str, tail: str, currency: str, sign: DecimalSign | None
) -> tuple[str, str]:
    """The parts of a number with one point or comma, which may stand for either."""
    groups = len(tail) == _GROUP and 1 <= len(head) <= _GROUP and not head.startswith("0")
    if not groups:
        return head, tail
    mark = body[len(head)]
    if sign is not None and mark != sign:
        return head + tail, ""  # thousands, to this writer
    if sign is not None and exponent(currency) == _GROUP:
        return head, tail
    raise TwoReadings(body, head + tail, f"{head}.{tail}".rstrip("0").rstrip("."))


def _ungrouped(text: str, mark: str) -> str:
    """The digits of a number with thousands (in India also hundreds of them) set apart."""
    first, *others = text.split(mark)
    middle = {len(group) for group in others[:-1]}
    even = middle <= {_GROUP} or (mark == "," and middle == {2})
    if not (1 <= len(first) <= _GROUP and len(others[-1]) == _GROUP and even):
        raise NotAnAmount(f"{text!r} is not a number")
    return "".join([first, *others])


def _ascii_digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def amount_error(
    text: str, currency: str, error: NotAnAmount | None, *, too_large: bool = False
) -> str:
    """Return in words what is wrong with a text that should be an amount."""
    if isinstance(error, TwoReadings):
        return _(
            "“%(text)s” can be read in two ways: %(larger)s or %(smaller)s."
            " Write it without a mark for thousands."
        ) % {"text": text[:40], "larger": error.larger, "smaller": error.smaller}
    if too_large:
        return _("That is more than an amount can be.")
    example = written(2490 if exponent(currency) else 24, currency, decimal_sign(get_language()))
    return _("Write an amount of %(currency)s like %(example)s.") % {
        "currency": currency, "example": example,
    }  # fmt: skip
