"""Texts that a brand begins from. They are no legal advice, and say so in a gap that has to be
taken out before anything can be published. Gaps that the seller's details answer are filled in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from showfloor.legal.models import SellerProfile

_FOLDER = Path(__file__).parent
OTHERWISE = "en"
# A gap in the words of the templates, and the names of what fills it, one part after the other.
_FILLED_BY: Final[Mapping[str, str]] = {
    "Name of the company and its legal form": "company",
    "Street and number": "street", "Postal code, city, country": "place",
    "e-mail address": "email", "telephone number": "phone",
    "names of the managing directors": "managed_by",
    "commercial register and number": "registration", "VAT number": "vat_number",
    "name and address of the company": "company street place",
    "name, address and e-mail address of the company": "company street place email",
    "Name, address and e-mail address of the company": "company street place email",
    "name, address, telephone number and e-mail address of the company":
        "company street place phone email",
    "Name und Rechtsform des Unternehmens": "company",
    "Straße und Hausnummer": "street", "Postleitzahl, Ort, Land": "place",
    "E-Mail-Adresse": "email", "Telefonnummer": "phone",
    "Namen der Geschäftsführung": "managed_by", "Handelsregister und Nummer": "registration",
    "USt-IdNr.": "vat_number",
    "Name und Anschrift des Unternehmens": "company street place",
    "Name, Anschrift und E-Mail-Adresse des Unternehmens": "company street place email",
    "Name, Anschrift, Telefonnummer und E-Mail-Adresse des Unternehmens":
        "company street place phone email",
}  # fmt: skip


def starter(kind: str, language: str, seller: SellerProfile) -> str:
    """Return the template of a text in this language, else in English."""
    for code in (language, OTHERWISE):
        found = _FOLDER / code / f"{kind}.txt"
        if found.is_file():
            return _filled(found.read_text("utf-8"), seller)
    raise LookupError(kind)


def _filled(text: str, seller: SellerProfile) -> str:
    """Return the text with the gaps filled whose parts are all there."""
    known = {
        "company": seller.company, "email": seller.email, "phone": seller.phone,
        "street": ", ".join(filter(None, (seller.line1, seller.line2))),
        "place": " ".join((seller.postal_code, seller.city, seller.country))
        if seller.city and seller.country
        else "",
        "managed_by": seller.managed_by, "registration": seller.registration,
        "vat_number": seller.vat_number,
    }  # fmt: skip
    for gap, names in _FILLED_BY.items():
        parts = [known[name] for name in names.split()]
        if all(parts):
            text = text.replace(f"[[{gap}]]", ", ".join(parts))
    return text
