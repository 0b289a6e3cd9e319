"""The key frames of an MP4 as small pictures: one FFmpeg child, which decodes nothing else."""

import subprocess
from collections.abc import Sequence
from typing import Final, override

import imageio_ffmpeg

from showfloor.replays.storyboard import KeyFrames

TIMEOUT_S: Final = 30.0
COMPLAINT_MAX: Final = 300  # characters


class FfmpegKeyFrames(KeyFrames):
    @override
    def decode(self, media: bytes, size: tuple[int, int], count: int) -> Sequence[bytes]:
        width, height = size
        fit = f"scale={width}:{height}:force_original_aspect_ratio=decrease"
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-loglevel", "error",
            "-threads", "1", "-skip_frame", "nokey", "-f", "mp4", "-i", "pipe:0", "-an",
            "-fps_mode", "passthrough", "-frames:v", str(count),
            "-vf", f"{fit},pad={width}:{height}:-1:-1",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1",
        ]  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - our own wheel's executable
                command, input=media, capture_output=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise OSError("FFmpeg took too long") from error
        if done.returncode != 0:
            raise OSError(done.stderr.decode("utf-8", "replace")[-COMPLAINT_MAX:].strip())
        each = width * height * 3
        whole = len(done.stdout) // each
        return [done.stdout[n * each : (n + 1) * each] for n in range(whole)]
