"""The clock that is laid over the demo's picture can be read back, also from a small, poor rung."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.roles.demo import clockcode, video

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
NOW_MS = 1_790_000_000_123
PUBLISHED_S = 5
WIDTH, HEIGHT = 640, 360
TOLERANCE_MS = 50


def painted(blocks: list[bool]) -> clockcode.Brightness:
    """A 1280×720 picture that shows these blocks on black."""

    def bright(x: int, y: int) -> float:
        column = (x - clockcode.LEFT) // clockcode.BLOCK_PX
        row = (y - clockcode.TOP) // clockcode.BLOCK_PX
        inside = 0 <= column < clockcode.COLUMNS and 0 <= row < clockcode.ROWS
        return 235.0 if inside and blocks[row * clockcode.COLUMNS + column] else 16.0

    return bright


@given(st.integers(NOW_MS - 10**9, NOW_MS + 10**9))
def test_every_time_reads_back_as_itself(time_ms: int) -> None:
    blocks = painted(clockcode.encode(time_ms))
    assert clockcode.decode(blocks, 1280, 720, NOW_MS) == time_ms


@given(st.integers(NOW_MS - 10**9, NOW_MS + 10**9), st.integers(0, clockcode.BITS - 1))
def test_one_wrong_block_is_never_a_time(time_ms: int, wrong: int) -> None:
    blocks = clockcode.encode(time_ms)
    blocks[wrong] = not blocks[wrong]
    assert clockcode.decode(painted(blocks), 1280, 720, NOW_MS) is None


@pytest.mark.parametrize("colour", [True, False])
def test_a_picture_without_a_code_is_never_a_time(colour: bool) -> None:
    assert clockcode.decode(painted([colour] * clockcode.BITS), 1280, 720, NOW_MS) is None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off a published clip, and when it was published."""

    began_ms: float
    ended_ms: float
    times_ms: list[int | None]  # one for each frame


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A moving picture with sound, long enough to publish."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    subprocess.run(
        [
            FFMPEG, "-loglevel", "error", "-nostdin",
            "-f", "lavfi", "-i", f"testsrc2=s=1280x720:r=30:d={PUBLISHED_S}",
            "-f", "lavfi", "-i", f"sine=r=48000:d={PUBLISHED_S}",
            "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(path),
        ],
        check=True, timeout=60,
    )  # fmt: skip
    return path


def publish_and_read(clip: Path, folder: Path) -> Reading:
    """Publish to a file, encode that as the lowest rung, and read every frame of it."""
    sent, rung = folder / "sent.flv", folder / "rung.mp4"
    began_ms = time.time() * 1000
    command = video.publish_command(FFMPEG, clip, str(sent), loop=False)
    subprocess.run([*command, "-y"], check=True, timeout=60)
    ended_ms = time.time() * 1000
    subprocess.run(
        [
            FFMPEG, "-loglevel", "error", "-nostdin", "-y", "-i", str(sent),
            "-vf", f"scale={WIDTH}:{HEIGHT}", "-an", "-c:v", "libx264", "-preset", "veryfast",
            "-tune", "zerolatency", "-b:v", "700k", "-maxrate", "700k", "-bufsize", "700k",
            "-g", "60", str(rung),
        ],
        check=True, timeout=60,
    )  # fmt: skip
    raw = subprocess.run(
        [
            FFMPEG, "-loglevel", "error", "-nostdin", "-i", str(rung),
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-",
        ],
        check=True, capture_output=True, timeout=60,
    ).stdout  # fmt: skip
    size = WIDTH * HEIGHT * 3
    times = [
        clockcode.decode(
            clockcode.rgb_brightness(raw[at : at + size], WIDTH), WIDTH, HEIGHT, int(ended_ms)
        )
        for at in range(0, len(raw), size)
    ]
    return Reading(began_ms, ended_ms, times)


def test_a_published_clock_survives_the_lowest_rung(clip: Path, tmp_path: Path) -> None:
    reading = publish_and_read(clip, tmp_path)
    frames = len(reading.times_ms)
    assert frames == PUBLISHED_S * 30
    read = [(n, t) for n, t in enumerate(reading.times_ms) if t is not None]
    assert len(read) >= 0.98 * frames
    assert all(reading.began_ms <= t <= reading.ended_ms for _n, t in read)
    # The clip is sent in real time: frame n leaves n/30 s after the first one.
    offsets = sorted(t - n * 1000 / 30 for n, t in read)
    start_ms = offsets[len(offsets) // 2]
    exact = sum(abs(offset - start_ms) <= TOLERANCE_MS for offset in offsets)
    assert exact >= 0.95 * frames
