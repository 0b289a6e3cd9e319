"""The decision to encode fewer rungs: a machine that falls behind would be later with each minute.

What tells it is the time that a picture waits before the encoder takes it. Pure.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from showfloor.media.ports import Rung

LAG_MAX_S: Final = 2.0
FOR_S: Final = 4.0  # a burst after a stalled line is worked off sooner
CAUGHT_UP_S: Final = 0.5
SPARE: Final = 0.9  # of what the encoder has shown that it can do


class Overload:
    """Watches one encoder. Pictures wait for it while it is behind, so the pace at which it takes
    them is its speed."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._since_ms = 0

    def speed(self, waited_s: float, dts_ms: int, now: datetime) -> float | None:
        """Take a picture that has waited so long; return the encoder's speed (1: as fast as
        pictures come) if it has been behind for too long, else None."""
        if waited_s < LAG_MAX_S:
            self._since = None
            return None
        if self._since is None:
            self._since, self._since_ms = now, dts_ms
        passed_s = (now - self._since).total_seconds()
        if passed_s < FOR_S:
            return None
        self._since = None
        return min(1.0, max(0.0, (dts_ms - self._since_ms) / 1000 / passed_s))


def shed(rungs: Sequence[Rung], speed: float) -> Sequence[Rung]:
    """Return the rungs that are encoded from now on: at least one less, if there is one to spare.

    The best and the smallest are the most useful: one is the picture that people came for, the
    other is all that a weak line can carry. Between them the largest saves most. At last the best
    goes, because the others cost little beside it.
    """
    kept = list(rungs)
    may_cost = sum(map(_cost, rungs)) * speed * SPARE
    while len(kept) > 1:
        del kept[1 if len(kept) > 2 else 0]
        if sum(map(_cost, kept)) <= may_cost:
            break
    return kept


def _cost(rung: Rung) -> int:
    return rung.width * rung.height
