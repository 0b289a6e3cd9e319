"""Clips encoded anew by one FFmpeg child, which runs with the least priority."""

import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, override

import imageio_ffmpeg

from showfloor.replays.crop_path import CropPosition
from showfloor.replays.encoding import ClipEncoder, Crop, EncodeOrder

NICENESS: Final = 15
STALL_S: Final = 60.0  # without a line of progress
COMPLAINT_MAX: Final = 300  # characters
_SCRIPT: Final = "captions.ass"
_COMMANDS: Final = "crop.txt"


class FfmpegClipEncoder(ClipEncoder):
    @contextmanager
    @override
    def pictures(
        self, source: Path, size: tuple[int, int], per_s: int
    ) -> Iterator[Iterator[bytes]]:
        width, height = size
        command = [
            *_begin(), "-i", str(source), "-an", "-vf", f"fps={per_s},scale={width}:{height}",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1",
        ]  # fmt: skip
        with tempfile.TemporaryFile() as complaints, _child(command, complaints) as child:
            yield _frames(child, width * height * 3)
            if child.wait(STALL_S):
                raise OSError(_complaint(complaints))

    @override
    def encode(self, order: EncodeOrder, on_progress: Callable[[float], None]) -> None:
        with tempfile.TemporaryDirectory(prefix="clip-") as name, tempfile.TemporaryFile() as said:
            folder = Path(name)
            command = [
                *_begin(), "-progress", "pipe:1", "-i", str(order.source), "-map", "0:v:0",
                "-map", "0:a:0?", "-map_metadata", "0", "-map_chapters", "0",
                "-vf", ",".join(_filters(order, folder)), "-c:v", "libx264", "-preset", "veryfast",
                "-crf", "21", "-threads", "2", "-c:a", "copy", "-movflags", "+faststart",
                "-f", "mp4", "-y", str(order.target),
            ]  # fmt: skip
            with _child(command, said, folder) as child:
                for line in _lines(child):
                    key, _equals, value = line.strip().partition("=")
                    if key == "out_time_us" and value.isdigit():
                        on_progress(min(1.0, int(value) / 1e6 / order.lasts_s))
                if child.wait(STALL_S):
                    raise OSError(_complaint(said))


def crop_commands(crop: Crop) -> str:
    """Return the way of a crop in pixels for FFmpeg's filter `sendcmd`: at each point the crop gets
    a formula by which it moves evenly to the next one."""
    lines = []
    width = crop.source_width
    for point, after in zip(crop.path, [*crop.path[1:], crop.path[-1]], strict=True):
        lasts = after.at_s - point.at_s
        speed = (after.left - point.left) / lasts if lasts > 0 else 0.0
        place = f"{point.left * width:.2f}"
        if speed:
            place += f"+(t-{point.at_s:.3f})*({speed * width:.4f})"
        lines.append(f"{point.at_s:.3f} crop x '{place}';")
    return "\n".join(_last_of_each_moment(lines, crop.path))


def _last_of_each_moment(lines: Sequence[str], path: Sequence[CropPosition]) -> list[str]:
    moments = [point.at_s for point in path]
    return [line for n, line in enumerate(lines) if moments[n] not in moments[n + 1 : n + 2]]


def _filters(order: EncodeOrder, folder: Path) -> Iterator[str]:
    if order.crop is not None:
        crop = order.crop
        (folder / _COMMANDS).write_text(crop_commands(crop), "utf-8")
        left = round(crop.path[0].left * crop.source_width)
        yield f"sendcmd=f={_COMMANDS}"
        yield f"crop=w={crop.width}:h={crop.height}:x={left}:y=0"
    if order.script:
        (folder / _SCRIPT).write_text(order.script, "utf-8")
        for font in order.fonts:
            (folder / font.name).symlink_to(font)
        yield f"subtitles=f={_SCRIPT}:fontsdir=."
    yield "format=yuv420p"


def _begin() -> list[str]:
    return [
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin",
        "-loglevel", "error",
    ]  # fmt: skip


@contextmanager
def _child(
    command: Sequence[str], complaints: IO[bytes], folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run FFmpeg; it ends with the block, however that ends."""
    with subprocess.Popen(  # noqa: S603 - our own wheel's executable
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, cwd=folder
    ) as child:
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
        try:
            yield child
        finally:
            child.kill()


def _frames(child: subprocess.Popen[bytes], each: int) -> Iterator[bytes]:
    assert child.stdout is not None
    while len(pixels := child.stdout.read(each)) == each:
        yield pixels


def _lines(child: subprocess.Popen[bytes]) -> Iterator[str]:
    """Yield the lines of a child; OSError when none comes for too long."""
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, name="clip-progress", daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=STALL_S)
        except queue.Empty:
            raise OSError("FFmpeg stands still") from None
        if line is None:
            return
        yield line.decode("ascii", "replace")


def _complaint(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode("utf-8", "replace")[-COMPLAINT_MAX:].strip() or "FFmpeg has failed"
