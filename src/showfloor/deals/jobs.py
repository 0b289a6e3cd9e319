"""Jobs of deals."""

import time
from collections.abc import Callable
from typing import Final

from showfloor.deals import deciding
from showfloor.kernel.clock import utc_now
from showfloor.timeline.job_wakes import IDLE_S, JobPacer

EVERY_S: Final = 0.05  # people wait for a decision: it comes at most 100 ms late
WHOLE_S: Final = 1.0  # between looks at deals of which nothing is due, for what stock has left


class DealWatch:
    """The job's memory of when to look at the database again, by a monotonic clock in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pacer = JobPacer(deciding.wake, clock)
        self._whole = 0.0

    def run(self) -> int:
        """Open, decide and end what is due, of all brands; return how many deals were looked at."""
        if not self._pacer.is_due():
            return 0
        is_whole = self._clock() >= self._whole
        now = utc_now()
        looked = deciding.run(now, only_due=not is_whole)
        if is_whole:
            self._whole = self._clock() + WHOLE_S
        soonest = deciding.next_at(now)
        self._pacer.wait(IDLE_S if soonest is None else (soonest - now).total_seconds())
        return looked


run_deals = DealWatch().run
