"""A film as a source: FFmpeg takes its pictures and its sound out of their container."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvReader
from showfloor.media.packets import SourceItem

CHUNK_BYTES: Final = 1 << 16
END_TIMEOUT_S: Final = 60


def read_film(film: Path) -> Iterator[SourceItem]:
    """Yield what an encoder would send of the film, as fast as it is taken.

    RuntimeError when FFmpeg cannot read it, FlvError for codecs that are not taken.
    """
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin",
        "-i", str(film), "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "flv", "-",
    ]  # fmt: skip
    tags, packets = FlvReader(), PacketReader()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:  # noqa: S603 - our own wheel's
        assert child.stdout is not None
        while data := child.stdout.read(CHUNK_BYTES):
            for tag in tags.feed(data):
                yield from packets.take(tag)
        if child.wait(timeout=END_TIMEOUT_S):
            raise RuntimeError(f"FFmpeg could not read {film.name}")
