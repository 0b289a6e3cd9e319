"""What the hot path needs from outside."""

from dataclasses import dataclass
from typing import Protocol

from showfloor.accounts.tokens import Claims
from showfloor.timeline.log import Entry, Head


class LogStore(Protocol):
    """The log of every show, read beside whoever writes it."""

    async def head(self, timeline_id: str) -> Head: ...

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]: ...


@dataclass(frozen=True, slots=True)
class Admission:
    """What someone let into a show follows."""

    timeline_id: str
    brand_id: str


class Turned(Exception):
    """Someone is not let in; `code` is the WebSocket's close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Door(Protocol):
    """The authoriser of a timeline."""

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        """Who may follow which timeline; without a token a nameless guest. Raises Turned."""
