"""The run of one encoder: packets in, parts of one of the channel's broadcasts out."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Final, NamedTuple

from showfloor.media.encoding.source_listener import SourceListener
from showfloor.media.encoding.timebase import START_MS, SoundLag, Timebase, WallClock
from showfloor.media.hls.origin import LiveStream
from showfloor.media.live_edge.fragments import LiveFragments
from showfloor.media.packaging.segmenter import (
    SEGMENT_S,
    Part,
    Segmenter,
    SegmenterError,
)
from showfloor.media.packets import AudioTrack, MediaPacket, Track, TrackKind, is_main_picture
from showfloor.media.ports import AUDIO, Encoder, Rung, SourceInfo

log = logging.getLogger(__name__)

SILENCE_MAX_S: Final = 5.0  # input without any output: the encoder hangs
SETTLE_TIMEOUT_S: Final = 5.0
LATE_START_MS: Final = 500
SEGMENTS_KEPT: Final = 16  # whose clock is kept: one rung is never ahead by more


class Arrival(NamedTuple):
    """A packet, and when it came. `is_earlier`: that was before its source went on air."""

    packet: MediaPacket
    at: datetime
    is_earlier: bool = False


class EncoderRun:
    """One encoder from its start to its end; one task makes and uses it. Sources of the same form
    may follow each other in it.

    The source's listener hears `on_picture` with the first part, and `on_picture_lost` when no more
    will come because the encoder is at fault.
    """

    def __init__(
        self,
        channel: LiveStream,
        encoder: Encoder,
        source: SourceInfo,
        rungs: Sequence[Rung],
        listener: SourceListener,
        tracks: Sequence[Track],
        before: "EncoderRun | None" = None,
    ) -> None:
        """`before`: the run that has the air until this one has a picture."""
        self._channel = channel
        self._encoder = encoder
        self._source = source
        self._rungs = rungs
        self._tracks = tracks
        self._before = before
        self._broadcast = 0  # its number in the channel, once there is a picture
        self._cutter = Segmenter(rungs, has_audio=source.has_audio)
        self._fragments = LiveFragments(rungs, self._segment_pdt, has_audio=source.has_audio)
        self._pdts: dict[int, datetime] = {}  # of the newest segments
        self._early: list[tuple[int, MediaPacket]] = []  # until every rung has had a picture
        self._edge_run = 0  # of the channel's live edge, once it has begun there
        self._sound_lag = SoundLag()
        self._hear(listener)
        self._loop = asyncio.get_running_loop()
        self._timebase: Timebase | None = None
        self._wall: WallClock | None = None
        self._first_ms = START_MS
        self._last_at: datetime | None = None  # the arrival of the last packet
        self._watch: asyncio.Task[None] | None = None
        self._unanswered_since: float | None = None
        self._has_picture = False  # something has come out
        self._on_air = False
        self._left = False
        self._fault = ""  # why nothing more will come
        self._ending = False

    def _hear(self, listener: SourceListener) -> None:
        self._listener = listener
        listener.output_meter.begin(self._rungs[-1])
        listener.health_meter.sound_lags(self._sound_lag.settled_ms)

    async def start(self, arrivals: Sequence[Arrival]) -> None:
        """Start with these packets, a key frame first; OSError when no child process can be
        started. They are fed afterwards."""
        first = arrivals[0].packet
        self._timebase = Timebase(first.pts_ms)
        self._first_ms = START_MS + first.dts_ms - first.pts_ms
        if (joined_ms := _joined_ms(arrivals)) is not None:
            self._timebase.begin_late(first.pts_ms, joined_ms)
            self._first_ms = self._timebase.map_earlier(first.dts_ms)
        self._wall = WallClock(next(one.at for one in arrivals if not one.is_earlier))
        await self._encoder.start(self._source, self._tracks, self._rungs, self._on_packet)
        self._watch = asyncio.create_task(self._watch_child(), name="encoder")

    async def _watch_child(self) -> None:
        complaint = await self._encoder.wait()
        self._fault = self._fault or complaint or "it ended"
        if not self._ending:
            # Viewers are told at once, not with the next packet, that the picture is gone.
            self.leave_air(lost=True)

    def continues_with(
        self, source: SourceInfo, rungs: Sequence[Rung], tracks: Sequence[Track]
    ) -> bool:
        """Return whether another source can go on here: FFmpeg learns another configuration of the
        decoder, but no other size, sound format or ladder."""
        is_alike = (self._source.width, self._source.height) == (source.width, source.height)
        is_well = self._on_air and not self.fault()
        forms = [list(map(_format, one)) for one in (self._tracks, tracks)]
        return is_well and is_alike and self._rungs == rungs and forms[0] == forms[1]

    async def join(self, listener: SourceListener, arrivals: Sequence[Arrival]) -> None:
        """Go on with another source, whose packets are these, a key frame first."""
        assert self._timebase is not None
        live = next(one for one in arrivals if not one.is_earlier)
        first, joined_ms = arrivals[0].packet, _joined_ms(arrivals)
        gap_s = (live.at - self._last_at).total_seconds() if self._last_at is not None else 0.0
        self._timebase.join(
            first.dts_ms, first.dts_ms if joined_ms is None else joined_ms, round(gap_s * 1000)
        )
        self._hear(listener)
        listener.on_picture_goes_on()
        for arrival in arrivals:
            await self.feed(arrival)

    def fault(self) -> str:
        """Return why this run must be given up; empty while it is well."""
        since = self._unanswered_since
        if not self._fault and since is not None and self._loop.time() - since > SILENCE_MAX_S:
            self._fault = f"no output for {SILENCE_MAX_S} s of input"
        return self._fault

    async def feed(self, arrival: Arrival) -> None:
        """Give the encoder a packet; wait while it is behind."""
        stamped = self._earlier(arrival.packet) if arrival.is_earlier else self._live(arrival)
        if stamped is None or self.fault():
            return
        if stamped.track.kind is TrackKind.VIDEO and self._unanswered_since is None:
            self._unanswered_since = self._loop.time()
        self._encoder.write(stamped)
        if self._encoder.has_room:
            return
        try:
            async with asyncio.timeout(SILENCE_MAX_S):
                await self._encoder.drain()
        except TimeoutError:
            self._fault = self._fault or f"took no input for {SILENCE_MAX_S} s"

    def _earlier(self, packet: MediaPacket) -> MediaPacket | None:
        """Return a picture that brings the decoder up to the present; its sound is past."""
        assert self._timebase is not None
        if packet.track.kind is not TrackKind.VIDEO:
            return None
        dts_ms, pts_ms = map(self._timebase.map_earlier, (packet.dts_ms, packet.pts_ms))
        return packet._replace(dts_ms=dts_ms, pts_ms=pts_ms)

    def _live(self, arrival: Arrival) -> MediaPacket | None:
        assert self._timebase is not None
        assert self._wall is not None
        packet, self._last_at = arrival.packet, arrival.at
        kind = packet.track.kind
        stamp_ms = self._timebase.map(kind, packet.dts_ms)
        if stamp_ms < 0:
            return None
        self._watch_lag(kind, stamp_ms)
        if is_main_picture(packet):
            # This is decoding time: frames come in that order, not in the order of their pictures.
            media_s = (stamp_ms - self._first_ms) / 1000
            self._wall.arrived(media_s, arrival.at)
            self._listener.output_meter.arrived(media_s, arrival.at)
        pts_ms = packet.pts_ms + stamp_ms - packet.dts_ms
        return MediaPacket(packet.track, stamp_ms, pts_ms, packet.is_key, packet.data)

    def _watch_lag(self, kind: TrackKind, stamp_ms: int) -> None:
        if kind is TrackKind.VIDEO:
            self._sound_lag.picture(stamp_ms)
        elif self._sound_lag.sound(stamp_ms):
            lag_ms = self._sound_lag.settled_ms
            log.warning("sound_lags channel=%s lag_ms=%d", self._channel.id, lag_ms)
            self._cutter.wait_for_sound(Fraction(lag_ms, 1000))
            self._fragments.wait_for_sound(Fraction(lag_ms, 1000))
            self._listener.health_meter.sound_lags(lag_ms)

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
            self.leave_air(lost=bool(fault))

    def _on_packet(self, rung: int, packet: MediaPacket) -> None:
        self._unanswered_since = None
        if self._left:
            return
        if rung != AUDIO and not self._has_picture:
            self._has_picture = True
            self._begin_with(packet)
        now = self._loop.time()
        try:
            parts = self._cutter.feed(rung, packet, now)
            self._give_to_live_edge(rung, packet)
        except SegmenterError as error:
            log.warning("encoder_output_unusable channel=%s reason=%s", self._channel.id, error)
            self._fault = self._fault or str(error)
            self.leave_air(lost=True)
            return
        if lost_s := self._cutter.take_lost_sound():
            self._listener.health_meter.lose_sound(lost_s, now)
        if rung in {AUDIO, len(self._rungs) - 1}:
            self._listener.output_meter.content.feed(rung, packet)
        self._publish(parts)

    def _begin_with(self, packet: MediaPacket) -> None:
        """Count media time from the first picture that comes out. That is the first that went in,
        but where the first key frames of several passed pictures do not line up."""
        assert self._wall is not None
        late_ms = packet.dts_ms - self._first_ms
        if late_ms > LATE_START_MS:
            self._first_ms += late_ms
            self._wall.begin_later(late_ms / 1000)
            self._listener.output_meter.begin(self._rungs[-1])

    def _give_to_live_edge(self, rung: int, packet: MediaPacket) -> None:
        """Give a picture to the viewers at the live edge before its part is cut."""
        if self._channel.closed:
            return
        if not self._edge_run:
            self._early.append((rung, packet))
            if (inits := self._cutter.inits) is None:
                return
            self._edge_run = self._channel.live_feed.start(self._rungs, inits)
        else:
            self._early = [(rung, packet)]
        for place, one in self._early:
            if place == AUDIO:
                self._fragments.sound(one)
            else:
                fragment = self._fragments.picture(place, one)
                self._channel.live_feed.add(self._edge_run, place, fragment)
        self._early = []

    def _segment_pdt(self, segment: int) -> datetime:
        """Return the wall clock of a segment's first picture, the same for its part and for the
        live edge."""
        assert self._wall is not None
        if segment not in self._pdts:
            self._pdts.pop(segment - SEGMENTS_KEPT, None)
            self._pdts[segment] = self._wall.segment_start(Fraction(segment * SEGMENT_S))
        return self._pdts[segment]

    def look_at_listed(self) -> None:
        """Tell the meter up to which time players may ask."""
        number, media_s = self._channel.listed
        if number == self._broadcast:
            self._listener.output_meter.listed(float(media_s))

    def _publish(self, parts: Sequence[Part]) -> None:
        if self._channel.closed:
            return  # the server stops, and does not wait for this encoder any longer
        for part in parts:
            if not self._on_air:
                inits = self._cutter.inits
                assert inits is not None, "every rung has had a frame"
                if self._before is not None:
                    self._before.leave_air(lost=False)
                self._broadcast = self._channel.begin_broadcast(self._rungs, inits)
                self._before, self._on_air = None, True
                self._listener.on_picture()
            pdt = self._segment_pdt(part.segment) if part.index == 0 else None
            self._channel.add_part(part, pdt)

    def leave_air(self, *, lost: bool) -> None:
        """Publish the remaining parts and end the channel's broadcast, once."""
        if self._left:
            return
        self._left = True
        self._channel.live_feed.stop(self._edge_run)
        self._publish(self._cutter.flush())
        if self._on_air:
            self._on_air = False
            self._channel.end_broadcast()
            if lost:
                self._listener.on_picture_lost()


def _joined_ms(arrivals: Sequence[Arrival]) -> int | None:
    """Return the stamp of the last picture that came earlier; None if none did."""
    stamps = [one.packet.dts_ms for one in arrivals if one.is_earlier and _is_picture(one)]
    return stamps[-1] if stamps else None


def _is_picture(arrival: Arrival) -> bool:
    return arrival.packet.track.kind is TrackKind.VIDEO


def _format(track: Track) -> object:
    """Return what FFmpeg cannot learn anew in mid-stream: the codec, and the form of the sound."""
    if isinstance(track, AudioTrack):
        return replace(track.config, record=b"")
    return track.codec
