"""The space on the recordings' disk: how long it lasts, and when recording stops.

The database lives on the same disk. Below the reserve no more media is written, so that orders,
mails and the end of a show always find room: the live picture goes on from memory. Thread-safe.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from showfloor.media.recording.backlog import MemoryBudget

log = logging.getLogger(__name__)

RATE_WINDOW_S: Final = 60.0
RATE_SPAN_MIN_S: Final = 10.0  # before that one segment would count as a rate
WRITES_MAX: Final = 10_000  # kept for the rate: 300 broadcasts' worth of a minute
RESUME_SHARE: Final = 1.25  # of the reserve: recording does not start and stop by turns


@dataclass(frozen=True, slots=True)
class StorageReport:
    """`hours_left`: until recording stops, at the present rate (without recordings: one show's).
    `is_recording`: False below the reserve."""

    free_bytes: int
    reserve_bytes: int
    hours_left: float
    is_recording: bool


class SpaceReserve(Protocol):
    """Disk space that is kept for the database. Blocking: called from worker threads."""

    def settle(self) -> None:
        """Take the space while there is plenty, give it back when hardly any is left."""

    def release(self) -> None:
        """Give the space back."""


class Storage:
    """The disk that recordings go to. `free_bytes` asks it, and may raise OSError. `memory`: the
    room for segments that the disk does not take; it belongs to the event loop."""

    def __init__(
        self,
        free_bytes: Callable[[], int],
        *,
        reserve_bytes: int,
        show_bytes_per_s: float,
        memory: MemoryBudget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.memory = memory or MemoryBudget()
        self._free_bytes = free_bytes
        self._reserve_bytes = reserve_bytes
        self._show_bytes_per_s = show_bytes_per_s
        self._clock = clock
        self._lock = threading.Lock()
        self._writes: deque[tuple[float, int]] = deque(maxlen=WRITES_MAX)
        self._free: int | None = None
        self._is_recording = True

    def may_record(self) -> bool:
        """Return whether there is room for media. Blocking: it asks the disk."""
        try:
            free = self._free_bytes()
        except OSError as error:  # the write itself will report the fault
            log.warning("disk_not_asked reason=%s", error)
            return self._is_recording
        with self._lock:
            self._free = free
            wanted = self._reserve_bytes * (1 if self._is_recording else RESUME_SHARE)
            if (free >= wanted) is not self._is_recording:
                self._is_recording = not self._is_recording
                log.error(
                    "recording_%s free_mb=%d reserve_mb=%d",
                    "goes_on" if self._is_recording else "stopped",
                    free >> 20, self._reserve_bytes >> 20,
                )  # fmt: skip
            return self._is_recording

    def wrote(self, count: int) -> None:
        """Count bytes that were written to a recording."""
        with self._lock:
            self._writes.append((self._clock(), count))

    def report(self) -> StorageReport | None:
        """Return the state of the last look at the disk, without a new one; None before it."""
        with self._lock:
            if self._free is None:
                return None
            left = max(0, self._free - self._reserve_bytes)
            hours = left / self._bytes_per_s() / 3600 if self._is_recording else 0.0
            return StorageReport(self._free, self._reserve_bytes, hours, self._is_recording)

    def _bytes_per_s(self) -> float:
        now = self._clock()
        while self._writes and self._writes[0][0] <= now - RATE_WINDOW_S:
            self._writes.popleft()
        if not self._writes:
            return self._show_bytes_per_s
        span_s = max(RATE_SPAN_MIN_S, now - self._writes[0][0])
        return max(1.0, sum(count for _, count in self._writes) / span_s)


def unlimited() -> Storage:
    """Return the storage of a disk that is never full."""
    return Storage(lambda: 1 << 62, reserve_bytes=0, show_bytes_per_s=1.0)
