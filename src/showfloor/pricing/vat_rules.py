"""The European rules of VAT that need no I/O: which countries are one area, what a VAT number looks
like, and when a sale to a business is free of tax."""

from dataclasses import dataclass
from typing import Final

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from showfloor.pricing.rules import Exemption

EU: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip
NUMBER_CHARS_MAX: Final = 20
# A VAT number begins with its country, but for Greece; Northern Ireland has numbers of its own.
_PREFIX_OF_COUNTRY: Final = {"GR": "EL"}
_COUNTRY_OF_PREFIX: Final = {"EL": "GR", "XI": "XI"}


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


def exemption_of(seller_country: str, destination: str, number_country: str) -> Exemption | None:
    """Return the reason for which a business with a checked VAT number owes the seller no tax.

    Directive 2006/112/EC, Art. 138 (1): the goods go from one member state to another, and the
    buyer has a VAT number of a member state other than the one they leave. A domestic sale always
    bears tax; Northern Ireland counts as a member state for goods.
    """
    area = EU | {"XI"}
    crosses = destination in area and destination != seller_country
    if seller_country in EU and crosses and number_country in area - {seller_country}:
        return Exemption.REVERSE_CHARGE
    return None
