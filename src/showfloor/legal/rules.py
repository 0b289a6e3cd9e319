"""Pure decisions about a brand's legal texts: which are required, and how a text is read.

Which texts: Directive 2000/31/EC Art. 5 (imprint), Regulation (EU) 2016/679 Art. 13 (privacy),
Directive 2011/83/EU Art. 6 (terms, withdrawal, delivery).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid

TEXT_CHARS_MAX = 60_000
WITHDRAWAL_DAYS_MIN = 14  # Directive 2011/83/EU Art. 9(1)
# The European Union, and the three other countries of the European Economic Area.
EUROPE = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO",
    )
)  # fmt: skip
# The loss of value of goods that come back, in the words of Directive 2011/83/EU Annex I (A).
_LOSS = re.compile(
    r"diminished value|loss (?:of|in) value|wertverlust|wertersatz|dépréciation|"
    r"diminution de (?:la )?valeur|disminución de(?:l)? valor|diminuzione del valore|"
    r"waardevermindering|zmniejsz\w+ wartości|depreciação|värdeminskning|minsk\w+ värde|"
    r"forringelse|arvon (?:alen|vähen)\w+|snížení hodnoty|znížen\w+ hodnoty|"
    r"zmanjšan\w+ vrednosti|umanjen\w+ vrijednosti|értékcsökkenés|diminuarea valorii|"
    r"μείωση της αξίας|μειωμένη\w* αξία|намален\w+ стойност|väärtuse vähenemi|"
    r"vērtības samazinā|vertės sumažėjim",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\[\[([^\]\n]{1,160})\]\]")


class Text(StrEnum):
    """The kinds of texts."""

    IMPRINT = "imprint"
    TERMS = "terms"
    PRIVACY = "privacy"
    WITHDRAWAL = "withdrawal"
    SHIPPING = "shipping"


class Seller(StrEnum):
    """The kinds of brands, by the people that they sell to."""

    CONSUMERS = "consumers"
    BUSINESSES = "businesses"
    NOBODY = "nobody"  # shows only


# The texts that stand for a purchase: their versions are frozen with a checkout.
OF_A_PURCHASE = (Text.TERMS, Text.WITHDRAWAL, Text.PRIVACY)
# A page elsewhere serves for these; the others have to be kept here, version by version.
ELSEWHERE = (Text.IMPRINT, Text.PRIVACY)


def says_loss(body: str) -> bool:
    """Return whether information on withdrawal says something of a loss of value."""
    return _LOSS.search(" ".join(body.split())) is not None


def required(country: str, seller: str) -> tuple[Text, ...]:
    """Return the texts that a brand needs before a show of it is public, in the order of footers.

    `country`: ISO 3166 code of the seller, empty when unknown: then the strictest rules hold.
    """
    if seller == Seller.NOBODY:
        return (Text.IMPRINT, Text.PRIVACY)
    if seller == Seller.BUSINESSES:
        return (Text.IMPRINT, Text.TERMS, Text.PRIVACY)
    if country and country not in EUROPE:
        return (Text.TERMS, Text.PRIVACY, Text.SHIPPING)
    return tuple(Text)


def missing(needed: Sequence[Text], there: Collection[str]) -> tuple[Text, ...]:
    return tuple(kind for kind in needed if kind not in there)


def placeholders(body: str) -> list[str]:
    """Return the gaps of a template, `[[name of the company]]`, that are not filled in yet."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(body)))


def check_publishable(body: str) -> str:
    """Return the text as it is published; Invalid while it is empty, too long or has gaps."""
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Invalid(_("Write the text first."), field="draft")
    if len(body) > TEXT_CHARS_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": TEXT_CHARS_MAX}, field="draft")
    gaps = placeholders(body)
    if gaps:
        raise Invalid(
            _("Fill in the gaps of the template first: %(gaps)s.") % {"gaps": ", ".join(gaps[:10])},
            field="draft", code="gaps-left",
        )  # fmt: skip
    return body


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text. `kind`: "heading", "list" or "text"; a list has several lines."""

    kind: str
    lines: tuple[str, ...]


def blocks(body: str) -> Iterator[Block]:
    """Divide a text: blank lines part paragraphs, `## ` begins a heading, `- ` an item of a list.

    The text stays readable as it is, so that a mail can carry it unchanged.
    """
    for part in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        while lines and lines[0].startswith("## "):
            yield Block("heading", (lines.pop(0)[3:].strip(),))
        if lines and all(line.startswith("- ") for line in lines):
            yield Block("list", tuple(line[2:].strip() for line in lines))
        elif lines:
            yield Block("text", tuple(lines))
