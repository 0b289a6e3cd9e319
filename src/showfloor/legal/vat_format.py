"""The form of VAT numbers, without I/O; whether a number exists is asked of a register."""

import re
from dataclasses import dataclass
from typing import Final

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

NUMBER_CHARS_MAX: Final = 20
# A VAT number begins with its country, but for Greece; Northern Ireland has numbers of its own.
_PREFIX_OF_COUNTRY: Final = {"GR": "EL"}
_COUNTRY_OF_PREFIX: Final = {"EL": "GR", "XI": "XI"}
_OF_EU: Final = frozenset(code.upper() for code in vat.MEMBER_STATES) | {"EL"}
_OUTSIDE: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{2,18}")


class NotAVatNumber(ValueError):
    """The text is no VAT number of a member state."""


@dataclass(frozen=True, slots=True)
class RegisterNumber:
    """A VAT number as registers write it: `prefix` `DE`, `rest` `136695976`."""

    prefix: str
    rest: str

    @property
    def country(self) -> str:
        """Return the country's ISO code."""
        return _COUNTRY_OF_PREFIX.get(self.prefix, self.prefix)

    @property
    def text(self) -> str:
        return self.prefix + self.rest


def read_number(text: str, country: str = "") -> RegisterNumber:
    """Return a VAT number from what a person typed, with or without its country's letters;
    NotAVatNumber. `country`: the buyer's, for a number without letters."""
    given = text.strip()
    if not 0 < len(given) <= NUMBER_CHARS_MAX * 2:
        raise NotAVatNumber(text)
    prefix = _PREFIX_OF_COUNTRY.get(country, country)
    for candidate in (given, prefix + given) if prefix else (given,):
        try:
            found = vat.validate(candidate)
        except ValidationError:
            continue
        return RegisterNumber(found[:2], found[2:])
    raise NotAVatNumber(text)


def read_own(text: str) -> str:
    """Return a seller's own VAT number as invoices name it; NotAVatNumber. The check digits of
    countries outside the EU are not known here."""
    given = re.sub(r"[\s.-]", "", text).upper()
    try:
        return read_number(given).text
    except NotAVatNumber:
        if given[:2] in _OF_EU or not _OUTSIDE.fullmatch(given):
            raise
    return given
