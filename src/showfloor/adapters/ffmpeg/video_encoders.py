"""The encoders of pictures that FFmpeg has: x264, and those of graphics cards.

All of them are told the same: constant bit rate, no B-frames, an IDR picture at every second second
and nowhere else. Whether one works is found out by trying, because a name in FFmpeg's list says
nothing about the card and its driver.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

import imageio_ffmpeg

from showfloor.media.ports import Rung

SEGMENT_S: Final = 2
THREADS_PER_RUNG: Final = 2  # zerolatency slices each picture; more slices cost quality
TRY_TIMEOUT_S: Final = 15.0
COMPLAINT_MAX: Final = 200  # characters
_DEVICE: Final = "/dev/dri/renderD128"  # the first card that renders


@dataclass(frozen=True, slots=True)
class VideoEncoder:
    """`codec`: FFmpeg's name; `first`: arguments before the inputs; `upload`: filters that bring a
    picture to the encoder; `options`: beside those that all encoders are told. `is_told_keys`: each
    key frame is asked for, because its distance alone does not hold a card to it."""

    codec: str
    options: tuple[str, ...]
    first: tuple[str, ...] = ()
    upload: str = "format=yuv420p"
    is_told_keys: bool = True

    def arguments(self, rung: Rung) -> list[str]:
        """Return the arguments of one rung."""
        frames = str(SEGMENT_S * rung.fps)
        rate = f"{rung.kbps}k"
        keys = ["-force_key_frames", f"expr:eq(mod(n,{frames}),0)"] if self.is_told_keys else []
        return [
            "-c:v", self.codec, *self.options, "-profile:v", "high", "-bf", "0", "-g", frames,
            "-keyint_min", frames, "-b:v", rate, "-maxrate", rate,
            "-bufsize", f"{rung.kbps // 2}k", *keys,
        ]  # fmt: skip


def x264(preset: str) -> VideoEncoder:
    """Return the encoder that runs on every machine. `preset`: `ultrafast` … `medium`."""
    return VideoEncoder(
        "libx264",
        (
            "-preset", preset, "-tune", "zerolatency", "-sc_threshold", "0",
            "-threads", str(THREADS_PER_RUNG),
        ),
        is_told_keys=False,
    )  # fmt: skip


HARDWARE: Final[Mapping[str, VideoEncoder]] = {
    "nvenc": VideoEncoder(
        "h264_nvenc",
        (
            "-preset", "p4", "-tune", "ull", "-rc", "cbr", "-zerolatency", "1", "-delay", "0",
            "-no-scenecut", "1", "-strict_gop", "1", "-forced-idr", "1",
        ),
    ),
    "vaapi": VideoEncoder(
        "h264_vaapi", ("-rc_mode", "CBR", "-async_depth", "1", "-idr_interval", "0"),
        first=("-vaapi_device", _DEVICE), upload="format=nv12,hwupload",
    ),
    "videotoolbox": VideoEncoder(
        "h264_videotoolbox", ("-realtime", "1", "-prio_speed", "1", "-allow_sw", "0"),
        upload="format=nv12",
    ),
}  # fmt: skip


def chosen(name: str, preset: str) -> VideoEncoder:
    """Return the encoder of a setting: `x264`, or one of HARDWARE."""
    return x264(preset) if name == "x264" else HARDWARE[name]


@cache
def complaint(encoder: VideoEncoder) -> str:
    """Try an encoder on a few pictures; return why it does not work, or nothing."""
    rung = Rung("240p", 426, 240, 250, Fraction(30))
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error",
        *encoder.first, "-f", "lavfi", "-i", "testsrc2=size=426x240:rate=30:duration=0.2",
        "-vf", encoder.upload, *encoder.arguments(rung), "-f", "null", "-",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - our own wheel's executable
            command, capture_output=True, timeout=TRY_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)[:COMPLAINT_MAX]
    if done.returncode == 0:
        return ""
    lines: Sequence[str] = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return (lines[0] if lines else f"FFmpeg ended with {done.returncode}")[:COMPLAINT_MAX]
