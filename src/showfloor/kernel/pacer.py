"""A pace for work in the background: it leaves time to those who wait."""

import time
from collections.abc import Callable

PAUSE_MIN_S = 0.005
PAUSE_MAX_S = 1.0


class Pacer:
    """After each piece of work a pause of `share` times its length by `clock`, within bounds.

    `time.monotonic` counts the time for which a piece keeps others waiting, `time.thread_time` only
    its computing: a piece that itself waits, for a mail server say, costs nobody anything.
    """

    def __init__(
        self,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        share: float = 1.0,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._share = share

    def run[T](self, work: Callable[[], T]) -> T:
        began = self._clock()
        done = work()
        pause_s = self._share * (self._clock() - began)
        self._sleep(min(max(pause_s, PAUSE_MIN_S), PAUSE_MAX_S))
        return done
