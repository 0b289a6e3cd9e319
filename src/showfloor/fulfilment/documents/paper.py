"""What every printable document has, without its drawing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _


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


def address_lines(party: Mapping[str, Any], country: str) -> str:
    """Return name and address, one part a line."""
    lines = [
        party["name"], party["line1"], party["line2"],
        f"{party['postal_code']} {party['city']}".strip(), country,
    ]  # fmt: skip
    return "\n".join(line for line in lines if line)


def test_note() -> str:
    return _("Test: no money moved. This is no invoice.")
