"""What every printable document has, without its drawing.

The library that draws would take a third of each process's start, so that the first document loads
it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from showfloor.fulfilment.documents.pages import Paper


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `width`: its share of the page."""

    title: str
    width: float
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a file says about itself. `xmp`: further descriptions for its metadata."""

    title: str
    author: str
    language: str
    made_at: datetime
    accent: str = "#8c2f39"
    footer: str = ""
    xmp: str = ""


def begin(info: FileInfo, texts: Iterable[str]) -> "Paper":
    """Return the first page. `texts`: all that will be written, by which the fonts are chosen."""
    from showfloor.fulfilment.documents.pages import Paper

    return Paper(info, texts)


def address_lines(party: Mapping[str, Any], country: str) -> str:
    """Return name and address, one part a line."""
    lines = [
        party["name"], party["line1"], party["line2"],
        f"{party['postal_code']} {party['city']}".strip(), country,
    ]  # fmt: skip
    return "\n".join(line for line in lines if line)


def test_note() -> str:
    return _("Test: no money moved. This is no invoice.")
