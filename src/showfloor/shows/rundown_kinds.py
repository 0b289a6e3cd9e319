"""The kinds of items that a rundown can hold beside products. A room above registers its kind here,
as polls do; a deal, an auction or an activation joins the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.kernel.errors import Invalid
from showfloor.kernel.ids import is_id
from showfloor.shows.models import Show

SEGMENT = "segment"
TITLE_MAX, CUE_MAX, MINUTES_MAX = 120, 1000, 600
TIMING: Final = ("minutes", "cue", "by_itself")  # the keys of every item's ItemTiming

type Payload = dict[str, Any]
type Begin = Callable[[Show, Payload, datetime | None, User], object]


class ItemWords(TypedDict):
    """The words of an item in the console. `ref`: the id of the row that it stands for."""

    title: str
    ref: str | None


class ItemTiming(TypedDict):
    """The plan of an item's turn, the same for every kind. `cue`: for the people of the show only.
    `by_itself`: its turn comes when the item before has had its minutes."""

    minutes: int | None
    cue: str
    by_itself: bool


@dataclass(frozen=True, slots=True)
class ItemKind:
    """`read` checks what somebody sent and returns the data to keep; Invalid names the field.
    `words` returns the words of each of a show's items of this kind, None for one whose row is
    gone. `begin` puts an item on air when its turn comes, in the cue's transaction, at the picture
    that the producer saw; a ShowfloorError of it undoes the cue."""

    name: str
    read: Callable[[Show, Mapping[str, Any]], Payload]
    words: Callable[[Show, Sequence[Payload]], list[ItemWords | None]]
    begin: Begin | None = None


_kinds: dict[str, ItemKind] = {}


def register(kind: ItemKind) -> None:
    _kinds[kind.name] = kind


def of_rows(
    name: str,
    rows: Callable[[Show], QuerySet[Any]],
    title: str,
    missing: Promise,
    begin: Begin | None = None,
) -> ItemKind:
    """Return a kind whose items stand for rows of their show and name them by id (`<name>_id`).
    `title`: the column that has an item's words; `missing` says that there is no such row."""
    key = f"{name}_id"

    def read(show: Show, given: Mapping[str, Any]) -> Payload:
        row_id = str(given.get(key, ""))
        if not is_id(row_id) or not rows(show).filter(pk=row_id).exists():
            raise Invalid(str(missing), field=key)
        return {key: row_id}

    def words(show: Show, payloads: Sequence[Payload]) -> list[ItemWords | None]:
        ids = [one[key] for one in payloads]
        titles = dict(rows(show).filter(pk__in=ids).values_list("pk", title))
        return [{"title": titles[pk], "ref": pk} if pk in titles else None for pk in ids]

    return ItemKind(name, read, words, begin)


def named(name: str) -> ItemKind:
    """Return a registered kind; Invalid for any other."""
    if name not in _kinds:
        raise Invalid(_("There is no such kind of item."), field="kind")
    return _kinds[name]


def find(name: str) -> ItemKind | None:
    return _kinds.get(name)


def read_timing(given: Mapping[str, Any]) -> ItemTiming:
    """Return the plan of an item's turn out of what somebody sent; Invalid names the field."""
    cue, minutes, by_itself = (
        given.get("cue", ""),
        given.get("minutes"),
        given.get("by_itself", False),
    )
    if not isinstance(cue, str) or len(cue.strip()) > CUE_MAX:
        raise Invalid(_("At most %(count)d characters.") % {"count": CUE_MAX}, field="cue")
    is_number = isinstance(minutes, int) and not isinstance(minutes, bool)
    if minutes is not None and not (is_number and 0 <= minutes <= MINUTES_MAX):
        raise Invalid(
            _("Plan between 0 and %(count)d minutes.") % {"count": MINUTES_MAX}, field="minutes"
        )
    if not isinstance(by_itself, bool):
        raise Invalid(_("This is not what is asked for here."), field="by_itself")
    return {"minutes": minutes, "cue": cue.strip(), "by_itself": by_itself}


def _read_segment(_show: Show, given: Mapping[str, Any]) -> Payload:
    title = " ".join(str(given.get("title", "")).split())
    if not 1 <= len(title) <= TITLE_MAX:
        raise Invalid(
            _("Give the segment a title of at most %(count)d characters.") % {"count": TITLE_MAX},
            field="title",
        )
    return {"title": title}


def _segment_words(_show: Show, payloads: Sequence[Payload]) -> list[ItemWords | None]:
    return [{"title": one["title"], "ref": None} for one in payloads]


register(ItemKind(SEGMENT, _read_segment, _segment_words))
