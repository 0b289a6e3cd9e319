"""The kinds of items that a rundown can hold beside products. A room above registers its kind here,
as polls do; a deal, an auction or an activation joins the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from showfloor.kernel.errors import Invalid
from showfloor.shows.models import Show

SEGMENT = "segment"
TITLE_MAX, CUE_MAX, MINUTES_MAX = 120, 1000, 600

type Payload = dict[str, Any]


class ItemWords(TypedDict):
    """What the console shows of an item. `ref`: the id of the row that it stands for."""

    title: str
    minutes: int | None  # planned
    cue: str  # for the people of the show only
    ref: str | None


@dataclass(frozen=True, slots=True)
class ItemKind:
    """`read` checks what somebody sent and returns the data to keep; Invalid names the field.
    `words` returns the words of each of a show's items of this kind, None for one whose row is
    gone."""

    name: str
    read: Callable[[Show, Mapping[str, Any]], Payload]
    words: Callable[[Show, Sequence[Payload]], list[ItemWords | None]]


_kinds: dict[str, ItemKind] = {}


def register(kind: ItemKind) -> None:
    _kinds[kind.name] = kind


def named(name: str) -> ItemKind:
    """Return a registered kind; Invalid for any other."""
    if name not in _kinds:
        raise Invalid(_("There is no such kind of item."), field="kind")
    return _kinds[name]


def find(name: str) -> ItemKind | None:
    return _kinds.get(name)


def _read_segment(_show: Show, given: Mapping[str, Any]) -> Payload:
    title, cue = " ".join(str(given.get("title", "")).split()), str(given.get("cue", "")).strip()
    if not 1 <= len(title) <= TITLE_MAX:
        raise Invalid(
            _("Give the segment a title of at most %(count)d characters.") % {"count": TITLE_MAX},
            field="title",
        )
    if len(cue) > CUE_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": CUE_MAX}, field="cue")
    minutes = given.get("minutes")
    is_number = isinstance(minutes, int) and not isinstance(minutes, bool)
    if minutes is not None and not (is_number and 0 <= minutes <= MINUTES_MAX):
        raise Invalid(
            _("Plan between 0 and %(count)d minutes.") % {"count": MINUTES_MAX}, field="minutes"
        )
    return {"title": title, "minutes": minutes, "cue": cue}


def _segment_words(_show: Show, payloads: Sequence[Payload]) -> list[ItemWords | None]:
    return [
        {"title": one["title"], "minutes": one["minutes"], "cue": one["cue"], "ref": None}
        for one in payloads
    ]


register(ItemKind(SEGMENT, _read_segment, _segment_words))
