"""A range of a recording between two moments."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from showfloor.media.recording.cut import cut, follows, rung_in
from showfloor.media.recording.index import BroadcastRecord, RungInfo, SegmentRecord
from tests.support.media import T0


def segment(msn: int, at_s: float | None = None, **more: object) -> SegmentRecord:
    start = T0 + timedelta(seconds=2 * msn if at_s is None else at_s)
    made = SegmentRecord(msn, 1, False, start, Fraction(2), True, {"720p": 4})
    return replace(made, **more)  # type: ignore[arg-type]


def at(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


SHOW = [segment(msn) for msn in range(10)]


@pytest.mark.parametrize(
    ("start", "end", "numbers", "begins", "ends"),
    [
        (3, 7.5, [1, 2, 3], 1, Fraction(11, 2)),
        (4, 6, [2], 0, 2),
        (-5, 1, [0], 0, 1),
        (19, 99, [9], 1, 2),
        (4.2, 4.3, [2], Fraction(1, 5), Fraction(3, 10)),
    ],
)
def test_cut_names_its_segments_and_its_place_in_them(
    start: float, end: float, numbers: list[int], begins: Fraction, ends: Fraction
) -> None:
    found = cut(SHOW, T0 + at(start), T0 + at(end))
    assert found is not None
    assert [one.msn for one in found.segments] == numbers
    assert (found.start, found.end) == (begins, ends)


def test_range_without_a_recorded_public_picture_is_none() -> None:
    assert cut(SHOW, T0 + at(20), T0 + at(30)) is None
    assert cut([segment(0, public=False), segment(1, sizes={})], T0, T0 + at(9)) is None
    assert cut(SHOW[:1], T0, T0) is None


def test_gap_takes_no_time_and_moments_in_it_are_at_its_seam() -> None:
    show = [segment(0), segment(1, sizes={}), segment(2), segment(3, at_s=60, broadcast=2)]
    found = cut(show, T0 + at(1), T0 + at(61))
    assert found is not None
    assert (found.length, len(found.segments)) == (Fraction(4), 3)
    places = [found.place_of(T0 + at(s)) for s in (0, 1.5, 3, 4.5, 30, 60.5, 99)]
    assert places == [0, 0.5, 1, 1.5, 3, 3.5, 4]
    pairs = zip(found.segments, found.segments[1:], strict=False)
    assert [follows(*pair) for pair in pairs] == [False, False]
    assert follows(SHOW[0], SHOW[1])


def test_rung_is_the_best_that_fits_or_the_smallest() -> None:
    rungs = tuple(
        RungInfo(name, width, height, 30, 1000, "avc1")
        for name, width, height in (("720p", 720, 1280), ("360p", 360, 640))
    )
    broadcast = BroadcastRecord(1, rungs)
    assert [rung_in(broadcast, side) for side in (9999, 720, 719, 100)] == [
        "720p", "720p", "360p", "360p"
    ]  # fmt: skip
