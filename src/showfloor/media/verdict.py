"""What is wrong with what leaves this machine, as findings: a code, how bad it is, a figure.

The words and what to do are in `site.stream_words`, in the reader's language. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from showfloor.media.storage import StorageReport

DISK_FAIR_H: Final = 3.0  # a show and its rehearsal still fit
DISK_BAD_H: Final = 0.75
LOOP_LAG_FAIR_S: Final = 0.5
LOOP_LAG_BAD_S: Final = 2.0


class Level(StrEnum):
    FAIR = "fair"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """`figure`: in the unit that the code's words name."""

    code: str
    level: Level
    figure: float = 0.0


def of_storage(storage: StorageReport | None) -> list[Finding]:
    if storage is None:
        return []
    if not storage.is_recording:
        return [Finding("recording-stopped", Level.BAD, storage.free_bytes / 2**30)]
    return _above("disk-low", -storage.hours_left, -DISK_FAIR_H, -DISK_BAD_H)


def of_recording(*, is_failing: bool, lost_s: float) -> list[Finding]:
    """`lost_s`: of the public picture, missing in the replay."""
    if is_failing:
        return [Finding("recording-failed", Level.BAD, lost_s)]
    return [Finding("recording-gaps", Level.FAIR, lost_s)] if lost_s else []


def of_loop(lag_s: float) -> list[Finding]:
    """`lag_s`: how late the event loop, which everything that leaves goes through, is."""
    return _above("server-busy", lag_s, LOOP_LAG_FAIR_S, LOOP_LAG_BAD_S)


def _above(code: str, figure: float, fair: float, bad: float) -> list[Finding]:
    if figure < fair:
        return []
    return [Finding(code, Level.BAD if figure >= bad else Level.FAIR, abs(figure))]


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.level is not Level.BAD)
