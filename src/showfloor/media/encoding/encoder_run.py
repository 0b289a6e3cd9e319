"""The run of one encoder: packets in, parts of one of the channel's broadcasts out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Final

from showfloor.media.diagnostics.ingest_health import HealthMeter
from showfloor.media.diagnostics.output_meter import OutputMeter
from showfloor.media.encoding.timebase import START_MS, SoundLag, Timebase, WallClock
from showfloor.media.hls.origin import LiveStream
from showfloor.media.packaging.segmenter import Part, Segmenter, SegmenterError
from showfloor.media.packets import MediaPacket, Track, TrackKind
from showfloor.media.ports import AUDIO, Encoder, Rung, SourceInfo

log = logging.getLogger(__name__)

SILENCE_MAX_S: Final = 5.0  # input without any output: the encoder hangs
SETTLE_TIMEOUT_S: Final = 5.0


class EncoderRun:
    """One encoder from its start to its end; one task makes and uses it.

    It calls `on_picture` with the first part, and `on_picture_lost` when no more will come because
    the encoder is at fault.
    """

    def __init__(
        self,
        channel: LiveStream,
        encoder: Encoder,
        source: SourceInfo,
        rungs: Sequence[Rung],
        health: HealthMeter,
        output: OutputMeter,
        on_picture: Callable[[], None],
        on_picture_lost: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._encoder = encoder
        self._source = source
        self._rungs = rungs
        self._health = health
        self._output = output
        output.begin(rungs[-1])
        self._broadcast = 0  # its number in the channel, once there is a picture
        self._on_picture = on_picture
        self._on_picture_lost = on_picture_lost
        self._cutter = Segmenter(rungs, has_audio=source.has_audio)
        self._sound_lag = SoundLag()
        health.sound_lags(0)
        self._loop = asyncio.get_running_loop()
        self._timebase: Timebase | None = None
        self._wall: WallClock | None = None
        self._first_ms = START_MS
        self._watch: asyncio.Task[None] | None = None
        self._unanswered_since: float | None = None
        self._on_air = False
        self._left = False
        self._fault = ""  # why nothing more will come
        self._ending = False

    async def start(self, first: MediaPacket, at: datetime, tracks: Sequence[Track]) -> None:
        """Start with the key frame `first`, which came at `at`; OSError when no child process can
        be started."""
        self._timebase = Timebase(first.pts_ms)
        self._wall = WallClock(at)
        self._first_ms = START_MS + first.dts_ms - first.pts_ms
        await self._encoder.start(self._source, tracks, self._rungs, self._on_packet)
        self._watch = asyncio.create_task(self._watch_child(), name="encoder")

    async def _watch_child(self) -> None:
        complaint = await self._encoder.wait()
        self._fault = self._fault or complaint or "it ended"
        if not self._ending:
            # Viewers are told at once, not with the next packet, that the picture is gone.
            self._leave_air(lost=True)

    def fault(self) -> str:
        """Return why this run must be given up; empty while it is well."""
        since = self._unanswered_since
        if not self._fault and since is not None and self._loop.time() - since > SILENCE_MAX_S:
            self._fault = f"no output for {SILENCE_MAX_S} s of input"
        return self._fault

    async def feed(self, packet: MediaPacket, at: datetime) -> None:
        """Give the encoder a packet, which came at `at`; wait while it is behind."""
        assert self._timebase is not None
        assert self._wall is not None
        kind = packet.track.kind
        stamp_ms = self._timebase.map(kind, packet.dts_ms)
        if stamp_ms < 0 or self.fault():
            return
        self._watch_lag(kind, stamp_ms)
        if kind is TrackKind.VIDEO:
            # This is decoding time: frames come in that order, not in the order of their pictures.
            self._wall.arrived((stamp_ms - self._first_ms) / 1000, at)
            self._output.arrived((stamp_ms - self._first_ms) / 1000, at)
            if self._unanswered_since is None:
                self._unanswered_since = self._loop.time()
        pts_ms = packet.pts_ms + stamp_ms - packet.dts_ms
        self._encoder.write(replace(packet, dts_ms=stamp_ms, pts_ms=pts_ms))
        try:
            async with asyncio.timeout(SILENCE_MAX_S):
                await self._encoder.drain()
        except TimeoutError:
            self._fault = self._fault or f"took no input for {SILENCE_MAX_S} s"

    def _watch_lag(self, kind: TrackKind, stamp_ms: int) -> None:
        if kind is TrackKind.VIDEO:
            self._sound_lag.picture(stamp_ms)
        elif self._sound_lag.sound(stamp_ms):
            lag_ms = self._sound_lag.settled_ms
            log.warning("sound_lags channel=%s lag_ms=%d", self._channel.id, lag_ms)
            self._cutter.wait_for_sound(Fraction(lag_ms, 1000))
            self._health.sound_lags(lag_ms)

    async def end(self) -> None:
        """Take the encoder's last output (unless it is at fault) and leave the air."""
        fault = self.fault()
        self._ending = True
        try:
            if fault:
                await self._encoder.kill()
            else:
                await self._encoder.finish()
            if self._watch is not None:
                done, _ = await asyncio.wait([self._watch], timeout=SETTLE_TIMEOUT_S)
                if not done:
                    self._watch.cancel()
        finally:
            self._leave_air(lost=bool(fault))

    def _on_packet(self, rung: int, packet: MediaPacket) -> None:
        self._unanswered_since = None
        if self._left:
            return
        now = self._loop.time()
        try:
            parts = self._cutter.feed(rung, packet, now)
        except SegmenterError as error:
            log.warning("encoder_output_unusable channel=%s reason=%s", self._channel.id, error)
            self._fault = self._fault or str(error)
            self._leave_air(lost=True)
            return
        if lost_s := self._cutter.take_lost_sound():
            self._health.lose_sound(lost_s, now)
        if rung in {AUDIO, len(self._rungs) - 1}:
            self._output.content.feed(rung, packet)
        self._publish(parts)

    def look_at_listed(self) -> None:
        """Tell the meter up to which time players may ask."""
        number, media_s = self._channel.listed
        if number == self._broadcast:
            self._output.listed(float(media_s))

    def _publish(self, parts: Sequence[Part]) -> None:
        assert self._wall is not None
        if self._channel.closed:
            return  # the server stops, and does not wait for this encoder any longer
        for part in parts:
            if not self._on_air:
                inits = self._cutter.inits
                assert inits is not None, "every rung has had a frame"
                self._broadcast = self._channel.begin_broadcast(self._rungs, inits)
                self._on_air = True
                self._on_picture()
            pdt = self._wall.segment_start(part.start) if part.index == 0 else None
            self._channel.add_part(part, pdt)

    def _leave_air(self, *, lost: bool) -> None:
        """Publish the remaining parts and end the channel's broadcast, once."""
        if self._left:
            return
        self._left = True
        self._publish(self._cutter.flush())
        if self._on_air:
            self._on_air = False
            self._channel.end_broadcast()
            if lost:
                self._on_picture_lost()
