"""The meter of one source's line: pictures that are missing or come twice, waits, and the drift of
its clock.

Nothing is decoded: the packets' stamps, bytes and times of arrival say it. A camera's picture that
an encoder has coded twice is not seen: x264 spends 1 to 40 % of a usual picture on it. Pure.
"""

from collections import deque
from typing import Final

from showfloor.media.packets import MediaPacket

MISSING_WINDOW_S: Final = 60.0
WAIT_WINDOW_S: Final = 4.0
DRIFT_WINDOW: Final = 120  # pictures: the earliest of them came with the least delay of the line
JUMP_MS: Final = 3000  # a step of stamps that is a new beginning, not pictures that are missing
STEPS_KEPT: Final = 31
ENTRIES_MAX: Final = 4000


class LineMeter:
    """Watches the pictures of one publisher. `now`: a monotonic clock, s.

    `round_trip_s` and `packets_lost` are told by protocols that know them; None: nobody does.
    """

    def __init__(self) -> None:
        self.round_trip_s: float | None = None
        self.packets_lost: int | None = None
        self._last_ms: int | None = None
        self._last_at: float | None = None
        self._steps: deque[int] = deque(maxlen=STEPS_KEPT)
        self._missing: deque[tuple[float, int]] = deque(maxlen=ENTRIES_MAX)
        self._last_data = b""
        self._duplicated: deque[float] = deque(maxlen=ENTRIES_MAX)
        self._waits: deque[tuple[float, float]] = deque(maxlen=ENTRIES_MAX)
        self._delays: deque[float] = deque(maxlen=DRIFT_WINDOW)
        self._first_delay: float | None = None

    def feed(self, packet: MediaPacket, now: float) -> None:
        """Take the source's next main picture."""
        if self._last_ms is not None and self._last_at is not None:
            self._waits.append((now, now - self._last_at))
            if packet.dts_ms == self._last_ms or packet.data == self._last_data:
                self._duplicated.append(now)
            if packet.dts_ms != self._last_ms:
                self._step(packet.dts_ms - self._last_ms, now)
        self._last_data = packet.data
        self._last_ms, self._last_at = packet.dts_ms, now
        self._delays.append(now - packet.dts_ms / 1000)
        if self._first_delay is None and len(self._delays) == DRIFT_WINDOW:
            self._first_delay = min(self._delays)

    def _step(self, step_ms: int, now: float) -> None:
        if not 0 < step_ms < JUMP_MS:
            self._steps.clear()
            self._delays.clear()
            self._first_delay = None
            return
        if len(self._steps) == STEPS_KEPT:
            usual = sorted(self._steps)[STEPS_KEPT // 2]
            missing = round(step_ms / usual) - 1
            if missing > 0:
                self._missing.append((now, missing))
        self._steps.append(step_ms)

    def missing(self, now: float) -> int:
        """Return how many pictures of the last minute did not come."""
        while self._missing and self._missing[0][0] <= now - MISSING_WINDOW_S:
            self._missing.popleft()
        return sum(count for _at, count in self._missing)

    def duplicated(self, now: float) -> int:
        """Return how many pictures of the last minute came twice."""
        while self._duplicated and self._duplicated[0] <= now - MISSING_WINDOW_S:
            self._duplicated.popleft()
        return len(self._duplicated)

    def longest_wait_s(self, now: float) -> float:
        """Return the longest wait for a picture in the last seconds, the present one included."""
        while self._waits and self._waits[0][0] <= now - WAIT_WINDOW_S:
            self._waits.popleft()
        present = now - self._last_at if self._last_at is not None else 0.0
        return max([present, *(wait for _at, wait in self._waits)])

    def drift_s(self) -> float:
        """Return by how much the pictures come later, by our clock, than at the beginning."""
        if self._first_delay is None or not self._delays:
            return 0.0
        return min(self._delays) - self._first_delay
