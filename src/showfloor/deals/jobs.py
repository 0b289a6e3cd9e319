"""Jobs of deals."""

import time
from collections.abc import Callable
from typing import Final

from showfloor.deals import deciding, wakes
from showfloor.kernel.clock import utc_now

EVERY_S: Final = 0.05  # people wait for a decision: it comes at most 100 ms late
WHOLE_S: Final = 1.0  # between looks at deals of which nothing is due, for what stock has left


class DealWatch:
    """The job's memory of when to look at the database again, by a monotonic clock in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._again = 0.0
        self._whole = 0.0

    def run(self) -> int:
        """Open, decide and end what is due, of all brands; return how many deals were looked at."""
        began = self._clock()
        if began < self._again and not wakes.take():
            return 0
        is_whole = began >= self._whole
        now = utc_now()
        looked = deciding.run(now, only_due=not is_whole)
        if is_whole:
            self._whole = began + WHOLE_S
        soonest = deciding.next_at(now)
        wait_s = wakes.IDLE_S if soonest is None else (soonest - now).total_seconds()
        self._again = began + min(wait_s, wakes.IDLE_S)
        return looked


run_deals = DealWatch().run
