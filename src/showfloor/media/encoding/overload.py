"""The decision to encode fewer rungs: a machine that falls behind would be later with each minute.

What tells it is the time that a picture waits before the encoder takes it. A rung comes back when
nothing has waited for a while and the machine has idle cores for it. A rung that came back too
early costs viewers seconds, so the next try is twice as late. Pure.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from showfloor.media.encoding.capacity import cores_of
from showfloor.media.ports import Rung

LAG_MAX_S: Final = 2.0
FOR_S: Final = 4.0  # a burst after a stalled line is worked off sooner
CAUGHT_UP_S: Final = 0.5
SPARE: Final = 0.9  # of what the encoder has shown that it can do
CALM_S: Final = 60.0  # without a picture that waits, before a rung comes back
CALM_MAX_S: Final = 1800.0
ROOM: Final = 1.5  # idle cores to those that a rung may take: it must fit on a bad minute, too


class Overload:
    """Watches one encoder. Pictures wait for it while it is behind, so the pace at which it takes
    them is its speed."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._since_ms = 0
        self._calm_since: datetime | None = None
        self._calm_s = CALM_S  # that a rung has to wait for
        self._came_back_at: datetime | None = None

    def speed(self, waited_s: float, dts_ms: int, now: datetime) -> float | None:
        """Take a picture that has waited so long; return the encoder's speed (1: as fast as
        pictures come) if it has been behind for too long, else None."""
        if waited_s >= CAUGHT_UP_S:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        if waited_s < LAG_MAX_S:
            self._since = None
            return None
        if self._since is None:
            self._since, self._since_ms = now, dts_ms
        passed_s = (now - self._since).total_seconds()
        if passed_s < FOR_S:
            return None
        self._since = None
        self._put_off(now)
        return min(1.0, max(0.0, (dts_ms - self._since_ms) / 1000 / passed_s))

    def _put_off(self, now: datetime) -> None:
        """Let the next rung wait longer if the last one came back too early."""
        back_at, self._came_back_at = self._came_back_at, None
        is_soon = back_at is not None and (now - back_at).total_seconds() < CALM_MAX_S
        self._calm_s = min(CALM_MAX_S, 2 * self._calm_s) if is_soon else CALM_S

    def is_calm(self, now: datetime) -> bool:
        """Return whether pictures have not waited for long enough for a rung to come back."""
        since = self._calm_since
        return since is not None and (now - since).total_seconds() >= self._calm_s

    def came_back(self, now: datetime) -> None:
        """Note that a rung is encoded again; the next one has to wait anew."""
        self._came_back_at = self._calm_since = now


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


def returning(
    rungs: Sequence[Rung], take_idle_cores: Callable[[float], bool], cost: float
) -> Rung | None:
    """Return the one of these shed rungs that comes back: the cheapest, if there is room for it.
    `cost`: the encoder's, to that of `veryfast`."""
    if not rungs:
        return None
    rung = min(rungs, key=_cost)
    needed = cores_of([(_cost(rung), float(rung.fps))], cost)
    return rung if take_idle_cores(needed * ROOM) else None


def _cost(rung: Rung) -> int:
    return rung.width * rung.height
