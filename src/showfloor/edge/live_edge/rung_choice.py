"""The rung that one viewer at the live edge gets. Pure; times in s of a monotonic clock."""

from collections.abc import Sequence
from typing import Final

from showfloor.media.live_edge.feed import LiveRung

CALM_S: Final = 20.0  # without a skip: a better rung is tried
CALM_MAX_S: Final = 320.0


class RungChoice:
    """The server's choice: the smallest rung that fills the page, one less with each skip, and one
    more after a calm time that doubles each time it was too early. A viewer's own choice stays."""

    def __init__(self) -> None:
        self.place = 0
        self._height: int | None = None  # pixels that the picture has on the page
        self._chosen: str | None = None
        self._rungs: Sequence[LiveRung] = ()
        self._calm_s = CALM_S
        self._since = 0.0

    def fit(self, height: int | None) -> None:
        self._height = height

    def choose(self, name: str | None) -> None:
        """Take the viewer's choice; a rung that there is not leaves the choice to the server."""
        self._chosen = name
        self._settle(self._best)

    def begin(self, rung: LiveRung, rungs: Sequence[LiveRung], now: float) -> None:
        """Note what the viewer has, and what there is."""
        is_first, self._rungs = not self._rungs, rungs
        self._since = now
        if is_first:
            self._settle(max(rung.place, self._best))

    def too_slow(self, now: float) -> None:
        """Note that the line did not take the rung."""
        if now - self._since < self._calm_s:
            self._calm_s = min(CALM_MAX_S, 2 * self._calm_s)
        self._since = now
        self._settle(min(self.place + 1, len(self._rungs) - 1))

    def calm(self, now: float) -> None:
        """Note a key frame that the line took."""
        if self.place > self._best and now - self._since >= self._calm_s:
            self._since = now
            self._settle(self.place - 1)

    @property
    def _best(self) -> int:
        """Return the place of the smallest rung that is as large as the picture on the page."""
        if self._height is None:
            return 0
        large = [one.place for one in self._rungs if _side(one) >= self._height]
        return max(large, default=0)

    def _settle(self, place: int) -> None:
        chosen = [one.place for one in self._rungs if one.rung.name == self._chosen]
        self.place = chosen[0] if chosen else max(0, place)


def _side(rung: LiveRung) -> int:
    return min(rung.rung.width, rung.rung.height)
