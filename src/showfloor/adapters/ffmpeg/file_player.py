"""Playing a file as live, and looking into one, by FFmpeg. Nothing is encoded here."""

import asyncio
import re
import subprocess
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, override

import imageio_ffmpeg

from showfloor.adapters.ffmpeg import flv_child
from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from showfloor.media.files.ports import FileFacts, FilePlace, FilePlayer, FileProbe
from showfloor.media.packets import SourceItem

PROBE_S: Final = 20.0
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
_STREAM = re.compile(r"Stream #0:\d+\S*: (Video|Audio): (\w+)")


def command(executable: str, path: str, offset_s: float) -> list[str]:
    """Return FFmpeg's arguments: it begins with the key frame at or before the offset."""
    return [
        executable, "-hide_banner", "-nostats", "-nostdin", "-loglevel", "error",
        "-re", "-ss", f"{offset_s:.3f}", "-i", f"file:{path}",
        "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy",
        *flv_child.flv_to(1),
    ]  # fmt: skip


class FfmpegFilePlayer(FilePlayer):
    """Runs one child for one file."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None

    @override
    async def items(self, place: FilePlace, offset_s: float) -> AsyncGenerator[SourceItem]:
        executable = await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
        self._child = child = await asyncio.create_subprocess_exec(
            *ending_with_us(command(executable, place.path, offset_s)),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            limit=flv_child.CHUNK_BYTES, start_new_session=True,
        )  # fmt: skip
        has_come = False
        async with aclosing(flv_child.items_of(child)) as items:
            async for item in items:
                has_come = True
                yield item
        if not has_come:
            raise OSError(f"{place.name} cannot be read (FFmpeg ended with {await child.wait()})")

    @override
    async def close(self) -> None:
        if self._child is not None:
            await flv_child.end(self._child)


class FfmpegFileProbe(FileProbe):
    @override
    def facts(self, path: str) -> FileFacts | None:
        executable = imageio_ffmpeg.get_ffmpeg_exe()
        try:
            done = subprocess.run(  # noqa: S603 - our own wheel's executable
                [executable, "-hide_banner", "-nostdin", "-i", f"file:{path}"],
                capture_output=True, timeout=PROBE_S, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return None
        said = done.stderr.decode("utf-8", "replace")
        length, kinds = _DURATION.search(said), dict[str, str]()
        for kind, codec in _STREAM.findall(said):
            kinds.setdefault(kind, codec)
        if length is None or "Video" not in kinds:
            return None
        hours, minutes, seconds = length.groups()
        duration_s = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        return FileFacts(kinds["Video"], kinds.get("Audio", ""), duration_s)
