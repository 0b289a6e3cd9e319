"""The clock that is laid over the demo's picture can be read back, also from a small, poor rung."""

import os
import subprocess
import time
from pathlib import Path

import imageio_ffmpeg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.flv.tags import FlvReader, TagKind
from showfloor_demo import clockcode, video

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
NOW_MS = 1_790_000_000_123
PUBLISHED_S = 5
WIDTH, HEIGHT = 640, 360
TOLERANCE_MS = 50
AVC_FRAME = 1  # packet type: neither the sequence header (0) nor the end (2)


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
def test_picture_without_a_code_gives_no_time(colour: bool) -> None:
    assert clockcode.decode(painted([colour] * clockcode.BITS), 1280, 720, NOW_MS) is None


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


def publish(clip: Path, sent: Path) -> list[float]:
    """Publish in real time into a file; when each frame of picture came out, Unix ms."""
    command = video.publish_command(FFMPEG, clip, "-", loop=False)
    reader = FlvReader()
    arrivals_ms: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child, sent.open("wb") as copy:
        assert child.stdout is not None
        while data := os.read(child.stdout.fileno(), 1 << 16):
            copy.write(data)
            now_ms = time.time() * 1000
            pictures = [
                tag
                for tag in reader.feed(data)
                if tag.kind is TagKind.VIDEO and tag.payload[1] == AVC_FRAME
            ]
            arrivals_ms += [now_ms] * len(pictures)
        assert child.wait(timeout=30) == 0
    return arrivals_ms


def read_times(path: Path, width: int, height: int) -> list[int | None]:
    """Return the time that the clock shows on each frame."""
    raw = subprocess.run(
        [
            FFMPEG, "-loglevel", "error", "-nostdin", "-i", str(path),
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-",
        ],
        check=True, capture_output=True, timeout=60,
    ).stdout  # fmt: skip
    size, now_ms = width * height * 3, int(time.time() * 1000)
    frames = (raw[at : at + size] for at in range(0, len(raw), size))
    bright = (clockcode.rgb_brightness(frame, width) for frame in frames)
    return [clockcode.decode(each, width, height, now_ms) for each in bright]


def encode_lowest_rung(sent: Path, rung: Path) -> None:
    subprocess.run(
        [
            FFMPEG, "-loglevel", "error", "-nostdin", "-y", "-i", str(sent),
            "-vf", f"scale={WIDTH}:{HEIGHT}", "-an", "-c:v", "libx264", "-preset", "veryfast",
            "-tune", "zerolatency", "-b:v", "700k", "-maxrate", "700k", "-bufsize", "700k",
            "-g", "60", "-fps_mode", "passthrough", str(rung),
        ],
        check=True, timeout=60,
    )  # fmt: skip


def test_a_published_clock_survives_the_lowest_rung(clip: Path, tmp_path: Path) -> None:
    sent, rung = tmp_path / "sent.flv", tmp_path / "rung.mp4"
    arrivals_ms = publish(clip, sent)
    encode_lowest_rung(sent, rung)
    times_ms, poor_ms = read_times(sent, 1280, 720), read_times(rung, WIDTH, HEIGHT)
    frames = len(times_ms)
    assert frames == len(poor_ms) == len(arrivals_ms) == PUBLISHED_S * 30
    same = sum(t is not None and t == p for t, p in zip(times_ms, poor_ms, strict=True))
    assert same >= 0.98 * frames

    # Each frame came out after the time it shows, and where nothing else kept the machine busy at
    # once: so the clock is neither slow nor fast.
    read = [(t, came) for t, came in zip(times_ms, arrivals_ms, strict=True) if t is not None]
    late_ms = sorted(came - t for t, came in read)
    assert late_ms[0] >= -1
    assert late_ms[0] <= TOLERANCE_MS
    assert [t for t, _came in read] == sorted(t for t, _came in read)
    # And it is sent in real time: 5 s of clip take 5 s, less what a busy machine started late.
    assert read[-1][0] - read[0][0] >= 0.7 * PUBLISHED_S * 1000
