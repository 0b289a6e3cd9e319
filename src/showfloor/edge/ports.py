"""The ports through which the hot path reaches the database and the rooms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from showfloor.accounts.tokens import Claims
from showfloor.timeline.commands import Command, Outcome, Step
from showfloor.timeline.log import Entry, Head, Tick


class LogStore(Protocol):
    """The log of every show, for reading."""

    async def head(self, timeline_id: str) -> Head: ...

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]: ...

    async def ticks(self, timeline_id: str, after: int, limit: int) -> list[Tick]:
        """Return closed ticks with a number above `after`, in order."""
        ...


class Ticker(Protocol):
    """Closes ticks. The first process writes the row; the others find it written."""

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        """Close the next tick if it has entries and the last one is old enough."""


class Snapshots(Protocol):
    """Snapshots of a show at one position of its timeline, as JSON text made once for everyone."""

    async def snapshot(self, timeline_id: str) -> bytes:
        """Return one, at most a second old. With the entries after its `timeline.seq` it is the
        show now."""
        ...


class PersonalStreamStore(Protocol):
    """The personal stream of each person at a brand: entries for that person alone."""

    async def read(self, brand_id: str, subject: str, after: int, limit: int) -> list[Entry]: ...

    async def ahead(self, brand_id: str, told: Mapping[str, int]) -> list[str]:
        """Return the persons whose stream has entries after the one that they got last."""
        ...


@dataclass(frozen=True, slots=True)
class Admission:
    """The timelines that an admitted person may follow. `public`: everyone may follow the show.
    Otherwise the right is looked at again whenever the person takes another token."""

    timeline_id: str
    brand_id: str
    show_id: str = ""
    slug: str = ""
    public: bool = True
    backstage_id: str = ""


class AdmissionDenied(Exception):
    """A person may not follow a show, or no longer; `code` is the close code of a WebSocket."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Authorizer(Protocol):
    """Decides who may follow which timeline."""

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        """Return what this person may follow; without a token a nameless guest. AdmissionDenied."""
        ...

    def known(self, slug: str, token: str) -> tuple[str, Claims] | None:
        """Return the public show's id and the person's claims from memory alone; None where only
        `admit` can tell."""
        ...

    def renew(self, claims: Claims, token: str) -> Claims:
        """Return the claims of a fresh token of the same person at the same brand.
        AdmissionDenied."""
        ...


# A function that is told a command's outcome, once, in the event loop.
type Told = Callable[[Outcome], None]


class Commands(Protocol):
    """A bounded queue of commands that answers each exactly once, within a bound of its own."""

    async def submit(self, command: Command) -> Outcome: ...

    def enter(self, command: Command, told: Told) -> None:
        """Do the same for a caller that has no task of its own to wait in."""
        ...


class SteppedCommands(Commands, Protocol):
    """Commands that may take several steps, and steps that begin elsewhere than with a command."""

    async def go_on(self, command: Command, step: Step) -> Outcome: ...

    def begin(self, command: Command, step: Step, told: Told) -> None:
        """Do the same for a caller that has no task of its own to wait in."""
        ...
