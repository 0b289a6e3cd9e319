"""Records a show of the past: its film goes through the real encoder into the real recording.

The media engine is given a clock that goes with the media time, so two minutes of film are on the
disk as fast as the machine can encode them.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, override

from showfloor.adapters.ffmpeg.encoder import FfmpegEncoder
from showfloor.adapters.ffmpeg.film import read_film
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.media.encoding.broadcast import (
    BroadcastListener,
    BroadcastSettings,
    LiveChannel,
)
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packets import MediaPacket
from showfloor.media.ports import PublishRejected

SETTLE_EVERY_S: Final = 2.0  # of media: the disk keeps up
LONGEST_S: Final = 600.0  # the machine may be slow; then something is wrong
# Two sizes are enough for something to look back at, and half the work.
LADDER: Final = ((480, 1400), (240, 300))
PRESET: Final = "ultrafast"  # of x264: half the work of `veryfast`, for a picture that is calm


def record(film: Path, folder: Path, began_at: datetime) -> None:
    """Record a film as if it had come in from `began_at` on."""
    asyncio.run(_record(film, folder, began_at))


async def _record(film: Path, folder: Path, began_at: datetime) -> None:
    clock = _MediaClock(began_at)
    recording = FileRecording(folder)
    stream = LiveStream(folder.name, recording, recording.load(), clock=clock)
    stream.set_public(True)
    new_encoder = partial(FfmpegEncoder, PRESET)
    channel = LiveChannel(stream, new_encoder, BroadcastSettings(LADDER), clock=clock)
    session = channel.open(_Silent())
    async with asyncio.timeout(LONGEST_S):
        settled_s = 0.0
        for item in await asyncio.to_thread(lambda: list(read_film(film))):
            if isinstance(item, MediaPacket):
                clock.media_s = max(clock.media_s, item.dts_ms / 1000)
            session.write(item)
            await session.drain()
            if clock.media_s - settled_s > SETTLE_EVERY_S:
                settled_s = clock.media_s
                await asyncio.sleep(0)  # the encoder's pipes are read in between
                await stream.settled()
        await session.close("ended")
    channel.close()
    await stream.close()


class _MediaClock:
    def __init__(self, began_at: datetime) -> None:
        self.media_s = 0.0
        self._began_at = began_at

    def __call__(self) -> datetime:
        return self._began_at + timedelta(seconds=self.media_s)


class _Silent(BroadcastListener):
    """Tells nobody: the show's own entries are written by its script."""

    @override
    def on_picture_goes_on(self) -> None: ...

    @override
    def on_picture(self) -> None:
        return

    @override
    def on_picture_lost(self) -> None:
        return

    @override
    def on_rejected(self, refusal: PublishRejected) -> None:
        raise RuntimeError(f"the film was refused: {refusal.message}")

    @override
    def on_end(self, reason: str) -> None:
        if reason != "ended":
            raise RuntimeError(f"the film was not recorded to its end: {reason}")
