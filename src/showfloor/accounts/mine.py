"""*Mine*: the one page on which a person finds everything again: orders, goods that are kept,
places in queues, bids, entries, bookings, downloads. A room registers its part here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class MineAct:
    """A button of a row: `name` is told to the section's `do`, with the `ref` of its row."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class MineRow:
    """One thing of a person, in words of the page's language. `until`: a timer counts down to it;
    `href`: an address of ours that shows more; `price`: with its currency; `pay`: the address of a
    cart that has it."""

    ref: str
    title: str
    detail: str = ""
    state: str = ""
    price: str = ""
    at: datetime | None = None
    until: datetime | None = None
    href: str = ""
    pay: str = ""
    acts: Sequence[MineAct] = ()


type Rows = Callable[[Brand, str, datetime], Sequence[MineRow]]
type Do = Callable[[Brand, str, str, str, datetime], str]


def _nothing(_brand: Brand, _subject: str, _act: str, _ref: str, _now: datetime) -> str:
    raise NotFound(_("There is no such thing here."))


@dataclass(frozen=True, slots=True)
class MineSection:
    """A part of the page. `title`: lazily translated; `icon`: a name of `site/icons`; `rows`: what
    a person (a token's `sub`) has at a brand at a time, at most ROWS_MAX of it, the newest first;
    `do`: does the act of a row, by the names of the act and the `ref`, for this person, and says
    in a sentence what was done; NotFound for a row of somebody else. `place`: sections stand in its
    order."""

    name: str
    title: Any
    icon: str
    rows: Rows
    do: Do = _nothing
    place: int = 50


ROWS_MAX = 50
_sections: dict[str, MineSection] = {}


def register(section: MineSection) -> None:
    _sections[section.name] = section


def sections() -> list[MineSection]:
    return sorted(_sections.values(), key=lambda one: (one.place, one.name))


def named(name: str) -> MineSection:
    """Return a registered section; NotFound for any other."""
    if name not in _sections:
        raise NotFound(_("There is no such thing here."))
    return _sections[name]
