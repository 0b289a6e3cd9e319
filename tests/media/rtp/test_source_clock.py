"""Picture and sound of one sender in one time, by its reports."""

from showfloor.media.packets import TrackKind
from showfloor.media.rtp.source_clock import START_MS, SourceClock

PICTURE, SOUND = TrackKind.VIDEO, TrackKind.AUDIO
BOTH = frozenset({PICTURE, SOUND})
HZ = {PICTURE: 90_000, SOUND: 48_000}


def stamp(clock: SourceClock, kind: TrackKind, ticks: int, now: float) -> int | None:
    return clock.stamp_ms(kind, ticks, HZ[kind], now)


def test_sound_is_placed_by_the_reports_and_not_by_its_arrival() -> None:
    clock = SourceClock(BOTH)
    assert stamp(clock, PICTURE, 5000, 10.0) is None
    assert stamp(clock, SOUND, 70_000, 10.3) is None  # it came 300 ms later
    clock.reported(PICTURE, 100.0, 5000)
    clock.reported(SOUND, 100.0, 70_000)  # and was recorded at the same moment
    assert stamp(clock, PICTURE, 5000 + 3000, 10.4) == START_MS + 33
    assert stamp(clock, SOUND, 70_000 + 960, 10.4) == START_MS + 20


def test_sender_without_reports_is_placed_by_arrival_after_two_seconds() -> None:
    clock = SourceClock(BOTH)
    assert stamp(clock, PICTURE, 0, 10.0) is None
    assert stamp(clock, SOUND, 0, 10.1) is None
    assert stamp(clock, PICTURE, 90_000, 11.9) is None
    assert stamp(clock, PICTURE, 180_000, 12.0) == START_MS + 2000
    assert stamp(clock, SOUND, 96_000, 12.1) == START_MS + 2100


def test_source_without_sound_does_not_wait_for_it() -> None:
    clock = SourceClock(frozenset({PICTURE}))
    stamp(clock, PICTURE, 0, 10.0)
    clock.reported(PICTURE, 100.0, 0)
    assert stamp(clock, PICTURE, 900, 10.1) == START_MS + 10


def test_drift_of_100_ppm_for_three_hours_keeps_lips_in_step() -> None:
    """The sound's clock runs 100 ppm fast; a report of each track comes every five seconds."""
    clock = SourceClock(BOTH)
    rate = 48_000 * (1 + 100e-6)
    worst, picture_ms = 0.0, None
    stamp(clock, PICTURE, 0, 0.0)
    stamp(clock, SOUND, 0, 0.0)
    for second in range(3 * 3600):
        if second % 5 == 0:
            clock.reported(PICTURE, 1e9 + second, second * 90_000)
            clock.reported(SOUND, 1e9 + second, round(second * rate))
        picture_ms = stamp(clock, PICTURE, second * 90_000, float(second))
        sound_ms = stamp(clock, SOUND, round(second * rate), float(second))
        assert picture_ms is not None
        assert sound_ms is not None
        worst = max(worst, abs(sound_ms - picture_ms))
    assert worst <= 40
    assert picture_ms == START_MS + (3 * 3600 - 1) * 1000


def test_reports_that_contradict_the_arrival_by_far_are_not_believed() -> None:
    clock = SourceClock(BOTH)
    stamp(clock, PICTURE, 0, 10.0)
    stamp(clock, SOUND, 0, 10.0)
    clock.reported(PICTURE, 0.0, 0)
    clock.reported(SOUND, 1e9, 0)
    assert stamp(clock, SOUND, 960, 10.02) == START_MS + 20
