"""The facts of a show that decide who may watch it. No Django here: the hot path has them, too."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

EVERYONE: Final = "everyone"
MEMBERS: Final = "members"
TICKET: Final = "ticket"
_CAST: Final = "Cast:"  # no trait that a brand gives has a capital


def cast_trait(show_id: str) -> str:
    """Return the trait in the tokens of an invented audience: it lets them into this hidden show
    alone."""
    return f"{_CAST}{show_id}"


def is_cast(show_id: str, traits: Collection[str]) -> bool:
    """Return whether a token's bearer was invented for the rehearsal in this show."""
    return bool(traits) and cast_trait(show_id) in traits


@dataclass(frozen=True, slots=True)
class ReplayBounds:
    """The moments at which a replay begins and ends; None is the show's own start or end.
    `is_deleted`: its recording is gone."""

    start: datetime | None = None
    end: datetime | None = None
    is_deleted: bool = False


WHOLE: Final = ReplayBounds()


@dataclass(frozen=True, slots=True)
class WatchedShow:
    """`open_to`: one of the above; `is_over`: the show is a replay."""

    show_id: str
    brand_id: str
    open_to: str
    is_over: bool
