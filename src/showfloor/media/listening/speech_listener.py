"""The reader of the hub that gives a show's sound to a recogniser, and takes its words back.

A recogniser that is too slow, or dies, costs captions and nothing else: the queue of this reader
skips, the process drops what it has no time for, and a dead one is started again.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final, override

from showfloor.kernel.ids import new_id
from showfloor.media.encoding.timebase import START_MS, Timebase, WallClock
from showfloor.media.hub.events import (
    FullPolicy,
    HubEvent,
    HubReader,
    ReaderLimits,
    SourceJoined,
)
from showfloor.media.listening.ports import HeardWords, ListeningTools, Said, SpeechProcess
from showfloor.media.packets import AudioTrack, MediaPacket, TrackKind

log = logging.getLogger(__name__)

LIMITS: Final = ReaderLimits(FullPolicy.SKIP, queue_max_bytes=8 << 20)
CLOCK_EVERY_MS: Final = 2000  # the wall clock follows the arrivals at the pace of segments


class SpeechListener(HubReader):
    """Belongs to the event loop; `ended` ends it."""

    def __init__(self, channel_id: str, language: str, tools: ListeningTools) -> None:
        self.language = language
        self._channel_id = channel_id
        self._tools = tools
        self._pauses_s = tools.pauses_s
        self._track: AudioTrack | None = None
        self._earlier = 0
        self._clock: _PictureClock | None = None
        self._process: SpeechProcess | None = None
        self._prefix = new_id()
        self._count = 0
        self._running = asyncio.create_task(self._run(), name=f"captions {channel_id}")

    @override
    async def take(self, event: HubEvent, at: datetime) -> None:
        match event:
            case SourceJoined():
                self._earlier, self._clock, self._track = event.earlier, None, None
            case AudioTrack():
                self._track = event
                if self._process is not None:
                    self._process.track(event)
            case MediaPacket() if self._earlier > 0:
                self._earlier -= 1
            case MediaPacket():
                self._take_packet(event, at)
            case _:
                pass

    @override
    async def ended(self, failure: str) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])
        if self._process is not None:
            await self._process.close()

    def _take_packet(self, packet: MediaPacket, at: datetime) -> None:
        if packet.track.kind is TrackKind.VIDEO:
            if self._clock is None:
                self._clock = _PictureClock(packet.pts_ms, at)
            self._clock.picture(packet.dts_ms, packet.pts_ms, at)
        elif self._clock is not None and self._process is not None:
            self._process.packet(self._clock.sound_ms(packet.pts_ms), packet.data)

    async def _run(self) -> None:
        failed = 0
        while True:
            process = self._tools.new_process(self.language)
            try:
                await process.start()
                if self._track is not None:
                    process.track(self._track)
                self._process = process
                while (words := await process.heard()) is not None:
                    failed = 0
                    await self._say(words)
                log.warning("captions_process_ended channel=%s", self._channel_id)
            except (OSError, ValueError) as error:  # ValueError: it says what nobody understands
                log.warning("captions_no_process channel=%s reason=%s", self._channel_id, error)
            self._process = None
            with suppress(OSError):
                await process.close()
            await asyncio.sleep(self._pauses_s[min(failed, len(self._pauses_s) - 1)])
            failed += 1

    async def _say(self, words: HeardWords) -> None:
        if self._clock is None:
            return  # the source has left
        self._count += 1
        said = Said(
            f"{self._prefix}-{self._count}", words.text, self._clock.moment(words.start_ms),
            self._clock.moment(words.end_ms),
        )  # fmt: skip
        try:
            await self._tools.say(self._channel_id, self.language, said)
        except Exception:  # one caption that is refused is not the end of all
            log.exception("caption_not_said channel=%s", self._channel_id)


class _PictureClock:
    """The wall clock of one source's pictures, as the encoder's playlists tell it."""

    def __init__(self, first_picture_ms: int, at: datetime) -> None:
        self._timebase = Timebase(first_picture_ms)
        self._wall = WallClock(at)
        self._anchor = at
        self._followed_ms = START_MS

    def picture(self, dts_ms: int, pts_ms: int, at: datetime) -> None:
        mapped = self._timebase.map(TrackKind.VIDEO, dts_ms) + pts_ms - dts_ms
        self._wall.arrived((mapped - START_MS) / 1000, at)
        if mapped - self._followed_ms >= CLOCK_EVERY_MS:
            self._followed_ms = mapped
            self._anchor = self._wall.segment_start(Fraction(0))

    def sound_ms(self, pts_ms: int) -> int:
        return self._timebase.map(TrackKind.AUDIO, pts_ms)

    def moment(self, mapped_ms: int) -> datetime:
        return self._anchor + timedelta(milliseconds=mapped_ms - START_MS)
