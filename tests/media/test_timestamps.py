"""Counters that wrap, and streams that jump: properties that hold whatever a source sends."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.encoding.timebase import (
    JUMP_BACK_MS,
    JUMP_FORWARD_MS,
    SOUND_LAG_MAX_MS,
    START_MS,
    Timebase,
)
from showfloor.media.formats.timestamps import StampUnwrapper
from showfloor.media.packets import TrackKind

BITS = st.sampled_from([24, 32, 33])


@given(BITS, st.integers(0, 2**40), st.data())
def test_time_goes_on_over_any_number_of_wraps(bits: int, start: int, data: st.DataObject) -> None:
    half = 1 << (bits - 1)
    steps = data.draw(st.lists(st.integers(-half, half - 1), max_size=20))
    times = [start]
    for step in steps:
        times.append(times[-1] + step)
    unwrapper = StampUnwrapper(bits)
    read = [unwrapper.unwrap(time % (1 << bits)) for time in times]
    assert read[0] == start % (1 << bits)
    assert [after - before for before, after in pairwise(read)] == steps


def test_rtmp_goes_on_after_49_days_and_a_step_back_over_the_wrap_is_one() -> None:
    unwrapper = StampUnwrapper(32)
    stamps = [2**32 - 40, 2**32 - 1, 39, 2**32 - 1, 79]
    assert [unwrapper.unwrap(stamp) - 2**32 for stamp in stamps] == [-40, -1, 39, -1, 79]


@given(
    st.integers(-(2**34), 2**34),
    st.lists(st.tuples(st.sampled_from(TrackKind), st.integers(-(2**34), 2**34)), max_size=40),
)
def test_timebase_never_jumps_whatever_comes(
    first_ms: int, stamps: list[tuple[TrackKind, int]]
) -> None:
    base = Timebase(first_ms)
    latest = START_MS
    last = dict.fromkeys(TrackKind, START_MS - SOUND_LAG_MAX_MS)
    for kind, stamp_ms in stamps:
        mapped = base.map(kind, stamp_ms)
        assert last[kind] - JUMP_BACK_MS <= mapped <= latest + JUMP_FORWARD_MS
        last[kind], latest = mapped, max(latest, mapped)
