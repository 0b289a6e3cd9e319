"""Stamps that jump, clocks that drift."""

from datetime import timedelta
from fractions import Fraction

import pytest

from showfloor.media.encoding.timebase import (
    SOUND_LAG_MAX_MS,
    START_MS,
    STEP_MS,
    SoundLag,
    Timebase,
    WallClock,
)
from showfloor.media.packets import TrackKind
from tests.support.media import T0

AUDIO, VIDEO = TrackKind.AUDIO, TrackKind.VIDEO
HOUR_MS = 3_600_000


def test_the_first_picture_is_the_start_whatever_its_stamp() -> None:
    base = Timebase(HOUR_MS + 80)
    assert base.map(VIDEO, HOUR_MS) == START_MS - 80  # decoded 80 ms before it is shown
    assert base.map(AUDIO, HOUR_MS + 60) == START_MS - 20
    assert base.map(VIDEO, HOUR_MS + 40) == START_MS - 40


@pytest.mark.parametrize("jump_ms", [HOUR_MS, 3100, -HOUR_MS, -300, -(2**32)])
def test_a_jump_is_closed_up_for_both_tracks(jump_ms: int) -> None:
    base = Timebase(10 * HOUR_MS)
    for ms in range(0, 1000, 40):
        base.map(VIDEO, 10 * HOUR_MS + ms)
        base.map(AUDIO, 10 * HOUR_MS + ms + 10)
    last = START_MS + 970
    assert base.map(VIDEO, 10 * HOUR_MS + 1000 + jump_ms) == last + STEP_MS
    # Sound from before the jump that was sent after it keeps its place …
    assert base.map(AUDIO, 10 * HOUR_MS + 1010) == START_MS + 1010
    # … and then makes the same jump.
    expected = last + STEP_MS + 50
    assert base.map(AUDIO, 10 * HOUR_MS + 1050 + jump_ms) == expected
    assert base.map(VIDEO, 10 * HOUR_MS + 1040 + jump_ms) == last + STEP_MS + 40


def test_a_pause_below_three_seconds_keeps_its_length() -> None:
    base = Timebase(0)
    assert base.map(VIDEO, 0) == START_MS
    assert base.map(VIDEO, 2900) == START_MS + 2900


@pytest.mark.parametrize("gap_ms", [33, 900, HOUR_MS])
def test_source_that_joins_goes_on_where_time_has_come_to(gap_ms: int) -> None:
    base = Timebase(0)
    base.map(VIDEO, 0)
    base.map(AUDIO, 1000)
    base.join(HOUR_MS, HOUR_MS + 2000, gap_ms)
    # Two seconds of its earlier pictures take an eighth of a second, in their order.
    earlier = [base.map_earlier(HOUR_MS + ms) for ms in range(0, 2100, 33)]
    assert earlier == sorted(set(earlier))
    here = base.map(VIDEO, HOUR_MS + 2000)
    assert here == START_MS + 1000 + {33: 125 + STEP_MS, 900: 900, HOUR_MS: 3000}[gap_ms]
    assert earlier[0] == here - 125
    assert earlier[-1] - here == 33 * 63 - 2000  # a picture that is shown after the next one
    assert base.map(AUDIO, HOUR_MS + 2010) == here + 10


def test_source_that_begins_late_has_its_first_picture_at_the_start() -> None:
    base = Timebase(0)
    base.begin_late(80, 1600)  # decoded at 0, shown at 80
    assert [base.map_earlier(80), base.map(VIDEO, 1640)] == [START_MS, START_MS + 95 + 40]


def test_small_disorder_is_left_alone() -> None:
    base = Timebase(0)
    stamps = [(VIDEO, 0), (AUDIO, 5), (VIDEO, 40), (AUDIO, 26), (VIDEO, 39), (AUDIO, 48)]
    assert [base.map(kind, ms) - START_MS for kind, ms in stamps] == [ms for _, ms in stamps]


def clock_after(seconds: int, delay_s: float, *, jitter_s: float = 0.0) -> WallClock:
    clock = WallClock(T0)
    for n in range(seconds * 30):
        late = jitter_s if n % 3 else 0.0
        clock.arrived(n / 30, T0 + timedelta(seconds=n / 30 + delay_s + late))
    return clock


def test_the_wall_clock_is_the_first_arrival_plus_exact_media_time() -> None:
    clock = clock_after(10, 0.09, jitter_s=0.5)
    assert clock.segment_start(Fraction(8)) == T0 + timedelta(seconds=8)


@pytest.mark.parametrize(
    ("delay_s", "first_s", "second_s"),
    [(0.8, 0.2, 0.15), (30.0, 0.25, 0.25), (-0.8, -0.2, -0.15)],
)
def test_a_drift_is_followed_by_a_quarter_and_at_most_250_ms_a_segment(
    delay_s: float, first_s: float, second_s: float
) -> None:
    clock = clock_after(10, delay_s)
    starts = [clock.segment_start(Fraction(8)), clock.segment_start(Fraction(10))]
    assert [start - T0 for start in starts] == pytest.approx(
        [timedelta(seconds=8 + first_s), timedelta(seconds=10 + first_s + second_s)],
        abs=timedelta(microseconds=10),
    )


def test_a_drift_is_followed_until_it_is_tolerable() -> None:
    clock = clock_after(10, 0.16)
    starts = [clock.segment_start(Fraction(8)) for _ in range(6)]
    assert starts[-1] == starts[1] == T0 + timedelta(seconds=8.07)


def test_sound_from_long_before_the_first_picture_keeps_its_place() -> None:
    """An encoder that starts in mid-stream first hears sound that lags behind it."""
    base = Timebase(HOUR_MS)
    base.map(VIDEO, HOUR_MS)
    assert base.map(AUDIO, HOUR_MS - SOUND_LAG_MAX_MS) == START_MS - SOUND_LAG_MAX_MS
    assert base.map(AUDIO, HOUR_MS + 10) == START_MS + 10


def settled(lag: SoundLag, *, ms: range, lag_ms: int) -> list[int]:
    """Feed picture and sound with this lag; return the values that the lag settles at."""
    risen = []
    for stamp_ms in ms:
        lag.picture(stamp_ms)
        if lag.sound(stamp_ms - lag_ms):
            risen.append(lag.settled_ms)
    return risen


@pytest.mark.parametrize(
    ("lag_ms", "risen"),
    [(-200, []), (0, []), (40, []), (50, [100]), (800, [900]), (1000, [1100]), (4800, [4900]),
     (5000, [5000]), (5001, []), (60_000, [])],
)  # fmt: skip
def test_a_lag_of_the_sound_is_settled_once(lag_ms: int, risen: list[int]) -> None:
    lag = SoundLag()
    assert settled(lag, ms=range(1000, 1240, 20), lag_ms=lag_ms) == []
    assert settled(lag, ms=range(1240, 9000, 20), lag_ms=lag_ms) == risen


def test_sound_that_comes_in_a_burst_after_a_hiccup_does_not_count_as_a_lag() -> None:
    lag = SoundLag()
    settled(lag, ms=range(1000, 2000, 20), lag_ms=0)
    lag.picture(4000)
    assert [lag.sound(ms) for ms in range(2000, 4000, 20)] == [False] * 100
    assert settled(lag, ms=range(4000, 6000, 20), lag_ms=0) == []


def test_a_lag_that_grows_is_settled_again_one_that_shrinks_is_not() -> None:
    lag = SoundLag()
    assert settled(lag, ms=range(1000, 2000, 20), lag_ms=500) == [600]
    assert settled(lag, ms=range(2000, 3000, 20), lag_ms=200) == []
    assert settled(lag, ms=range(3000, 4000, 20), lag_ms=640) == []
    assert settled(lag, ms=range(4000, 5000, 20), lag_ms=700) == [800]
