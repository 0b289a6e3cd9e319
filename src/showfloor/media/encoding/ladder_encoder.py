"""The reader of a hub that encodes the ladder: packets in, the channel's broadcasts out.

It owns its encoder's life, in order with the packets, so start, restart and end cannot cross. A new
size or sound format, a sound that begins late, and an encoder that died each end the channel's
broadcast and begin the next one with the next key frame. Another source of the same form goes on in
the same encoder, and so in the same broadcast; one of another form gets an encoder of its own, and
the old one is let go when the new one's picture is there.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, override

from showfloor.media.encoding import ladder
from showfloor.media.encoding.encoder_run import Arrival, EncoderRun
from showfloor.media.encoding.source_listener import SourceListener
from showfloor.media.encoding.source_probe import SourceProbe
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hub.events import (
    HubEvent,
    HubReader,
    SourceEnded,
    SourceJoined,
    is_key_frame,
)
from showfloor.media.packets import MediaPacket, SourceItem, Track, VideoTrack, held_bytes
from showfloor.media.ports import Encoder, Rung, SourceInfo

log = logging.getLogger(__name__)

WAITING_MAX_BYTES: Final = 16 << 20  # kept from the first key frame until the encoder runs
RESTARTS_MAX: Final = 5  # in RESTARTS_WINDOW_S, then the source is given up
RESTARTS_WINDOW_S: Final = 60.0


class LadderEncoder(HubReader):
    """Encodes the source on air. A source is given up when its encoder was lost too often."""

    def __init__(
        self,
        channel: LiveStream,
        new_encoder: Callable[[], Encoder],
        rungs: Sequence[tuple[int, int]],
        max_fps: int,
    ) -> None:
        """`rungs`: (pixels of the shorter side, kbit/s), highest first."""
        self._channel = channel
        self._new_encoder = new_encoder
        self._rungs = rungs
        self._max_fps = max_fps
        self._loop = asyncio.get_running_loop()
        self._listeners: dict[int, SourceListener] = {}  # of all sources, by number
        self._source: SourceListener | None = None  # the one on air; None also if it is given up
        self._probe = SourceProbe()
        self._waiting: list[Arrival] = []  # from a key frame on, until an encoder runs
        self._encoding: EncoderRun | None = None
        self._is_joining = False  # another source follows, and may go on in the same encoder
        self._earlier = 0  # packets to come that the source gave before it joined
        self._let_go: set[asyncio.Task[None]] = set()  # the ends of encoders that were replaced
        self._restarts: deque[float] = deque(maxlen=RESTARTS_MAX)

    def tell(self, joined: SourceJoined, listener: SourceListener) -> None:
        """Tell `listener` what becomes of this source, until it has left."""
        self._listeners[joined.number] = listener

    def forget(self, joined: SourceJoined) -> None:
        self._listeners.pop(joined.number, None)

    def look_at_listed(self) -> None:
        """Tell the meter up to which time players may ask."""
        if self._encoding is not None:
            self._encoding.look_at_listed()

    @override
    async def take(self, event: HubEvent, at: datetime) -> None:
        match event:
            case SourceJoined():
                await self._begin_source(event)
            case SourceEnded(is_followed=True):
                self._source = None
            case SourceEnded():
                await self._end_encoding()
                self._source = None
            case _ if self._source is not None:
                try:
                    await self._take_item(self._source, event, at)
                except Exception:
                    log.exception("broadcast_failed channel=%s", self._channel.id)
                    await self._give_up(self._source, "an unexpected error")

    @override
    async def ended(self, failure: str) -> None:
        if failure:
            for listener in self._listeners.values():
                listener.give_up("an unexpected error")
        await self._end_encoding()

    async def _begin_source(self, joined: SourceJoined) -> None:
        self._source = self._listeners.get(joined.number)
        if self._source is None:
            await self._end_encoding()
        self._probe = SourceProbe()
        self._waiting.clear()
        self._restarts.clear()
        self._is_joining = self._encoding is not None
        self._earlier = joined.earlier

    async def _give_up(self, source: SourceListener, why: str) -> None:
        self._source = None
        self._waiting.clear()
        source.give_up(why)
        await self._end_encoding()

    async def _take_item(self, source: SourceListener, item: SourceItem, at: datetime) -> None:
        now = self._loop.time()
        if self._probe.feed(item, now):
            source.health_meter.configure(video=self._probe.video, audio=self._probe.audio)
            if self._encoding is not None and not self._is_joining:
                await self._end_encoding()
            elif isinstance(item, VideoTrack):
                self._waiting.clear()  # frames of another configuration
        if isinstance(item, MediaPacket):
            is_earlier = self._earlier > 0
            self._earlier -= is_earlier
            await self._take_packet(source, Arrival(item, at, is_earlier), now)

    async def _take_packet(self, source: SourceListener, arrival: Arrival, now: float) -> None:
        if self._encoding is not None and (fault := self._encoding.fault()):
            await self._encoder_lost(source, fault, now)
        if self._encoding is not None and not self._is_joining:
            await self._encoding.feed(arrival)
        elif self._source is not None:
            await self._wait_for_source(source, arrival, now)

    async def _wait_for_source(self, source: SourceListener, arrival: Arrival, now: float) -> None:
        """Keep packets from a key frame on; start an encoder as soon as the source is known."""
        if not self._waiting and not is_key_frame(arrival.packet):
            return
        self._waiting.append(arrival)
        info = self._probe.info(now)
        if info is not None and not arrival.is_earlier:
            waiting, self._waiting = self._waiting, []
            await self._encode(source, info, waiting, now)
        elif sum(held_bytes(kept.packet) for kept in self._waiting) > WAITING_MAX_BYTES:
            self._waiting.clear()

    async def _encode(
        self, source: SourceListener, info: SourceInfo, waiting: list[Arrival], now: float
    ) -> None:
        """Encode a source that is known now: by the encoder of the one before it, if that can."""
        source.health_meter.configure(fps=info.fps)
        rungs = ladder.plan(info, self._rungs, self._max_fps)
        before, self._encoding = self._encoding, None
        self._is_joining = False
        if before is not None and before.continues_with(info, rungs, self._tracks):
            log.info("broadcast_goes_on channel=%s", self._channel.id)
            self._encoding = before
            await before.join(source, waiting)
            return
        try:
            await self._start_encoding(source, info, rungs, waiting, before)
        except OSError as error:
            await self._encoder_lost(source, str(error), now)
        finally:
            if before is not None:
                ending = asyncio.create_task(self._end(before), name="encoder that is let go")
                self._let_go.add(ending)
                ending.add_done_callback(self._let_go.discard)

    async def _start_encoding(
        self, source: SourceListener, info: SourceInfo, rungs: Sequence[Rung],
        waiting: list[Arrival], before: EncoderRun | None,
    ) -> None:  # fmt: skip
        """Start an encoder; OSError when there can be no child."""
        encoding = EncoderRun(
            self._channel, self._new_encoder(), info, rungs, source, self._tracks, before
        )
        log.info(
            "broadcast_encoding channel=%s size=%dx%d fps=%.2f audio=%s rungs=%s",
            self._channel.id, info.width, info.height, float(info.fps), info.has_audio,
            ",".join(rung.name for rung in rungs),
        )  # fmt: skip
        await encoding.start(waiting)
        self._encoding = encoding
        for arrival in waiting:
            await encoding.feed(arrival)

    @property
    def _tracks(self) -> Sequence[Track]:
        known = (self._probe.video, self._probe.audio)
        return [track for track in known if track is not None]

    async def _encoder_lost(self, source: SourceListener, fault: str, now: float) -> None:
        """Drop an encoder that died or hangs; give up after too many losses in a minute."""
        log.warning("encoder_lost channel=%s reason=%s", self._channel.id, fault)
        source.output_meter.restarted(now)
        await self._end_encoding()
        full = len(self._restarts) == RESTARTS_MAX
        if full and now - self._restarts[0] < RESTARTS_WINDOW_S:
            await self._give_up(source, "the encoder was lost too often")
        self._restarts.append(now)

    async def _end_encoding(self) -> None:
        encoding, self._encoding = self._encoding, None
        self._is_joining = False
        if encoding is not None:
            self._probe.restart()
            await encoding.end()
        await asyncio.gather(*self._let_go)

    async def _end(self, replaced: EncoderRun) -> None:
        try:
            await replaced.end()
        except Exception:  # its successor goes on
            log.exception("encoder_not_ended channel=%s", self._channel.id)
