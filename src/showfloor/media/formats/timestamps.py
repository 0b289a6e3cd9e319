"""Times out of counters that wrap: RTMP's 32 bits of milliseconds, and those of other protocols."""


class StampUnwrapper:
    """Reads a counter of `bits` bits as a time that goes on beyond its wrap.

    The next stamp is the one that is nearest to the last, so a step back stays a step back, and a
    jump of half the counter or more reads as a step the other way. The first time is the stamp.
    """

    def __init__(self, bits: int) -> None:
        self._size = 1 << bits
        self._last: int | None = None

    def unwrap(self, stamp: int) -> int:
        if self._last is None:
            self._last = stamp
        half = self._size // 2
        self._last += (stamp - self._last + half) % self._size - half
        return self._last
