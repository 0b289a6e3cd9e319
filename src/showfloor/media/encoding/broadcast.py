"""One publisher's broadcast: its packets go to an encoder, the encoder's output to the channel.

`write` only queues; one task takes what came in order and owns the encoder's life, so start,
restart and end cannot cross. A new size or sound format, a sound that begins late, and an encoder
that died each end the channel's broadcast and begin the next one with the next key frame.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, override

from showfloor.kernel.clock import Clock, utc_now
from showfloor.media.diagnostics import rules
from showfloor.media.diagnostics.ingest_health import HealthMeter, IngestHealth, PictureWatch
from showfloor.media.diagnostics.output_meter import OutputMeter
from showfloor.media.encoding import ladder
from showfloor.media.encoding.encoder_run import EncoderRun
from showfloor.media.encoding.source_probe import SourceProbe
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packets import MediaPacket, SourceItem, TrackKind, VideoTrack, held_bytes
from showfloor.media.ports import Cause, Encoder, MediaSink, PublishRejected, SourceInfo

log = logging.getLogger(__name__)

QUEUE_MAX_BYTES: Final = 32 << 20  # above this the publisher is cut: it does not obey `drain`
QUEUE_HIGH_BYTES: Final = 4 << 20  # above this `drain` waits
WAITING_MAX_BYTES: Final = 16 << 20  # kept from the first key frame until the encoder runs
RESTARTS_MAX: Final = 5  # in RESTARTS_WINDOW_S, then the broadcast is given up
RESTARTS_WINDOW_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Arrival[T: SourceItem]:
    """Something of a source, and when it came."""

    item: T
    at: datetime


@dataclass(frozen=True, slots=True)
class BroadcastSettings:
    """`ladder`: (pixels of the shorter side, kbit/s), highest first. `ingest_silence_s`: the
    longest time without a picture; then the publisher is cut, even if it sends sound."""

    ladder: tuple[tuple[int, int], ...]
    max_fps: int = 30
    ingest_silence_s: float = 5.0
    queue_max_bytes: int = QUEUE_MAX_BYTES
    queue_high_bytes: int = QUEUE_HIGH_BYTES


class BroadcastListener(Protocol):
    """Hears of a broadcast. It is called on the event loop and must not block."""

    def on_picture(self) -> None:
        """The first part of a new or restarted picture is on its way to viewers."""

    def on_picture_lost(self) -> None:
        """The encoder is lost while the publisher is there; `on_picture` comes with the next."""

    def on_rejected(self, refusal: PublishRejected) -> None:
        """The publisher is cut and was told why."""

    def on_end(self, reason: str) -> None:
        """The broadcast has ended, and all of its media is recorded; called exactly once. The
        reason is `ended`, `lost`, `refused`, or `failed` (the encoder crashed too often)."""


class BroadcastSession(MediaSink):
    """The sink of one publisher on an open stream. It is made inside a running event loop."""

    def __init__(
        self,
        channel: LiveStream,
        new_encoder: Callable[[], Encoder],
        settings: BroadcastSettings,
        listener: BroadcastListener,
        *,
        encoder_name: str = "",
        clock: Clock = utc_now,
    ) -> None:
        self._channel = channel
        self._new_encoder = new_encoder
        self._settings = settings
        self.listener = listener
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._kicked = asyncio.Event()
        self._kick_reason = PublishRejected("failed", "The broadcast was cut here.")
        self._health = HealthMeter(encoder_name, clock(), self._loop.time())
        self._output = OutputMeter()
        self._watch = PictureWatch(settings.ingest_silence_s, self._loop.time())
        self._probe = SourceProbe()
        self._queue: deque[Arrival[SourceItem]] = deque()  # bounded by QUEUE_MAX_BYTES
        self._queued_bytes = 0
        self._arrived = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._closing = False
        self._failed = False
        self._dark = False  # it was cut because no picture came
        self._waiting: list[Arrival[MediaPacket]] = []  # from a key frame on, until an encoder runs
        self._encoding: EncoderRun | None = None
        self._restarts: deque[float] = deque(maxlen=RESTARTS_MAX)
        self._task = asyncio.create_task(self._work(), name=f"broadcast {channel.id}")
        self._ending: asyncio.Task[None] | None = None

    # --- the publisher's side ---

    @property
    @override
    def kicked(self) -> asyncio.Event:
        return self._kicked

    @property
    @override
    def kick_reason(self) -> PublishRejected:
        return self._kick_reason

    def kick(self, reason: PublishRejected) -> None:
        """Have the publisher cut. The first reason counts."""
        if not self._kicked.is_set():
            self._kick_reason = reason
            self._kicked.set()

    @property
    def is_closing(self) -> bool:
        """Return whether the publisher is gone while its last media is still encoded and kept."""
        return self._closing

    def health(self) -> IngestHealth:
        now = self._loop.time()
        health = self._health.read(now)
        if self._encoding is not None:
            self._encoding.look_at_listed()
        output = self._output.read(
            now, self._clock(), tail_s=health.sound_lag_s, queued=bool(self._queue)
        )
        findings = rules.stream_findings(health, output)
        return replace(health, behind_s=output.behind_s, findings=tuple(findings))

    @override
    def write(self, item: SourceItem) -> None:
        now = self._loop.time()
        if isinstance(item, MediaPacket):
            self._health.feed(item, now)
        if self._closing or self._failed:
            return
        if self._watch.is_dark(item, now):
            self._cut_in_the_dark()
            return
        if self._queued_bytes > self._settings.queue_max_bytes:
            self._fail("the publisher sends faster than it can be encoded")
            return
        self._queue.append(Arrival(item, self._clock()))
        self._queued_bytes += held_bytes(item)
        if self._queued_bytes > self._settings.queue_high_bytes:
            self._has_room.clear()
        self._arrived.set()

    @override
    async def drain(self) -> None:
        await self._has_room.wait()

    @override
    def rejected(self, rejection: PublishRejected) -> None:
        self.listener.on_rejected(rejection)

    @override
    async def close(self, reason: str) -> None:
        assert not self._closing, "close is called once"
        self._closing = True
        self._arrived.set()
        self._has_room.set()
        # The caller may give up waiting for a slow encoder. The media is kept all the same, and
        # the listener hears of the end, because the next publisher waits for it.
        self._ending = asyncio.create_task(self._end(reason), name=f"end {self._channel.id}")
        await asyncio.shield(self._ending)

    async def _end(self, reason: str) -> None:
        try:
            await self._task
            await self._channel.settled()
        finally:
            if self._dark:
                reason = "lost"  # the RTMP server says `refused`, because we made the cut
            self.listener.on_end("failed" if self._failed else reason)

    # --- the task ---

    async def _work(self) -> None:
        try:
            while not self._failed and (arrival := await self._next()) is not None:
                await self._take(arrival)
        except Exception:
            log.exception("broadcast_failed channel=%s", self._channel.id)
            self._fail("an unexpected error")
        finally:
            self._queue.clear()
            self._has_room.set()
            await self._end_encoding()

    async def _next(self) -> Arrival[SourceItem] | None:
        """Return what came next; None when the publisher has gone and all are taken."""
        while not self._queue:
            if self._closing or self._failed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        arrival = self._queue.popleft()
        self._queued_bytes -= held_bytes(arrival.item)
        if self._queued_bytes <= self._settings.queue_high_bytes:
            self._has_room.set()
        return arrival

    def _fail(self, why: str) -> None:
        log.error("broadcast_given_up channel=%s reason=%s", self._channel.id, why)
        self._failed = True
        self._has_room.set()
        self._arrived.set()
        self.kick(
            PublishRejected("failed", f"The broadcast was given up: {why}.", cause=Cause.FAILED)
        )

    def _cut_in_the_dark(self) -> None:
        """Cut the publisher: viewers get the curtain, and the encoder may connect again."""
        if not self._dark:
            log.warning("broadcast_without_picture channel=%s", self._channel.id)
            self._dark = True
            told = "No picture has come for too long. Connect again."
            self.kick(PublishRejected("failed", told, cause=Cause.NO_PICTURE))

    async def _take(self, arrival: Arrival[SourceItem]) -> None:
        now = self._loop.time()
        item = arrival.item
        if self._probe.feed(item, now):
            self._health.configure(video=self._probe.video, audio=self._probe.audio)
            if self._encoding is not None:
                await self._end_encoding()
            elif isinstance(item, VideoTrack):
                self._waiting.clear()  # frames of another configuration
        if isinstance(item, MediaPacket):
            await self._take_packet(Arrival(item, arrival.at), now)

    async def _take_packet(self, arrival: Arrival[MediaPacket], now: float) -> None:
        if self._encoding is not None and (fault := self._encoding.fault()):
            await self._encoder_lost(fault, now)
        if self._encoding is not None:
            await self._encoding.feed(arrival.item, arrival.at)
        elif not self._failed:
            await self._wait_for_source(arrival, now)

    async def _wait_for_source(self, arrival: Arrival[MediaPacket], now: float) -> None:
        """Keep packets from a key frame on; start an encoder as soon as the source is known."""
        if not self._waiting and not _is_key_frame(arrival.item):
            return
        self._waiting.append(arrival)
        info = self._probe.info(now)
        if info is not None:
            waiting, self._waiting = self._waiting, []
            await self._start_encoding(info, waiting, now)
        elif sum(held_bytes(kept.item) for kept in self._waiting) > WAITING_MAX_BYTES:
            self._waiting.clear()

    async def _start_encoding(
        self, info: SourceInfo, waiting: list[Arrival[MediaPacket]], now: float
    ) -> None:
        tracks = [track for track in (self._probe.video, self._probe.audio) if track is not None]
        self._health.configure(fps=info.fps)
        rungs = ladder.plan(info, self._settings.ladder, self._settings.max_fps)
        encoding = EncoderRun(
            self._channel, self._new_encoder(), info, rungs, self._health,
            self._output, self.listener.on_picture, self.listener.on_picture_lost,
        )  # fmt: skip
        log.info(
            "broadcast_encoding channel=%s size=%dx%d fps=%.2f audio=%s rungs=%s",
            self._channel.id, info.width, info.height, float(info.fps), info.has_audio,
            ",".join(rung.name for rung in rungs),
        )  # fmt: skip
        try:
            await encoding.start(waiting[0].item, waiting[0].at, tracks)
        except OSError as error:
            await self._encoder_lost(str(error), now)
            return
        self._encoding = encoding
        for arrival in waiting:
            await encoding.feed(arrival.item, arrival.at)

    async def _encoder_lost(self, fault: str, now: float) -> None:
        """Drop an encoder that died or hangs; give up after too many losses in a minute."""
        log.warning("encoder_lost channel=%s reason=%s", self._channel.id, fault)
        self._output.restarted(now)
        await self._end_encoding()
        full = len(self._restarts) == RESTARTS_MAX
        if full and now - self._restarts[0] < RESTARTS_WINDOW_S:
            self._fail("the encoder was lost too often")
        self._restarts.append(now)

    async def _end_encoding(self) -> None:
        encoding, self._encoding = self._encoding, None
        if encoding is not None:
            self._probe.restart()
            await encoding.end()


def _is_key_frame(packet: MediaPacket) -> bool:
    return packet.is_key and packet.track.kind is TrackKind.VIDEO
