"""The health of an incoming stream, from its own packets."""

from fractions import Fraction

from showfloor.media.diagnostics.ingest_health import HealthMeter, IngestHealth, PictureWatch
from showfloor.media.packets import MediaPacket
from tests.support import media
from tests.support.media import AUDIO, T0, VIDEO

FRAME_BYTES = 5000
FPS = 25


def frame(number: int) -> MediaPacket:
    return media.picture(number * 40, bytes(FRAME_BYTES), is_key=number % 50 == 0)


SOUND = media.sound(0, b"")


def test_nothing_is_known_before_the_first_packet() -> None:
    meter = HealthMeter("OBS 31", T0, 100.0)
    assert meter.read(101.0) == IngestHealth(
        0, 0.0, None, None, None, 0, 0, "", "", "OBS 31", T0
    )  # fmt: skip


def test_rates_are_those_of_the_last_four_seconds() -> None:
    meter = HealthMeter("OBS 31", T0, 100.0)
    meter.configure(video=VIDEO, audio=AUDIO)
    for number in range(10 * FPS):
        meter.feed(frame(number), 100 + (number + 1) / FPS)
    meter.feed(SOUND, 110.0)
    # Its size and sound are known, but not all of it: nobody is told *no sound* too early.
    assert meter.read(110.0) == IngestHealth(
        0, 0.0, None, None, 0.0, 0, 0, "", "", "OBS 31", T0
    )  # fmt: skip
    meter.configure(fps=Fraction(25))
    health = meter.read(110.0)
    assert health == IngestHealth(
        1000, 25.0, 25.0, 2.0, 0.0, 320, 180, "H.264", "AAC", "OBS 31", T0, last_sound_age_s=0.0
    )  # fmt: skip


def test_sound_that_is_announced_and_never_comes_has_an_age() -> None:
    meter = HealthMeter("", T0, 100.0)
    meter.configure(fps=Fraction(25))
    assert meter.read(104.0).last_sound_age_s is None
    meter.configure(audio=AUDIO)
    assert meter.read(104.0).last_sound_age_s == 4.0
    meter.feed(SOUND, 105.0)
    assert meter.read(107.5).last_sound_age_s == 2.5


def test_a_stream_that_stops_is_seen_to_stop() -> None:
    meter = HealthMeter("", T0, 100.0)
    for number in range(FPS):
        meter.feed(frame(number), 100 + (number + 1) / FPS)
    meter.configure(fps=Fraction(30000, 1001))
    assert (meter.read(101.0).fps, meter.read(101.0).nominal_fps) == (25.0, 30.0)
    health = meter.read(107.5)
    assert (health.fps, health.bitrate_kbps, health.last_frame_age_s) == (0.0, 0, 6.5)
    assert health.keyframe_interval_s is None  # there was only one


def test_sound_alone_is_dark_after_a_while() -> None:
    watch = PictureWatch(5.0, 100.0)
    assert not watch.is_dark(frame(0), 109.0)
    dark = [watch.is_dark(SOUND, 109 + eighth / 8) for eighth in range(1, 49)]
    assert dark == [False] * 40 + [True] * 8  # after more than 5 s
    assert not watch.is_dark(frame(1), 115.0)


def test_a_line_that_stood_still_is_not_dark() -> None:
    watch = PictureWatch(5.0, 100.0)
    assert not watch.is_dark(frame(0), 100.0)
    assert not watch.is_dark(SOUND, 120.0)
    assert not watch.is_dark(frame(1), 120.0)
