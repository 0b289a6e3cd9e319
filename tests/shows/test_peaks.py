"""Peaks of viewers, as they are written down."""

from showfloor.shows.peaks import Peaks
from showfloor.timeline.presence import Presence


def test_peak_is_written_when_it_has_risen() -> None:
    written: list[tuple[str, int]] = []
    seen = {"a": Presence(3, 5), "b": Presence(0, 0)}
    peaks = Peaks(lambda: seen, lambda *peak: written.append(peak))
    for now in ({}, {"a": Presence(4, 5)}, {"a": Presence(6, 6), "b": Presence(1, 1)}, {}):
        seen |= now
        peaks.record()
    assert written == [("a", 5), ("a", 6), ("b", 1)]
