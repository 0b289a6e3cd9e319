"""One restream: a reader of the hub that sends what is on air to one foreign server.

A source's packets are sent as they are; nothing is encoded but sound that such servers do not take.
Each source begins a connection of its own, with the latest key frame: decoders there choke on the
splice of two sources. Only a slate goes out on the connection of the source that has left, and the
next source goes on after it: platforms end a broadcast whose connection ends. A connection that
fails is tried again, with growing pauses, for as long as the restream stands. A server that takes
nothing blocks this reader's task alone, and not for long.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, override

from showfloor.kernel.clock import Clock, iso_ms, utc_now
from showfloor.media.diagnostics.restream_status import (
    RestreamFault,
    RestreamState,
    RestreamStatus,
)
from showfloor.media.encoding.timebase import Timebase
from showfloor.media.hub.events import (
    FullPolicy,
    HubEvent,
    HubReader,
    ReaderLimits,
    SourceEnded,
    SourceJoined,
)
from showfloor.media.hub.latest_group import LatestGroup
from showfloor.media.packets import (
    AudioTrack,
    Codec,
    MediaPacket,
    Track,
    TrackKind,
    VideoTrack,
)
from showfloor.media.restream.ports import Destination, Dial, Outlet, SoundConverter
from showfloor.media.restream.slate import Slate, SlateFormat
from showfloor.media.rtmp.target import PublishFailed

log = logging.getLogger(__name__)

PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
SETTLED_S: Final = 30.0  # a connection that has lasted so long begins the pauses anew
LIMITS: Final = ReaderLimits(FullPolicy.SKIP, queue_max_bytes=8 << 20)
SPLICE_MS: Final = 250  # before and after a slate, for sound that lags behind its first picture
RATE_READINGS: Final = 9  # of half a second


class Restream(HubReader):
    """The reader of one destination. Belongs to the event loop; `stop` and `ended` end it."""

    def __init__(
        self, destination: Destination, dial: Dial, new_converter: Callable[[], SoundConverter],
        pauses_s: Sequence[float] = PAUSES_S, *,
        slate: Callable[[SlateFormat], Awaitable[Slate]], slate_s: float,
        clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        """`slate` makes the slate of a format, which stands for `slate_s` at most; OSError."""
        self.destination = destination
        self._dial = dial
        self._new_converter = new_converter
        self._clock = clock
        self._pauses_s = pauses_s
        self._status = RestreamStatus(
            destination.id, RestreamState.WAITING, since=iso_ms(self._clock())
        )
        self._tracks: dict[TrackKind, Track] = {}
        self._group = LatestGroup()
        self._has_source = asyncio.Event()
        self._outlet: Outlet | None = None
        self._session: _Session | None = None  # from the first packet that is sent on
        self._ending: set[asyncio.Task[None]] = set()  # of sessions; bounded by the tries
        self._failed = 0
        self._make_slate = slate
        self._slate_s = slate_s
        self._slated: SlateFormat | None = None  # of the stream that a slate has followed
        self._slating: asyncio.Task[None] | None = None
        self._slate_until = 0.0  # on the loop's clock
        self._readings: deque[tuple[float, int]] = deque(maxlen=RATE_READINGS)
        self._connecting = asyncio.create_task(self._run(), name=f"restream {destination.id}")

    def status(self, now: float, skipped: int) -> RestreamStatus:
        """Return the state and its figures. `now`: a monotonic clock, s; called twice a second."""
        self._readings.append((now, self._outlet.sent if self._outlet is not None else 0))
        (began, first), (_now, sent) = self._readings[0], self._readings[-1]
        kbps = max(0, sent - first) * 8 / 1000 / (now - began) if now > began else 0
        left_s = self._slate_until - now if self._slating is not None else 0.0
        return replace(
            self._status, attempts=self._failed, kbps=round(kbps), skipped=skipped,
            slate_left_s=max(0, round(left_s)),
        )  # fmt: skip

    # --- the hub's side ---

    @override
    async def take(self, event: HubEvent, at: datetime) -> None:
        match event:
            case SourceJoined():
                await self._begin_source()
            case SourceEnded(is_followed=is_followed):
                if is_followed or not self._begin_slate():
                    await self._end_source()
            case VideoTrack() | AudioTrack():
                await self._take_track(event)
            case MediaPacket():
                self._group.add(event, at)
                await self._send(event)

    @override
    async def ended(self, failure: str) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End within a few seconds, whatever the server does."""
        await self._end_slate()
        self._connecting.cancel()
        await asyncio.wait([self._connecting])
        await self._leave()

    async def _begin_source(self) -> None:
        if self._slating is not None:
            await self._end_slate()
            self._forget_source()  # it goes on where the slate was, if it is like the one before
        else:
            await self._end_source()
        self._has_source.set()

    async def _end_source(self) -> None:
        self._has_source.clear()
        self._forget_source()
        self._slated = None
        await self._leave()

    def _forget_source(self) -> None:
        self._tracks = {}
        self._group.clear()
        if self._session is not None:
            self._session.is_over = True

    # --- the slate ---

    def _begin_slate(self) -> bool:
        """Let a slate follow a stream that was live; return False where none can."""
        self._slated = SlateFormat.of(self._tracks)
        if self._session is None or self._slate_s <= 0 or self._slated is None:
            return False
        self._forget_source()
        loop = asyncio.get_running_loop()
        self._slate_until = loop.time() + self._slate_s
        name = f"slate {self.destination.id}"
        self._slating = asyncio.create_task(self._show_slate(self._slated), name=name)
        return True

    async def _show_slate(self, form: SlateFormat) -> None:
        """Send the slate like a source's packets until its time is over; then leave."""
        loop = asyncio.get_running_loop()
        try:
            slate = await self._make_slate(form)
            self._tracks = {track.kind: track for track in slate.tracks}
            began = loop.time()
            for packet in slate.packets():
                due = began + packet.dts_ms / 1000
                if max(due, loop.time()) >= self._slate_until:
                    break
                await asyncio.sleep(due - loop.time())
                self._group.add(packet, self._clock())
                await self._send(packet)
        except Exception:  # a database may raise anything
            log.exception("restream_slate destination=%s", self.destination.id)
        self._slating = None
        await self._end_source()

    async def _end_slate(self) -> None:
        slating, self._slating = self._slating, None
        if slating is not None:
            slating.cancel()
            await asyncio.wait([slating])

    # --- what is sent ---

    async def _take_track(self, track: Track) -> None:
        before = self._tracks.get(track.kind)
        self._tracks[track.kind] = track
        if before is None and self._session is not None and not self._session.is_over:
            await self._tell(self._session.add(track, self._new_converter), self._session)
        if before is None or before == track:
            return
        self._group.clear()  # it was decoded otherwise
        await self._leave()  # the server begins anew with what comes

    async def _send(self, packet: MediaPacket) -> None:
        outlet = self._outlet
        if outlet is None or not self._group.packets:
            return
        if self._session is None or self._session.is_over:
            if self._session is not None and not self._goes_on():
                await self._leave()  # the server begins anew with what comes
                return
            before = self._end_session()
            self._session = session = _Session(outlet, self._group.packets[0][0].dts_ms, before)
            tracks = list(self._tracks.values())
            await self._tell(session.begin(tracks, self._new_converter), session)
            if self._session is not session:
                return  # the connection has failed meanwhile
            for earlier, _at in self._group.packets:
                session.write(earlier)
        else:
            session = self._session
            session.write(packet)
        state = RestreamState.LIVE if self._slating is None else RestreamState.SLATE
        self._set(state, PublishFailed(RestreamFault.SOUND) if session.is_mute else None)
        await outlet.drain()

    def _goes_on(self) -> bool:
        """Return whether the source, or the slate, is like the stream before it."""
        return self._slated is not None and self._slated.is_kept_by(self._tracks)

    async def _tell(self, telling: Awaitable[None], session: "_Session") -> None:
        try:
            await telling
        except OSError as error:
            log.warning("restream_sound destination=%s %s", self.destination.id, error)
            session.is_mute = True

    async def _leave(self) -> None:
        outlet, self._outlet = self._outlet, None
        self._end_session()
        if outlet is not None:
            await outlet.close()
        if self._ending:
            await asyncio.wait(self._ending)

    def _end_session(self) -> "_Session | None":
        session, self._session = self._session, None
        if session is not None:
            ending = asyncio.create_task(session.close(), name="restream session ends")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
        return session

    # --- the connection's side ---

    async def _run(self) -> None:
        while True:
            if not self._has_source.is_set():
                self._set(RestreamState.WAITING)
                await self._has_source.wait()
            try:
                await self._connect_once()
            except PublishFailed as failure:
                self._note(failure)
                pause_s = self._pauses_s[min(self._failed, len(self._pauses_s)) - 1]
                await asyncio.sleep(pause_s)

    async def _connect_once(self) -> None:
        """Connect, and stay until the connection ends: by us, or PublishFailed."""
        loop = asyncio.get_running_loop()
        self._set(RestreamState.CONNECTING)
        if self.destination.target is None:
            raise PublishFailed(RestreamFault.KEY)
        outlet = await self._dial(self.destination.target)
        self._readings.clear()
        self._outlet, began = outlet, loop.time()
        failure = await outlet.wait()
        if loop.time() - began >= SETTLED_S:
            self._failed = 0
        if failure is not None:
            if self._outlet is outlet:
                self._outlet = None
                self._end_session()
            raise failure

    def _note(self, failure: PublishFailed) -> None:
        self._failed += 1
        log.warning(
            "restream_failed destination=%s fault=%s attempts=%d", self.destination.id,
            failure.fault, self._failed,
        )  # fmt: skip
        self._set(RestreamState.FAILED, failure)

    def _set(self, state: RestreamState, failure: PublishFailed | None = None) -> None:
        fault, detail = (failure.fault, failure.detail) if failure is not None else ("", "")
        if (self._status.state, self._status.fault) == (state, fault):
            return
        if (self._status.state, state) == (RestreamState.FAILED, RestreamState.CONNECTING):
            return  # the reason of the last failure is worth more until this try has gone well
        self._status = replace(
            self._status, state=state, fault=fault, detail=detail, since=iso_ms(self._clock())
        )


class _Session:
    """What one source sends over one connection: stamps from the connection's beginning on, and
    sound as AAC. `is_over`: the source has ended, and another may go on."""

    def __init__(
        self, outlet: Outlet, first_picture_ms: int, before: "_Session | None" = None
    ) -> None:
        """`before`: the session that this one follows on the same connection."""
        self.is_mute = False
        self.is_over = False
        self._outlet = outlet
        self._is_first = before is None
        self._written_at = asyncio.get_running_loop().time()
        if before is None:
            self._timebase = Timebase(first_picture_ms)
        else:
            self._timebase = before._timebase
            passed_ms = round((self._written_at - before._written_at) * 1000)
            gap_ms = max(passed_ms, SPLICE_MS)
            self._timebase.join(first_picture_ms, first_picture_ms, gap_ms)
        self._converter: SoundConverter | None = None
        self._converted: Track | None = None

    async def begin(
        self, tracks: Sequence[Track], new_converter: Callable[[], SoundConverter]
    ) -> None:
        """Tell the tracks; OSError when the sound cannot be converted: the pictures go."""
        if self._is_first:
            self._outlet.begin([track for track in tracks if track.codec is not Codec.OPUS])
        for track in tracks:
            if track.codec is Codec.OPUS or not self._is_first:
                await self.add(track, new_converter)

    async def add(self, track: Track, new_converter: Callable[[], SoundConverter]) -> None:
        """Tell a track that the connection does not know; OSError as above."""
        if track.codec is Codec.OPUS:
            await self._convert(track, new_converter)
        else:
            self._outlet.write_track(track)

    async def _convert(self, track: Track, new_converter: Callable[[], SoundConverter]) -> None:
        assert isinstance(track, AudioTrack)
        self._converter = new_converter()
        await self._converter.start(track, self._write_converted)

    def write(self, packet: MediaPacket) -> None:
        if packet.track.kind is TrackKind.AUDIO and self.is_mute:
            return
        dts_ms = self._timebase.map(packet.track.kind, packet.dts_ms)
        if dts_ms < 0:
            return
        self._written_at = asyncio.get_running_loop().time()
        moved = packet._replace(dts_ms=dts_ms, pts_ms=packet.pts_ms + dts_ms - packet.dts_ms)
        if packet.track.codec is not Codec.OPUS:
            self._outlet.write(moved)
        elif self._converter is not None:
            self._converter.write(moved)
            self.is_mute = self._converter.has_ended

    async def close(self) -> None:
        if self._converter is not None:
            await self._converter.close()

    def _write_converted(self, packet: MediaPacket) -> None:
        if self.is_over:
            return
        if packet.track != self._converted:
            self._converted = packet.track
            self._outlet.write_track(packet.track)
        self._outlet.write(packet)
