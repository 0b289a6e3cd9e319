"""The publishers' side of a channel: a session for each publisher, and the channel's hub.

A session measures what its publisher sends, gives it to the hub as one source, and cuts the
publisher. The hub's readers take it from there; the ladder's encoder is one of them.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol, override

from showfloor.kernel.clock import Clock, utc_now
from showfloor.media.diagnostics import rules
from showfloor.media.diagnostics.findings import worst_first
from showfloor.media.diagnostics.ingest_health import HealthMeter, IngestHealth, PictureWatch
from showfloor.media.diagnostics.line_meter import LineMeter
from showfloor.media.diagnostics.output_meter import OutputMeter
from showfloor.media.diagnostics.source_content import SourceContent
from showfloor.media.diagnostics.source_figures import SourceFigures
from showfloor.media.encoding.failover import (
    Failover,
    FailoverLimits,
    Fault,
    Reason,
    SourceReading,
)
from showfloor.media.encoding.ladder_encoder import LadderEncoder
from showfloor.media.encoding.source_listener import SourceListener
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hub.events import HOLD_BYTES, KEEP_MAX_BYTES, FullPolicy, ReaderLimits
from showfloor.media.hub.stream_hub import QueueFull, StreamHub
from showfloor.media.packets import MediaPacket, SourceItem, TrackKind, is_main_picture
from showfloor.media.ports import Cause, Encoder, MediaSink, PublishRejected
from showfloor.media.source_role import SourceRole

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.1  # at the sources, where there are two


@dataclass(frozen=True, slots=True)
class BroadcastSettings:
    """`ladder`: (pixels of the shorter side, kbit/s), highest first. `ingest_silence_s`: the
    longest time without a picture; then the publisher is cut, even if it sends sound.
    `encoder_cost` and `take_idle_cores`: see `LadderEncoder`."""

    ladder: tuple[tuple[int, int], ...]
    max_fps: int = 30
    passes_sound: bool = True  # False: it is encoded even where all pictures are passed through
    passes_top_rung: bool = False  # of a source that sends one picture; several are passed always
    ingest_silence_s: float = 5.0
    queue_max_bytes: int = KEEP_MAX_BYTES  # above this a publisher is cut: it ignores `drain`
    queue_high_bytes: int = HOLD_BYTES  # above this `drain` waits
    failover: FailoverLimits = field(default_factory=FailoverLimits)
    encoder_cost: float = 1.0
    take_idle_cores: Callable[[float], bool] = lambda _cores: False


@dataclass(frozen=True, slots=True)
class Switch:
    """Another source is on air: which one, since when, and why."""

    role: SourceRole
    reason: Reason
    at: datetime


class BroadcastListener(Protocol):
    """Hears of a broadcast. It is called on the event loop and must not block."""

    def on_picture(self) -> None:
        """The first part of a new or restarted picture is on its way to viewers."""

    def on_picture_goes_on(self) -> None:
        """The picture of another publisher goes on with this one, in the same broadcast."""

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
        on_switch: Callable[[Switch], None] = lambda switch: None,
    ) -> None:
        """`on_switch` is called on the event loop when another source is on air."""
        self.stream = stream
        self.settings = settings
        self.clock = clock
        self.hub = StreamHub(stream.id, clock)
        self.sessions: dict[SourceRole, BroadcastSession] = {}
        self.switch: Switch | None = None  # the latest
        self._failover = Failover(settings.failover)
        self._reason = Reason.LOST  # of the next switch
        self._on_air: SourceRole | None = None  # as was told
        self._on_switch = on_switch
        self._looking: asyncio.Task[None] | None = None
        self._new_encoder = new_encoder
        self._attach_encoder()

    def _attach_encoder(self) -> None:
        settings = self.settings
        self.encoder = LadderEncoder(
            self.stream, self._new_encoder, settings.ladder, settings.max_fps,
            passes_top_rung=settings.passes_top_rung,
            passes_sound=settings.passes_sound, clock=self.clock,
            encoder_cost=settings.encoder_cost, take_idle_cores=settings.take_idle_cores,
        )  # fmt: skip
        limits = ReaderLimits(
            FullPolicy.HOLD, settings.queue_max_bytes, hold_bytes=settings.queue_high_bytes,
            takes_all_pictures=True,
        )  # fmt: skip
        self._encoding = self.hub.attach_reader("encoder", self.encoder, limits)

    def open(
        self, listener: BroadcastListener, *, encoder_name: str = "",
        role: SourceRole = SourceRole.PRIMARY,
    ) -> "BroadcastSession":  # fmt: skip
        """Return the sink of a new publisher, whose encoder names itself so. The role is free."""
        assert role not in self.sessions
        if self._encoding not in self.hub.readers:  # a bug has ended it, with an earlier publisher
            self._attach_encoder()
        session = self.sessions[role] = BroadcastSession(self, listener, encoder_name, role)
        if len(self.sessions) > 1 and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look_on(), name=f"sources {self.stream.id}")
        return session

    def left(self, session: "BroadcastSession") -> None:
        """Note that a publisher's source gives nothing more."""
        if self.sessions.get(session.role) is session:
            del self.sessions[session.role]
            self._failover.lose(session.role)

    @property
    def chosen(self) -> SourceRole | None:
        """The source that a person wants on air; None leaves it to the failover."""
        return self._failover.chosen

    def choose(self, role: SourceRole | None) -> None:
        """Put a source on air for as long as it is there; None lets the failover choose again."""
        self._failover.choose(role)
        self._look()

    def fault(self, role: SourceRole) -> Fault | None:
        """Return what is wrong with a source, where there are two."""
        return self._failover.fault(role)

    def note_on_air(self, role: SourceRole) -> None:
        """Tell of a switch once, when the first packet of another source has passed."""
        if role is self._on_air:
            return
        before, self._on_air = self._on_air, role
        reason, self._reason = self._reason, Reason.LOST
        if before is not None:
            if reason not in {Reason.CLEAN, Reason.CHOSEN}:
                self._failover.fell(before)
            self.switch = Switch(role, reason, self.clock())
            log.warning("source_switched channel=%s to=%s why=%s", self.stream.id, role, reason)
            self._on_switch(self.switch)

    async def _look_on(self) -> None:
        while len(self.sessions) > 1:
            self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        readings = {role: one.reading(now) for role, one in self.sessions.items()}
        on_air = [role for role, one in self.sessions.items() if one.is_on_air]
        found = self._failover.look(readings, next(iter(on_air), None), now)
        if found is not None:
            role, self._reason = found
            self.hub.select(self.sessions[role].source)

    @property
    def is_encoder_waited_for(self) -> bool:
        return self._encoding.is_waiting

    @property
    def is_unused(self) -> bool:
        """Return whether no source is left: there is nothing for a reader."""
        return not self.hub.sources

    def close(self) -> None:
        """End the readers when they have taken what waits."""
        self.hub.close()


class BroadcastSession(MediaSink, SourceListener):
    """The sink of one publisher, which is one source of its channel's hub."""

    def __init__(
        self, channel: LiveChannel, listener: BroadcastListener, encoder_name: str,
        role: SourceRole,
    ) -> None:  # fmt: skip
        self.listener = listener
        self.role = role
        self._channel = channel
        self._clock = channel.clock
        self._loop = asyncio.get_running_loop()
        self._kicked = asyncio.Event()
        self._kick_reason = PublishRejected("failed", "The broadcast was cut here.")
        self._health = HealthMeter(encoder_name, self._clock(), self._loop.time())
        self._output = OutputMeter()
        self._watch = PictureWatch(channel.settings.ingest_silence_s, self._loop.time())
        self._content = SourceContent()
        self._line = LineMeter()
        self._seen_at: float | None = None  # of the last picture
        self._closing = False
        self._failed = False
        self._dark = False  # it was cut because no picture came
        self.source = channel.hub.attach_source(role)
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
        findings = worst_first([
            *rules.stream_findings(health, output), *rules.passing_findings(self._health.passing),
            *rules.overload_findings(self._health.shed_rungs),
        ])  # fmt: skip
        return replace(health, behind_s=output.behind_s, findings=tuple(findings))

    @override
    def write(self, item: SourceItem) -> None:
        now = self._loop.time()
        if isinstance(item, MediaPacket):
            self._health.feed(item, now)
            if is_main_picture(item):
                self._content.take(item)
                self._line.feed(item, now)
                self._seen_at = now
            elif item.track.kind is TrackKind.AUDIO:
                self._content.take(item)
        if self._closing or self._failed:
            return
        if self._watch.is_dark(item, now):
            self._cut_in_the_dark()
            return
        try:
            self.source.write(item)
        except QueueFull:
            self.give_up("the publisher sends faster than it can be encoded")
        if self.source.is_on_air and isinstance(item, MediaPacket):
            self._channel.note_on_air(self.role)

    def reading(self, now: float) -> SourceReading:
        """Return what the choice of the source goes by. On air the encoder's output is judged,
        which is surer."""
        content = self._output.content if self.source.is_on_air else self._content
        return SourceReading(
            None if self._seen_at is None else now - self._seen_at,
            content.black_s, content.still_s, self._content.silent_s,
        )  # fmt: skip

    def figures(self, encoder: str) -> SourceFigures:
        """Return the figures of this source, on air or not. `encoder`: its own name."""
        now = self._loop.time()
        kbps, fps = self._health.rates(now)
        line, content = self._line, self._output.content if self.source.is_on_air else self._content
        round_trip_s = line.round_trip_s
        return SourceFigures(
            self.role, encoder, kbps, fps, self._health.keyframe_interval_s,
            line.missing(now), round(line.longest_wait_s(now) * 1000), round(line.drift_s() * 1000),
            round(content.still_s, 1), round(self._content.silent_s, 1),
            None if round_trip_s is None else round(round_trip_s * 1000), line.packets_lost,
            line.duplicated(now),
        )  # fmt: skip

    @override
    def note_line(self, round_trip_s: float | None, packets_lost: int) -> None:
        self._line.round_trip_s, self._line.packets_lost = round_trip_s, packets_lost

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
        self._channel.left(self)
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
    def on_picture_goes_on(self) -> None:
        self.listener.on_picture_goes_on()

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
