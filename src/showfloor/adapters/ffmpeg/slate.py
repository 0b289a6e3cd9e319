"""The slate of a restream, made of one picture: H.264 and silent AAC of one format."""

import asyncio
from contextlib import aclosing, suppress
from typing import Final

import imageio_ffmpeg

from showfloor.adapters.ffmpeg import flv_child
from showfloor.media.packets import MediaPacket, TrackKind
from showfloor.media.restream.slate import Slate, SlateFormat

GROUP_S: Final = 2  # of the pictures that repeat: platforms want a key frame so often
MADE_WITHIN_S: Final = 20.0
_PRIMED: Final = 2  # the first frames of AAC hold what comes before the sound


def command(executable: str, form: SlateFormat) -> list[str]:
    """Return FFmpeg's arguments: a PNG of the format's size in, FLV out."""
    pictures = form.fps * GROUP_S
    sound_in = ["-f", "lavfi", "-i", f"anullsrc=r={form.rate}:cl={form.channels}c"]
    sound_out = ["-map", "1:a", "-c:a", "aac", "-b:a", "64k", "-t", str(GROUP_S)]
    return [
        executable, "-hide_banner", "-nostats", "-loglevel", "error",
        "-f", "png_pipe", "-framerate", str(form.fps), "-i", "pipe:0",
        *(sound_in if form.rate else []),
        "-map", "0:v", "-vf", f"loop=loop={pictures - 1}:size=1,format=yuv420p",
        "-frames:v", str(pictures), "-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage",
        "-profile:v", "main", "-bf", "0", "-g", str(pictures), "-sc_threshold", "0",
        *(sound_out if form.rate else []),
        *flv_child.flv_to(1),
    ]  # fmt: skip


async def make_slate(form: SlateFormat, png: bytes) -> Slate:
    """Return the slate that shows this picture; OSError when FFmpeg cannot make it."""
    executable = await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
    child = await asyncio.create_subprocess_exec(
        *command(executable, form),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, limit=flv_child.CHUNK_BYTES, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(MADE_WITHIN_S), aclosing(flv_child.items_of(child)) as items:
            assert child.stdin is not None
            child.stdin.write(png)
            with suppress(ConnectionError):  # its end says enough
                await child.stdin.drain()
            child.stdin.close()
            packets = [item async for item in items if isinstance(item, MediaPacket)]
    finally:
        await flv_child.end(child)
    return _slate(form, packets)


def _slate(form: SlateFormat, packets: list[MediaPacket]) -> Slate:
    pictures = [one for one in packets if one.track.kind is TrackKind.VIDEO]
    sounds = [one for one in packets if one.track.kind is TrackKind.AUDIO]
    if len(pictures) != form.fps * GROUP_S or (form.rate and len(sounds) <= _PRIMED):
        raise OSError(f"FFmpeg made {len(pictures)} pictures and {len(sounds)} sounds of a slate")
    return Slate(form, pictures, sounds[_PRIMED] if form.rate else None)
