"""Where somebody speaks, and where a stretch of speech is cut for the recogniser. Pure.

It hears one loudness for each frame of 30 ms. A voice is what stands out of the noise of the room,
whose level it follows. A stretch ends with a pause; one without a pause is cut where it is
quietest, because words are not waited for without end.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

FRAME_MS: Final = 30
OVER_NOISE_DB: Final = 9.0
QUIETEST_DB: Final = -55.0  # below it nobody speaks into a microphone
NOISE_RISES_DB: Final = 0.04  # for each frame: 1.3 dB/s
BEGINS_FRAMES: Final = 3  # a click is no voice
PAUSE_FRAMES: Final = 12  # 360 ms
BEFORE_FRAMES: Final = 7  # 210 ms before the voice: the consonant that began it
LONGEST_FRAMES: Final = 100  # 3 s
CUT_WITHIN_FRAMES: Final = 33  # the last second of the longest one


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of speech in frames, counted from the first that was heard; `end` is after it."""

    start: int
    end: int


class UtteranceCutter:
    def __init__(self) -> None:
        self._count = 0
        self._noise_db = QUIETEST_DB
        self._voiced = 0  # frames of a voice in one row
        self._quiet = 0  # frames without one in one row
        self._start: int | None = None
        self._levels: deque[float] = deque(maxlen=CUT_WITHIN_FRAMES)
        self._last_end = 0

    def hear(self, level_db: float) -> Utterance | None:
        """Take the loudness of the next frame, dB below full scale; return what has just ended."""
        self._count += 1
        self._levels.append(level_db)
        is_voice = self._is_voice(level_db)
        self._voiced = self._voiced + 1 if is_voice else 0
        self._quiet = 0 if is_voice else self._quiet + 1
        if self._start is None:
            if self._voiced >= BEGINS_FRAMES:
                first = self._count - self._voiced - BEFORE_FRAMES
                self._start = max(first, self._last_end)
            return None
        if self._quiet >= PAUSE_FRAMES:
            return self._end(self._count - self._quiet + BEFORE_FRAMES, goes_on=False)
        if self._count - self._start >= LONGEST_FRAMES:
            quietest = min(range(len(self._levels)), key=self._levels.__getitem__)
            return self._end(self._count - len(self._levels) + quietest + 1, goes_on=True)
        return None

    def flush(self) -> Utterance | None:
        """Return what is being said when the sound ends."""
        return self._end(self._count, goes_on=False) if self._start is not None else None

    def _end(self, end: int, *, goes_on: bool) -> Utterance:
        assert self._start is not None
        found = Utterance(self._start, end)
        self._last_end = end
        self._start = end if goes_on else None
        return found

    def _is_voice(self, level_db: float) -> bool:
        self._noise_db = max(min(level_db, self._noise_db + NOISE_RISES_DB), QUIETEST_DB - 20)
        return level_db > max(self._noise_db + OVER_NOISE_DB, QUIETEST_DB)
