"""The most viewers of each show, written down as they rise."""

from collections.abc import Callable, Mapping

from showfloor.shows import services
from showfloor.timeline import presence
from showfloor.timeline.presence import Presence


class Peaks:
    """Writes the peak of a timeline when it is higher than what this process wrote before."""

    def __init__(
        self,
        seen: Callable[[], Mapping[str, Presence]] = presence.snapshot,
        write: Callable[[str, int], object] = services.record_peak,
    ) -> None:
        self._seen = seen
        self._write = write
        self._written: dict[str, int] = {}

    def record(self) -> None:
        for timeline_id, seen in self._seen().items():
            if seen.peak > self._written.get(timeline_id, 0):
                self._write(timeline_id, seen.peak)
                self._written[timeline_id] = seen.peak
