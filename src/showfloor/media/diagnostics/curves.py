"""The curves of every source's health: each second of the last ten minutes, and the whole show in
steps of ten seconds.

Each process draws them from the reports that it makes or hears, so a console has them wherever it
is served. They are kept in memory, also after the show, until others need the place, and in files
beside it (`adapters.filesystem.curve_files`).
"""

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from showfloor.media.diagnostics.source_figures import COLUMNS, SourceFigures, Values, values_of

FINE_POINTS: Final = 600  # of a second
COARSE_S: Final = 10
COARSE_POINTS: Final = 4320  # 12 h
CHANNELS_MAX: Final = 64  # some 2 MB each after 12 h
_ROLES_MAX: Final = 2


@dataclass(frozen=True, slots=True)
class Point:
    at_s: int  # since 1970
    values: Values


@dataclass(slots=True)
class Curve:
    """The points of one source. `coarse` holds means; a step without any value stays None."""

    fine: deque[Point] = field(default_factory=lambda: deque(maxlen=FINE_POINTS))
    coarse: deque[Point] = field(default_factory=lambda: deque(maxlen=COARSE_POINTS))
    _step: list[Point] = field(default_factory=list)

    def add(self, point: Point) -> None:
        if self.fine and point.at_s <= self.fine[-1].at_s:
            return
        self.fine.append(point)
        if self._step and point.at_s // COARSE_S != self._step[0].at_s // COARSE_S:
            self._end_step()
        self._step.append(point)

    @classmethod
    def restored(cls, fine: Sequence[Point], coarse: Sequence[Point]) -> Self:
        """Return a curve as it was kept."""
        curve = cls(deque(fine, FINE_POINTS), deque(coarse, COARSE_POINTS))
        ended_s = curve.coarse[-1].at_s + COARSE_S if curve.coarse else 0
        curve._step = [point for point in curve.fine if point.at_s >= ended_s]
        return curve

    def whole(self) -> list[Point]:
        """Return the whole show in coarse steps, the one that runs included."""
        return [*self.coarse, *([_mean(self._step)] if self._step else [])]

    def _end_step(self) -> None:
        self.coarse.append(_mean(self._step))
        self._step = []


class CurveBook:
    """The curves of all shows, by channel and role. Used from one thread that writes; readers of
    other threads get copies."""

    def __init__(self) -> None:
        self._channels: OrderedDict[str, dict[str, Curve]] = OrderedDict()
        self._changed: set[str] = set()  # channels, since they were last taken

    def record(self, channel_id: str, sources: Sequence[SourceFigures], at_s: int) -> None:
        """Note the figures of a channel's sources; the first ones of a second count."""
        curves = self._channels.setdefault(channel_id, {})
        self._channels.move_to_end(channel_id)
        if len(self._channels) > CHANNELS_MAX:
            self._channels.popitem(last=False)
        self._changed.add(channel_id)
        for one in sources[:_ROLES_MAX]:
            curves.setdefault(one.role, Curve()).add(Point(at_s, values_of(one)))

    def restore(self, channel_id: str, kept: Mapping[str, Mapping[str, Sequence[Point]]]) -> None:
        """Take a channel's curves as they were kept, unless new ones are drawn already."""
        if channel_id not in self._channels and len(self._channels) < CHANNELS_MAX:
            self._channels[channel_id] = {
                role: Curve.restored(lines["fine"], lines["coarse"])
                for role, lines in list(kept.items())[:_ROLES_MAX]
            }

    def take_changed(self) -> dict[str, dict[str, dict[str, list[Point]]]]:
        """Return the curves that have grown since the last time: fine and coarse, by channel and
        role."""
        changed, self._changed = self._changed & self._channels.keys(), set()
        return {
            channel_id: {
                role: {"fine": list(curve.fine), "coarse": list(curve.coarse)}
                for role, curve in self._channels[channel_id].items()
            }
            for channel_id in changed
        }

    def fine(self, channel_id: str, after_s: int) -> Mapping[str, list[Point]]:
        """Return the seconds after this one, by role, in order."""
        curves = dict(self._channels.get(channel_id, {}))
        return {
            role: [point for point in list(curve.fine) if point.at_s > after_s]
            for role, curve in curves.items()
        }

    def whole(self, channel_id: str) -> Mapping[str, list[Point]]:
        """Return the whole show, by role, in order."""
        curves = dict(self._channels.get(channel_id, {}))
        return {role: curve.whole() for role, curve in curves.items()}


def _mean(points: Sequence[Point]) -> Point:
    columns = []
    for number in range(len(COLUMNS)):
        known = [value for point in points if (value := point.values[number]) is not None]
        columns.append(round(sum(known) / len(known), 2) if known else None)
    return Point(points[0].at_s // COARSE_S * COARSE_S, tuple(columns))


book: Final = CurveBook()
