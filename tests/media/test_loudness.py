"""Loudness of −16 LUFS on demand: the gain, and FFmpeg led by it."""

import re
from dataclasses import replace
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest

from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder
from showfloor.media.encoding.loudness import GAIN_MAX_DB, GainControl
from showfloor.media.packets import MediaPacket
from tests.media.test_broadcast import SETTINGS, Stage, played
from tests.support.media import clip, ffmpeg
from tests.support.waiting import await_until


def led(control: GainControl, lufs: float, seconds: int) -> list[float]:
    """The changes of the gain."""
    told = (control.take(value) for value in repeat(lufs, seconds * 10))
    return [gain for gain in told if gain is not None]


@pytest.mark.parametrize(
    ("lufs", "gain_db"), [(-30.0, 14.0), (-6.0, -10.0), (-16.2, 0.0), (-49.0, GAIN_MAX_DB)]
)
def test_gain_goes_to_the_target_by_steps_that_nobody_hears(lufs: float, gain_db: float) -> None:
    control = GainControl()
    steps = led(control, lufs, 60)
    assert control.gain_db == pytest.approx(gain_db, abs=0.5)
    assert all(abs(b - a) <= 0.5 for a, b in zip([0.0, *steps], steps, strict=False))


def test_pause_leaves_the_gain_alone_and_the_first_seconds_are_not_believed() -> None:
    control = GainControl()
    assert led(control, -40.0, 3) == []  # the window is not full yet
    led(control, -26.0, 60)
    before = control.gain_db
    assert led(control, -70.0, 60) == []
    assert control.gain_db == before == pytest.approx(10.0, abs=0.5)


async def test_quiet_sound_leaves_at_the_wanted_loudness(tmp_path: Path) -> None:
    quiet = ("-af", "volume=-9dB")
    items = clip(size="64x36", fps="10", seconds=30, extra=quiet)
    settings = replace(SETTINGS, max_fps=10)
    encoder = FfmpegEncoder("ultrafast", evens_loudness=True)
    stage = Stage(tmp_path, lambda: encoder, settings)
    for item in items:
        stage.session.write(item)
        await stage.session.drain()
        if isinstance(item, MediaPacket) and item.dts_ms % 500 == 0 and item.dts_ms > 3000:
            # No faster than the gain: three seconds are on their way through FFmpeg at most.
            await await_until(partial(_has_heard, encoder, item.dts_ms / 1000 - 3))
    await stage.session.close("ended")
    stage.channel.end()
    rung = re.findall(r"(\d+p)\.m3u8", stage.channel.multivariant(preview=False).body.decode())[0]
    [whole] = await played(stage, rung)
    assert _lufs(whole, 1, 3) < -26
    assert _lufs(whole, 25, 5) == pytest.approx(-16, abs=2)
    await stage.channel.close()


def _has_heard(encoder: FfmpegEncoder, seconds: float) -> bool:
    control = encoder._loudness
    return control is not None and control._gain._count >= seconds * 10


def _lufs(whole: bytes, start: int, seconds: int) -> float:
    """The integrated loudness of a range of an MP4."""
    _, log = ffmpeg(
        "-i", "-", "-af", f"atrim={start}:{start + seconds},ebur128", "-f", "null", "-",
        stdin=whole,
    )  # fmt: skip
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1])
