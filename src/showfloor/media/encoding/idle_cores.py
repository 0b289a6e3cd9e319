"""The cores of this machine that had nothing to do lately."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

STAT: Final = Path("/proc/stat")
TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
SPAN_S: Final = 5.0  # a shorter one tells of single pictures
SPAN_MAX_S: Final = 30.0  # a longer one tells nothing of now


class IdleCores:
    """Gives the idle cores of a machine to whoever asks first, no core to two: all channels of a
    process share one. A container's share of the machine bounds it (`cores`); where the system does
    not tell, nothing is idle."""

    def __init__(self, cores: float, clock: Callable[[], float], stat: Path = STAT) -> None:
        self._cores = cores
        self._clock = clock
        self._stat = stat
        self._looked_at: float | None = None
        self._total_s = 0.0  # of idle time, as of then
        self._idle = 0.0  # cores, in the span that ended then

    def take(self, cores: float) -> bool:
        """Return whether so many cores were idle in the latest span, of SPAN_S to SPAN_MAX_S. If
        so, the next span begins after this call, so that it knows what has become of them."""
        now = self._clock()
        if self._looked_at is None or now - self._looked_at >= SPAN_S:
            self._look(now)
        if cores > self._idle:
            return False
        self._looked_at, self._idle = None, 0.0
        return True

    def _look(self, now: float) -> None:
        looked_at, before_s = self._looked_at, self._total_s
        self._looked_at, self._idle = None, 0.0
        try:
            self._total_s = self._read()
        except (OSError, ValueError, IndexError):
            return
        self._looked_at = now
        if looked_at is not None and now - looked_at <= SPAN_MAX_S:
            idle = (self._total_s - before_s) / (now - looked_at)
            self._idle = min(self._cores, max(0.0, idle))

    def _read(self) -> float:
        """Return the idle time of all cores together, s (proc(5): the fourth number)."""
        with self._stat.open("rb") as file:
            return int(file.readline().split()[4]) * TICK_S
