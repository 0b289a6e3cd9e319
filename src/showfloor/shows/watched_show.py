"""The facts of a show that decide who may watch it. No Django here: the hot path has them, too."""

from dataclasses import dataclass
from typing import Final

EVERYONE: Final = "everyone"
MEMBERS: Final = "members"
TICKET: Final = "ticket"


@dataclass(frozen=True, slots=True)
class WatchedShow:
    """`open_to`: one of the above; `is_over`: the show is a replay."""

    show_id: str
    brand_id: str
    open_to: str
    is_over: bool
