"""The converter of a restream's sound: Opus in as FLV on stdin, AAC out as FLV on stdout.

Pictures do not pass it. When this process dies, the child reads the end of its stdin and ends.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from typing import Final, override

import imageio_ffmpeg

from showfloor.adapters.ffmpeg import flv_child
from showfloor.media.encoding.ladder import AUDIO_KBPS
from showfloor.media.flv.packets import packet_tag, track_tag
from showfloor.media.flv.tags import encode_header, encode_tag
from showfloor.media.packets import AudioTrack, MediaPacket
from showfloor.media.restream.ports import SoundConverter

KILL_TIMEOUT_S: Final = 1.0
WAITING_BYTES_MAX: Final = 1 << 18  # some ten seconds of sound; then it is dropped


def command(executable: str) -> list[str]:
    """Return FFmpeg's arguments."""
    return [
        executable, "-hide_banner", "-nostats", "-loglevel", "error",
        "-probesize", "32", "-analyzeduration", "1",
        "-copyts", "-f", "flv", "-i", "pipe:0", "-map", "0:a:0",
        "-af", "aresample=48000:async=1:min_hard_comp=0.03",
        "-c:a", "aac", "-b:a", f"{AUDIO_KBPS}k", "-ac", "2", "-ar", "48000",
        *flv_child.flv_to(1),
    ]  # fmt: skip


class FfmpegSoundConverter(SoundConverter):
    """Runs one child for one connection."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @override
    async def start(self, track: AudioTrack, on_packet: Callable[[MediaPacket], None]) -> None:
        executable = await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
        self._child = child = await asyncio.create_subprocess_exec(
            *command(executable),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, limit=flv_child.CHUNK_BYTES,
            start_new_session=True,  # Ctrl-C reaches the server, which ends the child in order
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(child, on_packet), name="restream sound")
        assert child.stdin is not None
        child.stdin.write(encode_header(has_video=False, has_audio=True))
        child.stdin.write(encode_tag(track_tag(track)))

    @property
    @override
    def has_ended(self) -> bool:
        return self._reading is not None and self._reading.done()

    @override
    def write(self, packet: MediaPacket) -> None:
        assert self._child is not None
        stdin = self._child.stdin
        assert stdin is not None
        if not stdin.is_closing() and stdin.transport.get_write_buffer_size() < WAITING_BYTES_MAX:
            stdin.write(encode_tag(packet_tag(packet)))

    @override
    async def close(self) -> None:
        if self._child is None:
            return
        await flv_child.end(self._child, KILL_TIMEOUT_S)
        assert self._child.stdin is not None
        self._child.stdin.close()
        if self._reading is not None:  # it reads to the end, which closes the pipe
            await asyncio.wait([self._reading], timeout=KILL_TIMEOUT_S)
            self._reading.cancel()

    async def _read(
        self, child: asyncio.subprocess.Process, on_packet: Callable[[MediaPacket], None]
    ) -> None:
        with suppress(OSError):  # nothing more can be read of it
            async with aclosing(flv_child.items_of(child)) as items:
                async for item in items:
                    if isinstance(item, MediaPacket):
                        on_packet(item)
