"""Jobs of comment to buy."""

import time
from collections.abc import Callable
from typing import Final

from showfloor.comment_buying import deciding
from showfloor.timeline.job_wakes import IDLE_S, JobPacer

EVERY_S: Final = 0.1  # between two rounds of a show, so that deals have their turn in a flood


class CommentWatch:
    """The job's memory of when to look at the queue again, by a monotonic clock in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._pacer = JobPacer(deciding.wake, clock)

    def run(self) -> int:
        """Decide what waits, of all shows; return how many comments were decided."""
        if not self._pacer.is_due():
            return 0
        decided = deciding.run()
        self._pacer.wait(0.0 if decided else IDLE_S)
        return decided


decide_comments = CommentWatch().run
