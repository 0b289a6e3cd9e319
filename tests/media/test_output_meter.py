"""The meter of an encoder's output: its delay and its content."""

from datetime import timedelta
from fractions import Fraction

import pytest

from showfloor.media.diagnostics.output_meter import ContentMeter, OutputMeter, OutputReading
from showfloor.media.ports import AUDIO, Rung
from tests.support.media import T0, picture, sound

RUNG = Rung("360p", 640, 360, 700, Fraction(30))
# Bytes of a frame, as x264 made them at 640 × 360 and 700 kbit/s: a key frame and the others.
CAMERA = (16_500, 2_800)
NOISE_BEFORE_A_WALL = (18_500, 2_234)
STILL = (17_000, 355)
CLOCK_ON_A_CARD = (11_000, 600)
BLACK = (160, 38)
SILENCE, NOISE = 6, 293


class Stage:
    """A meter, with a second for each step."""

    def __init__(self) -> None:
        self.meter = OutputMeter()
        self.meter.begin(RUNG)
        self.second = 0

    def second_passes(self, listed_s: float | None, *, arrives: bool = True) -> None:
        """A second's pictures come, and players are given everything up to `listed_s`."""
        for n in range(30 if arrives else 0):
            media_s = self.second + n / 30
            self.meter.arrived(media_s, T0 + timedelta(seconds=media_s))
        self.second += 1
        if listed_s is not None:
            self.meter.listed(listed_s)

    def read(self, *, queued: bool = False, tail_s: float = 0.0) -> OutputReading:
        at = T0 + timedelta(seconds=self.second)
        return self.meter.read(float(self.second), at, tail_s=tail_s, queued=queued)

    def behind_s(self, *, queued: bool = False, tail_s: float = 0.0) -> float:
        return round(self.read(queued=queued, tail_s=tail_s).behind_s, 1)


def test_encoder_that_keeps_up_is_behind_by_the_part_in_the_making() -> None:
    stage = Stage()
    for _ in range(10):
        stage.second_passes(stage.second + 2 / 3)
        assert stage.behind_s() == 0.3


def test_encoder_that_falls_behind_is_behind_by_what_it_has_not_given() -> None:
    stage = Stage()
    seen = []
    for n in range(1, 31):
        stage.second_passes(n * 0.8)
        seen.append(stage.behind_s())
    # The least of the last five seconds: a pause is nobody's trouble, a drift is.
    assert seen[-1] == 5.0
    assert seen == sorted(seen)


def test_pause_that_is_made_up_for_is_not_reported() -> None:
    stage = Stage()
    for listed_s in (1, 1, 1, 1, 5, 6):
        stage.second_passes(listed_s - 1 / 3)
        assert stage.behind_s() <= 0.4


def test_encoder_that_gives_nothing_falls_behind_though_nothing_more_comes() -> None:
    stage = Stage()
    for _ in range(3):
        stage.second_passes(None)
        stage.read()
    for _ in range(9):
        stage.second_passes(None, arrives=False)
        stage.read()
    assert stage.behind_s() == 7.0


def test_publisher_that_sends_nothing_is_not_waited_for() -> None:
    stage = Stage()
    for _ in range(12):
        stage.second_passes(2 / 3 if stage.second == 0 else None, arrives=stage.second == 0)
        stage.read()
    assert stage.behind_s() == 0.3


def test_stream_that_is_held_back_for_its_sound_waits_on_purpose() -> None:
    stage = Stage()
    stage.second_passes(None)
    for _ in range(12):
        stage.second_passes(None, arrives=False)
        stage.read(tail_s=1.0)
    assert stage.behind_s(tail_s=1.0) == 1.0


def test_queue_in_front_of_the_encoder_counts() -> None:
    stage = Stage()
    stage.second_passes(2 / 3)
    for _ in range(12):
        stage.second_passes(None, arrives=False)
        stage.read(queued=True)
    assert stage.behind_s(queued=True) == 7.3


def test_new_encoder_begins_with_nothing_owed() -> None:
    stage = Stage()
    for _ in range(12):
        stage.second_passes(None)
        stage.read()
    stage.meter.begin(RUNG)
    assert stage.behind_s() == 0.0


def test_broken_encoders_are_counted_for_ten_minutes() -> None:
    meter = OutputMeter()
    meter.restarted(100.0)
    meter.restarted(400.0)
    counts = [meter.read(at, T0, tail_s=0.0, queued=False).restarts for at in (699.9, 700.0, 1000)]
    assert counts == [2, 1, 0]


def feed_pictures(meter: ContentMeter, sizes: tuple[int, int], seconds: int) -> None:
    key, other = sizes
    for _ in range(seconds // 2):
        for n in range(60):
            meter.feed(2, picture(0, bytes(other if n else key), is_key=n == 0))


@pytest.mark.parametrize(
    ("sizes", "still_s", "black_s"),
    [
        (CAMERA, 0, 0),
        (NOISE_BEFORE_A_WALL, 0, 0),
        (CLOCK_ON_A_CARD, 0, 0),
        (STILL, 28, 0),
        (BLACK, 28, 28),
    ],
)
def test_stills_and_black_are_seen_from_the_sizes_of_frames(
    sizes: tuple[int, int], still_s: float, black_s: float
) -> None:
    meter = ContentMeter(RUNG)
    feed_pictures(meter, sizes, 30)
    assert (meter.still_s, meter.black_s) == (still_s, black_s)
    feed_pictures(meter, CAMERA, 4)
    assert (meter.still_s, meter.black_s) == (0, 0)


def test_silence_lasts_until_the_first_sound() -> None:
    meter = ContentMeter(RUNG)
    for _ in range(469):
        meter.feed(AUDIO, sound(0, bytes(SILENCE)))
    assert round(meter.silent_s, 1) == 10.0
    meter.feed(AUDIO, sound(0, bytes(NOISE)))
    assert meter.silent_s == 0.0
