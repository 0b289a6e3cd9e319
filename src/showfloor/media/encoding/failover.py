"""The choice of the source on air, where a show has a primary and a backup. Pure.

A source is at fault when it is lost, black, still or silent for longer than the operator's limits.
The choice leaves a source that is at fault for one that is not, and goes back to the primary when
that has been clean for a while. A source that falls again soon has to be clean for twice as long
each time, so that a fault which only the encoded picture shows makes no see-saw. A person's choice
stands while that source is there; one that keeps falling waits in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from showfloor.media.source_role import SourceRole

FALLS_COUNTED_S: Final = 60.0  # a source that stays on air for longer may fall anew
FALLS_MAX: Final = 5  # 32 times the wait


class Fault(StrEnum):
    """The fault of a source, the worst first."""

    LOST = "lost"
    BLACK = "black"
    STILL = "still"
    SILENT = "silent"


class Reason(StrEnum):
    """The reason for which the source on air is another one now."""

    LOST = "lost"
    BLACK = "black"
    STILL = "still"
    SILENT = "silent"
    CLEAN = "clean"  # the primary is well again
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class FailoverLimits:
    """Times in seconds after which a source is at fault; 0 looks away. `return_s`: for the primary
    to be clean before it gets the air back."""

    loss_s: float = 1.0
    black_s: float = 5.0
    still_s: float = 10.0
    silence_s: float = 10.0
    return_s: float = 10.0


@dataclass(frozen=True, slots=True)
class SourceReading:
    """`unseen_s`: since the last picture; None before the first. The others: how long the picture
    has been black or still, and the sound silent."""

    unseen_s: float | None
    black_s: float = 0.0
    still_s: float = 0.0
    silent_s: float = 0.0


def fault_of(reading: SourceReading, limits: FailoverLimits) -> Fault | None:
    """Return the worst fault; None for a source that is well."""
    if reading.unseen_s is None or _exceeds(reading.unseen_s, limits.loss_s):
        return Fault.LOST
    if _exceeds(reading.black_s, limits.black_s):
        return Fault.BLACK
    if _exceeds(reading.still_s, limits.still_s):
        return Fault.STILL
    return Fault.SILENT if _exceeds(reading.silent_s, limits.silence_s) else None


def _exceeds(lasts_s: float, limit_s: float) -> bool:
    return 0 < limit_s <= lasts_s


@dataclass(slots=True)
class _Record:
    fault: Fault | None
    clean_since: float
    on_air_since: float | None = None
    falls: int = 0


class Failover:
    """Decides for one channel. `now`: a monotonic clock, s."""

    def __init__(self, limits: FailoverLimits) -> None:
        self._limits = limits
        self._records: dict[SourceRole, _Record] = {}
        self.chosen: SourceRole | None = None

    def choose(self, role: SourceRole | None) -> None:
        """Let a person's choice stand; None leaves it to the failover again. The same choice told
        again changes nothing."""
        if role is not None and role is not self.chosen and role in self._records:
            self._records[role].falls = 0
        self.chosen = role

    def fault(self, role: SourceRole) -> Fault | None:
        """Return the fault at the last look."""
        record = self._records.get(role)
        return record.fault if record is not None else None

    def lose(self, role: SourceRole) -> None:
        """Note that a source has left."""
        if role in self._records:
            self._records[role].fault = Fault.LOST

    def fell(self, role: SourceRole) -> None:
        """Note that a source has lost the air by a fault."""
        if role in self._records:
            self._records[role].falls = min(self._records[role].falls + 1, FALLS_MAX)

    def look(
        self, readings: Mapping[SourceRole, SourceReading], on_air: SourceRole | None, now: float
    ) -> tuple[SourceRole, Reason] | None:
        """Look at all sources there are; return the one that shall go on air and why, or None when
        nothing changes."""
        for role in list(SourceRole):
            if role in readings:
                self._note(role, fault_of(readings[role], self._limits), now, role is on_air)
            elif role in self._records:
                self._records[role].fault = Fault.LOST
        if on_air is None or on_air not in readings:
            return None
        return self._choose(set(readings), on_air, now)

    def _note(self, role: SourceRole, fault: Fault | None, now: float, is_on_air: bool) -> None:
        record = self._records.setdefault(role, _Record(fault, now))
        if fault is not None or record.fault is not None:
            record.clean_since = now
        record.fault = fault
        if is_on_air and record.on_air_since is None:
            record.on_air_since = now
        elif not is_on_air:
            record.on_air_since = None
        if record.on_air_since is not None and now - record.on_air_since > FALLS_COUNTED_S:
            record.falls = 0

    def _choose(
        self, there: set[SourceRole], on_air: SourceRole, now: float
    ) -> tuple[SourceRole, Reason] | None:
        chosen = self.chosen
        if chosen is not None and chosen in there and self.fault(chosen) is not Fault.LOST:
            if chosen is on_air:
                return None
            if self._may_return(chosen, now):
                return chosen, Reason.CHOSEN
        fault = self.fault(on_air)
        if fault is not None:
            for role in SourceRole:
                if role in there and role is not on_air and self._is_better(role, fault):
                    return role, Reason(fault)
        elif on_air is not SourceRole.PRIMARY and SourceRole.PRIMARY in there:
            primary = self._records[SourceRole.PRIMARY]
            wait_s = self._limits.return_s * 2 ** max(0, primary.falls - 1)
            if primary.fault is None and now - primary.clean_since >= wait_s:
                return SourceRole.PRIMARY, Reason.CLEAN
        return None

    def _may_return(self, chosen: SourceRole, now: float) -> bool:
        """Return whether the chosen source gets the air back: after its first fall at once, after
        the next ones when it has been clean for a while."""
        record = self._records[chosen]
        wait_s = self._limits.return_s * 2 ** (record.falls - 2) if record.falls > 1 else 0.0
        return now - record.clean_since >= wait_s

    def _is_better(self, role: SourceRole, fault: Fault) -> bool:
        """Return whether a source is well, or at least has a picture where the other has none."""
        other = self.fault(role)
        return other is None or (fault is Fault.LOST and other is not Fault.LOST)
