"""The facts of a show that decide who may watch it. No Django here: the hot path has them, too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

EVERYONE: Final = "everyone"
MEMBERS: Final = "members"
TICKET: Final = "ticket"


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
