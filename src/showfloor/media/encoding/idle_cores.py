"""The cores of this machine that had nothing to do lately."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

STAT: Final = Path("/proc/stat")
TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
SPAN_S: Final = 5.0  # a shorter one tells of single pictures


class IdleCores:
    """Gives the number of idle cores between two looks. A container's share of the machine bounds
    it (`cores`); where the system does not tell, nothing is idle."""

    def __init__(self, cores: float, clock: Callable[[], float], stat: Path = STAT) -> None:
        self._cores = cores
        self._clock = clock
        self._stat = stat
        self._looked_at: float | None = None
        self._idle_s = 0.0

    def __call__(self) -> float:
        """Return the idle cores since the last look that is SPAN_S ago; 0 before there is one."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < SPAN_S:
            return 0.0
        looked_at, before_s = self._looked_at, self._idle_s
        try:
            self._idle_s = self._read()
        except (OSError, ValueError, IndexError):
            self._looked_at = None
            return 0.0
        self._looked_at = now
        if looked_at is None:
            return 0.0
        return min(self._cores, max(0.0, (self._idle_s - before_s) / (now - looked_at)))

    def _read(self) -> float:
        """Return the idle time of all cores together, s (proc(5): the fourth number)."""
        with self._stat.open("rb") as file:
            return int(file.readline().split()[4]) * TICK_S
