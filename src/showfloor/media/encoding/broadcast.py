"""The publishers' side of a channel: a session for each publisher, and the channel's hub.

A session measures what its publisher sends, gives it to the hub as one source, and cuts the
publisher. The hub's readers take it from there; the ladder's encoder is one of them.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol, override

from showfloor.kernel.clock import Clock, utc_now
from showfloor.media.diagnostics import rules
from showfloor.media.diagnostics.ingest_health import HealthMeter, IngestHealth, PictureWatch
from showfloor.media.diagnostics.output_meter import OutputMeter
from showfloor.media.encoding.ladder_encoder import LadderEncoder
from showfloor.media.encoding.source_listener import SourceListener
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hub.events import HOLD_BYTES, KEEP_MAX_BYTES, FullPolicy, ReaderLimits
from showfloor.media.hub.stream_hub import QueueFull, StreamHub
from showfloor.media.packets import MediaPacket, SourceItem
from showfloor.media.ports import Cause, Encoder, MediaSink, PublishRejected

log = logging.getLogger(__name__)

PRIMARY: Final = "primary"


@dataclass(frozen=True, slots=True)
class BroadcastSettings:
    """`ladder`: (pixels of the shorter side, kbit/s), highest first. `ingest_silence_s`: the
    longest time without a picture; then the publisher is cut, even if it sends sound."""

    ladder: tuple[tuple[int, int], ...]
    max_fps: int = 30
    ingest_silence_s: float = 5.0
    queue_max_bytes: int = KEEP_MAX_BYTES  # above this a publisher is cut: it ignores `drain`
    queue_high_bytes: int = HOLD_BYTES  # above this `drain` waits


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


class LiveChannel:
    """The hub of one open stream, with the encoder of its ladder. It is made inside a running event
    loop; its owner closes it when it is unused."""

    def __init__(
        self,
        stream: LiveStream,
        new_encoder: Callable[[], Encoder],
        settings: BroadcastSettings,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self.stream = stream
        self.settings = settings
        self.clock = clock
        self.hub = StreamHub(stream.id, clock)
        self._new_encoder = new_encoder
        self._attach_encoder()

    def _attach_encoder(self) -> None:
        settings = self.settings
        self.encoder = LadderEncoder(
            self.stream, self._new_encoder, settings.ladder, settings.max_fps
        )
        limits = ReaderLimits(
            FullPolicy.HOLD, settings.queue_max_bytes, hold_bytes=settings.queue_high_bytes
        )
        self._encoding = self.hub.attach_reader("encoder", self.encoder, limits)

    def open(self, listener: BroadcastListener, *, encoder_name: str = "") -> "BroadcastSession":
        """Return the sink of a new publisher, whose encoder names itself so."""
        if self._encoding not in self.hub.readers:  # a bug has ended it, with an earlier publisher
            self._attach_encoder()
        return BroadcastSession(self, listener, encoder_name)

    def select(self, session: "BroadcastSession") -> None:
        """Put a publisher's source on air; see `StreamHub.select`."""
        self.hub.select(session.source)

    @property
    def is_encoder_waited_for(self) -> bool:
        return self._encoding.is_waiting

    @property
    def is_unused(self) -> bool:
        """Return whether no source is left, and the encoder is its only reader."""
        return not self.hub.sources and set(self.hub.readers) <= {self._encoding}

    def close(self) -> None:
        """End the readers when they have taken what waits."""
        self.hub.close()


class BroadcastSession(MediaSink, SourceListener):
    """The sink of one publisher, which is one source of its channel's hub."""

    def __init__(
        self, channel: LiveChannel, listener: BroadcastListener, encoder_name: str
    ) -> None:
        self.listener = listener
        self._channel = channel
        self._clock = channel.clock
        self._loop = asyncio.get_running_loop()
        self._kicked = asyncio.Event()
        self._kick_reason = PublishRejected("failed", "The broadcast was cut here.")
        self._health = HealthMeter(encoder_name, self._clock(), self._loop.time())
        self._output = OutputMeter()
        self._watch = PictureWatch(channel.settings.ingest_silence_s, self._loop.time())
        self._closing = False
        self._failed = False
        self._dark = False  # it was cut because no picture came
        self.source = channel.hub.attach_source(PRIMARY)
        channel.encoder.tell(self.source.joined, self)
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
    def is_on_air(self) -> bool:
        return self.source.is_on_air

    @property
    def is_closing(self) -> bool:
        """Return whether the publisher is gone while its last media is still encoded and kept."""
        return self._closing

    def health(self) -> IngestHealth:
        now = self._loop.time()
        health = self._health.read(now)
        if self.source.is_on_air:
            self._channel.encoder.look_at_listed()
        output = self._output.read(
            now, self._clock(), tail_s=health.sound_lag_s,
            queued=self._channel.is_encoder_waited_for,
        )  # fmt: skip
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
        try:
            self.source.write(item)
        except QueueFull:
            self.give_up("the publisher sends faster than it can be encoded")

    @override
    async def drain(self) -> None:
        if not self._failed:
            await self.source.drain()

    @override
    def rejected(self, rejection: PublishRejected) -> None:
        self.listener.on_rejected(rejection)

    @override
    async def close(self, reason: str) -> None:
        assert not self._closing, "close is called once"
        self._closing = True
        # The caller may give up waiting for a slow encoder. The media is kept all the same, and
        # the listener hears of the end, because the next publisher waits for it.
        self._ending = asyncio.create_task(self._end(reason), name=f"end {self._channel.stream.id}")
        await asyncio.shield(self._ending)

    async def _end(self, reason: str) -> None:
        try:
            await self.source.leave(drop=self._failed)
            await self._channel.stream.settled()
        finally:
            self._channel.encoder.forget(self.source.joined)
            if self._dark:
                reason = "lost"  # the RTMP server says `refused`, because we made the cut
            self.listener.on_end("failed" if self._failed else reason)

    def _cut_in_the_dark(self) -> None:
        """Cut the publisher: viewers get the curtain, and the encoder may connect again."""
        if not self._dark:
            log.warning("broadcast_without_picture channel=%s", self._channel.stream.id)
            self._dark = True
            told = "No picture has come for too long. Connect again."
            self.kick(PublishRejected("failed", told, cause=Cause.NO_PICTURE))

    # --- the encoder's side ---

    @property
    @override
    def health_meter(self) -> HealthMeter:
        return self._health

    @property
    @override
    def output_meter(self) -> OutputMeter:
        return self._output

    @override
    def on_picture(self) -> None:
        self.listener.on_picture()

    @override
    def on_picture_lost(self) -> None:
        self.listener.on_picture_lost()

    @override
    def give_up(self, why: str) -> None:
        if self._failed:
            return
        log.error("broadcast_given_up channel=%s reason=%s", self._channel.stream.id, why)
        self._failed = True
        told = f"The broadcast was given up: {why}."
        self.kick(PublishRejected("failed", told, cause=Cause.FAILED))
