"""The reader of a hub that encodes the ladder: packets in, the channel's broadcasts out.

It owns its encoder's life, in order with the packets, so start, restart and end cannot cross. A new
size or sound format, a sound that begins late, an encoder that died, and another source each end
the channel's broadcast and begin the next one with the next key frame.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, override

from showfloor.media.diagnostics.ingest_health import HealthMeter
from showfloor.media.diagnostics.output_meter import OutputMeter
from showfloor.media.encoding import ladder
from showfloor.media.encoding.encoder_run import EncoderRun
from showfloor.media.encoding.source_probe import SourceProbe
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hub.events import (
    HubEvent,
    HubReader,
    SourceEnded,
    SourceJoined,
    is_key_frame,
)
from showfloor.media.packets import MediaPacket, SourceItem, VideoTrack, held_bytes
from showfloor.media.ports import Encoder, SourceInfo

log = logging.getLogger(__name__)

WAITING_MAX_BYTES: Final = 16 << 20  # kept from the first key frame until the encoder runs
RESTARTS_MAX: Final = 5  # in RESTARTS_WINDOW_S, then the source is given up
RESTARTS_WINDOW_S: Final = 60.0


class SourceListener(Protocol):
    """Hears what becomes of one source's media. It belongs to the source's session."""

    @property
    def health_meter(self) -> HealthMeter: ...

    @property
    def output_meter(self) -> OutputMeter: ...

    def on_picture(self) -> None:
        """The first part of a new or restarted picture is on its way to viewers."""

    def on_picture_lost(self) -> None:
        """The encoder is lost while the source is there; `on_picture` comes with the next."""

    def give_up(self, why: str) -> None:
        """Nothing more of this source will be encoded."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A packet, and when it came."""

    packet: MediaPacket
    at: datetime


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
        self._waiting: list[_Arrival] = []  # from a key frame on, until an encoder runs
        self._encoding: EncoderRun | None = None
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
                self._begin_source(event)
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

    def _begin_source(self, joined: SourceJoined) -> None:
        self._source = self._listeners.get(joined.number)
        self._probe = SourceProbe()
        self._waiting.clear()
        self._restarts.clear()

    async def _give_up(self, source: SourceListener, why: str) -> None:
        self._source = None
        self._waiting.clear()
        source.give_up(why)
        await self._end_encoding()

    async def _take_item(self, source: SourceListener, item: SourceItem, at: datetime) -> None:
        now = self._loop.time()
        if self._probe.feed(item, now):
            source.health_meter.configure(video=self._probe.video, audio=self._probe.audio)
            if self._encoding is not None:
                await self._end_encoding()
            elif isinstance(item, VideoTrack):
                self._waiting.clear()  # frames of another configuration
        if isinstance(item, MediaPacket):
            await self._take_packet(source, _Arrival(item, at), now)

    async def _take_packet(self, source: SourceListener, arrival: _Arrival, now: float) -> None:
        if self._encoding is not None and (fault := self._encoding.fault()):
            await self._encoder_lost(source, fault, now)
        if self._encoding is not None:
            await self._encoding.feed(arrival.packet, arrival.at)
        elif self._source is not None:
            await self._wait_for_source(source, arrival, now)

    async def _wait_for_source(self, source: SourceListener, arrival: _Arrival, now: float) -> None:
        """Keep packets from a key frame on; start an encoder as soon as the source is known."""
        if not self._waiting and not is_key_frame(arrival.packet):
            return
        self._waiting.append(arrival)
        info = self._probe.info(now)
        if info is not None:
            waiting, self._waiting = self._waiting, []
            await self._start_encoding(source, info, waiting, now)
        elif sum(held_bytes(kept.packet) for kept in self._waiting) > WAITING_MAX_BYTES:
            self._waiting.clear()

    async def _start_encoding(
        self, source: SourceListener, info: SourceInfo, waiting: list[_Arrival], now: float
    ) -> None:
        source.health_meter.configure(fps=info.fps)
        rungs = ladder.plan(info, self._rungs, self._max_fps)
        encoding = EncoderRun(
            self._channel, self._new_encoder(), info, rungs, source.health_meter,
            source.output_meter, source.on_picture, source.on_picture_lost,
        )  # fmt: skip
        log.info(
            "broadcast_encoding channel=%s size=%dx%d fps=%.2f audio=%s rungs=%s",
            self._channel.id, info.width, info.height, float(info.fps), info.has_audio,
            ",".join(rung.name for rung in rungs),
        )  # fmt: skip
        tracks = [track for track in (self._probe.video, self._probe.audio) if track is not None]
        try:
            await encoding.start(waiting[0].packet, waiting[0].at, tracks)
        except OSError as error:
            await self._encoder_lost(source, str(error), now)
            return
        self._encoding = encoding
        for arrival in waiting:
            await encoding.feed(arrival.packet, arrival.at)

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
        if encoding is not None:
            self._probe.restart()
            await encoding.end()
