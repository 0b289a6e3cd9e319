"""The gain that brings a show's sound to one loudness. Pure.

What is measured is the short-term loudness (EBU Tech 3341: the last 3 s, K-weighted) of the sound
as it comes, ten times a second. The gain follows its average slowly, as a person at a desk would,
so that speech and a pause between two sentences stay apart.
"""

import math
from collections import deque
from typing import Final

TARGET_LUFS: Final = -16.0  # of most platforms for speech; EBU R 128's -23 is for broadcast
GATE_LUFS: Final = -50.0  # quieter than this nobody speaks, and the gain stays
SETTLES: Final = 30  # values until the window of 3 s is full
AVERAGED: Final = 100  # values: 10 s
STEP_EVERY: Final = 5  # values
STEP_DB: Final = 0.5  # a step that nobody hears; 1 dB a second
GAIN_MAX_DB: Final = 20.0
CLOSE_DB: Final = 0.5


class GainControl:
    """`gain_db` is what the sound is amplified by."""

    def __init__(self) -> None:
        self.gain_db = 0.0
        self._powers: deque[float] = deque(maxlen=AVERAGED)
        self._count = 0

    def take(self, short_term_lufs: float) -> float | None:
        """Take a measured value; return the new gain, dB, if it has changed."""
        self._count += 1
        if self._count > SETTLES and short_term_lufs > GATE_LUFS:
            self._powers.append(10 ** (short_term_lufs / 10))
        if not self._powers or self._count % STEP_EVERY or short_term_lufs <= GATE_LUFS:
            return None
        loudness = 10 * math.log10(sum(self._powers) / len(self._powers))
        wanted = max(-GAIN_MAX_DB, min(GAIN_MAX_DB, TARGET_LUFS - loudness))
        if abs(wanted - self.gain_db) < CLOSE_DB:
            return None
        self.gain_db += math.copysign(STEP_DB, wanted - self.gain_db)
        return self.gain_db
