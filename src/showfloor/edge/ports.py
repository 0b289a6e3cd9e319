"""What the hot path needs from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from showfloor.accounts.tokens import Claims
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.log import Entry, Head, Tick


class LogStore(Protocol):
    """The log of every show, read beside whoever writes it."""

    async def head(self, timeline_id: str) -> Head: ...

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]: ...

    async def ticks(self, timeline_id: str, after: int, limit: int) -> list[Tick]:
        """Closed ticks with a number above `after`, in order."""
        ...


class Ticker(Protocol):
    """Closes ticks. Whoever comes first writes the row; for the others it is there already."""

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        """Close the next tick if there is something to close and the last one is old enough."""


class Snapshots(Protocol):
    """The show at one position of its timeline, as JSON text that is made once for everyone."""

    async def snapshot(self, timeline_id: str) -> bytes:
        """At most a second old. With the entries after its `timeline.seq` it is the show now."""
        ...


class PersonalStreamStore(Protocol):
    """What is for one person alone: the entries of their own stream at a brand."""

    async def read(self, brand_id: str, subject: str, after: int, limit: int) -> list[Entry]: ...

    async def ahead(self, brand_id: str, told: Mapping[str, int]) -> list[str]:
        """Whose stream goes on behind the entry they were told last."""
        ...


@dataclass(frozen=True, slots=True)
class Admission:
    """What someone let into a show follows. `public`: anyone may."""

    timeline_id: str
    brand_id: str
    show_id: str = ""
    slug: str = ""
    public: bool = True
    backstage_id: str = ""


class AdmissionDenied(Exception):
    """Someone is not let in; `code` is the WebSocket's close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Authorizer(Protocol):
    """The authoriser of a timeline."""

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        """Who may follow which timeline; without a token a nameless guest. Raises Turned."""
        ...

    def renew(self, claims: Claims, token: str) -> Claims:
        """The claims of a fresher token of the same person at the same brand. Raises Turned."""
        ...


class Commands(Protocol):
    """Where a command goes: bounded, answered exactly once."""

    async def submit(self, command: Command) -> Outcome: ...
