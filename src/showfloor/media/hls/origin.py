"""The origin of one channel: its media on air and on disk, and the answers to players.

Everything runs on the event loop; only the recording's reads and writes go to threads. One task
takes all arrivals in order: it lists a part after it was written, and a segment after its record
is on disk; the parts behind that segment wait. A disk that fails or stalls is not waited for.
Clauses are those of draft-pantos-hls-rfc8216bis.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from showfloor.kernel.clock import Clock, truncate_ms, utc_now
from showfloor.kernel.errors import NotFound, Unavailable
from showfloor.media.hls import store_reads
from showfloor.media.hls.audio_only import SOUND, sound_of_init, sound_of_media
from showfloor.media.hls.blocking_reload import (
    Directives,
    Freshness,
    Notifier,
    ReloadLimits,
    ReloadTimeout,
    RenderedPlaylist,
    check_directives,
)
from showfloor.media.hls.caption_tracks import (
    CaptionTrack,
    is_captions,
    is_live_name,
    language_of,
    render_stretch,
)
from showfloor.media.hls.live_window import LiveWindow
from showfloor.media.hls.multivariant import Pathway, render_multivariant
from showfloor.media.hls.open_segment import OpenSegment, PartInfo
from showfloor.media.hls.playlist import DateRange
from showfloor.media.live_edge.feed import LiveFeed
from showfloor.media.packaging.box_reader import video_start_s
from showfloor.media.packaging.segmenter import Part, RungInit
from showfloor.media.ports import Rung
from showfloor.media.recording.index import BroadcastRecord, Recording, RecordingIndex, RungInfo
from showfloor.media.recording.object_store import ObjectStoreError
from showfloor.media.recording.recorder import Recorder
from showfloor.media.recording.storage import Storage, unlimited

log = logging.getLogger(__name__)

FIRST_SEGMENT_S: Final = 4.0  # one segment, and an encoder that has to start
PREVIEW_KEPT_S: Final = 60
MULTIVARIANTS_MAX: Final = 64  # of one show: each pass has a folder
INBOX_MAX: Final = 256  # 80 s of parts
END_GRACE_S: Final = 8.0  # for the last segment of an encoder that is still at work


@dataclass(frozen=True, slots=True)
class _Begin:
    record: BroadcastRecord
    inits: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _AddPart:
    part: Part
    pdt: datetime | None


@dataclass(frozen=True, slots=True)
class _End:
    pass


class LiveStream:
    """One show's media: fed by one broadcast at a time, read by any number of players."""

    def __init__(
        self, channel_id: str, recording: Recording, index: RecordingIndex, *,
        window_s: int = 600, storage: Storage | None = None, limits: ReloadLimits | None = None,
        clock: Clock = utc_now,
    ) -> None:  # fmt: skip
        self.id = channel_id
        self._limits = limits or ReloadLimits()
        self.ended = False
        self.closed = False  # it takes nothing more
        self.held = False  # a publisher was admitted: the stream stays open
        self.live_feed = LiveFeed()
        self.listed: tuple[int, Fraction] = (0, Fraction(0))  # broadcast, and its media time, s
        self._recording = recording
        self._clock = clock
        self._window = LiveWindow(index, window_s=window_s)
        self.is_public = False
        self._ending = False
        self._current: BroadcastRecord | None = None  # on air, as far as the inbox is worked off
        self._broadcasting = False  # between begin_broadcast and end_broadcast
        self._broadcast_next = index.broadcast_next
        self._inits: dict[tuple[int, str], bytes] = {}  # of this process's broadcasts
        self.recorder = Recorder(
            channel_id, recording, index.broadcasts, storage or unlimited(), self._window.lose
        )
        self._inbox: asyncio.Queue[_Begin | _AddPart | _End] = asyncio.Queue(INBOX_MAX)
        self._worker: asyncio.Task[None] | None = None
        self._notifier = Notifier(self._limits.waiters_max)
        self.recorder.remove_old_previews([r for r in index.segments if not r.public])
        self._rendered: dict[tuple[str, bool, bool, bool], RenderedPlaylist] = {}
        self._multivariants: dict[tuple[bool, str], RenderedPlaylist] = {}  # by folder
        self._rewinds: dict[tuple[str, bool, bool], RenderedPlaylist] = {}
        self._rewinds_of = 0  # the window's changes that they show

    # --- the broadcast's side ---

    @property
    def on_air(self) -> bool:
        return self._broadcasting

    def begin_broadcast(self, rungs: Sequence[Rung], inits: Sequence[RungInit]) -> int:
        """Begin a broadcast, whose parts follow; return its number."""
        assert not self._broadcasting, "one broadcast at a time"
        number, self._broadcast_next = self._broadcast_next, self._broadcast_next + 1
        infos = tuple(
            RungInfo(r.name, r.width, r.height, int(r.fps), r.kbps, init.codecs)
            for r, init in zip(rungs, inits, strict=True)
        )
        data = {rung.name: init.data for rung, init in zip(rungs, inits, strict=True)}
        self._broadcasting = True
        self._put(_Begin(BroadcastRecord(number, infos), data))
        return number

    def add_part(self, part: Part, pdt: datetime | None = None) -> None:
        """Add the next part; a segment's first one comes with `pdt`, the wall clock."""
        assert self._broadcasting
        self._put(_AddPart(part, pdt))

    def end_broadcast(self) -> None:
        """End the broadcast: the open segment is closed as it is."""
        if self._broadcasting:
            self._broadcasting = False
            self._put(_End())

    def set_public(self, public: bool) -> None:
        """Say whether viewers may see the segments that open from now on."""
        self.is_public = public
        self.live_feed.set_public(public)

    def end(self) -> None:
        """End the stream, because the show has ended. Once the broadcast has ended too (the caller
        cuts its publisher), playlists are complete, and all blocked requests are answered."""
        if not self._ending:
            self._ending = True
            self.set_public(False)
            self.live_feed.end()
            if self._broadcasting or not self._inbox.empty():
                asyncio.get_running_loop().call_later(END_GRACE_S, self._complete)
            else:
                self._complete()

    def _complete(self) -> None:
        if not self.ended:
            self.ended = True
            self._changed()

    async def settled(self) -> None:
        """Wait until all arrivals are listed, and on disk if it works."""
        await self._inbox.join()

    async def close(self) -> None:
        """Let the writes finish and stop."""
        self.closed = True
        self.end_broadcast()
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * self.recorder.patience_s):
                await self.settled()
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker
        await self.recorder.close()

    @property
    def idle(self) -> bool:
        """Return whether the stream can be closed: it has no publisher, no waiting request, and
        nothing that the disk has not taken."""
        in_use = self.held or self._broadcasting or self._notifier.waiters or self.recorder.waiting
        return not (in_use or self.live_feed.viewers) and self._inbox.empty()

    def _put(self, event: _Begin | _AddPart | _End) -> None:
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name=f"channel {self.id}")
        self._inbox.put_nowait(event)

    async def _work(self) -> None:
        while True:
            event = await self._inbox.get()
            try:
                await self._handle(event)
            except Exception:
                # A fault in one part must not stop the channel for good.
                log.exception("channel_event_failed channel=%s", self.id)
            finally:
                self._inbox.task_done()

    async def _handle(self, event: _Begin | _AddPart | _End) -> None:
        match event:
            case _Begin(record, inits):
                await self._close_open_segment()  # there is one only after a fault
                self._inits |= {(record.number, rung): data for rung, data in inits.items()}
                self._window.broadcasts[record.number] = record
                self._current = record
                await self.recorder.begin(record, inits)
            case _AddPart(part, pdt):
                await self._take(part, pdt)
            case _End():
                await self._close_open_segment()
                self._current = None
                self.ended = self.ended or self._ending
        self._changed()

    async def _close_open_segment(self) -> None:
        if self._window.open is not None and self._window.open.parts:
            await self._seal(self._window.open)

    async def _take(self, part: Part, pdt: datetime | None) -> None:
        assert self._current is not None
        if part.index == 0:
            start = truncate_ms(pdt or self._clock())
            self._window.open_segment(self._current, start, public=self.is_public)
        segment = self._window.open
        assert segment is not None
        if part.index == 0:
            self._window.place(self._current.number, segment.msn, part.start)
        segment.add(PartInfo(part.duration, part.independent), part.payloads)
        if part.ends_segment:
            await self._seal(segment)
        else:
            if segment.public:
                await self.recorder.add_part(segment.record(), segment.last_part())
            segment.listed = len(segment.parts)
        self.listed = (self._current.number, part.start + part.duration)

    async def _seal(self, segment: OpenSegment) -> None:
        """Put a complete segment on disk, then list it. One that the disk does not take in time is
        listed from memory, and recorded later."""
        record, broadcast = segment.record(), segment.broadcast
        inits = {rung.name: self._inits[broadcast.number, rung.name] for rung in broadcast.rungs}
        if not await self.recorder.append(record, segment.bodies(), broadcast, inits):
            record = segment.record(lost=True)
        self._window.close_segment(record)
        old = self._window.drop_previews(self._clock() - timedelta(seconds=PREVIEW_KEPT_S))
        self.recorder.remove(old)

    def _changed(self) -> None:
        self._rendered.clear()
        self._multivariants.clear()
        self._notifier.notify()

    # --- the players' side ---

    async def first_segment(self, *, preview: bool) -> None:
        """Wait for the first segment while it is being made, because a refused player tries again
        later than that. Return at once when there is one, or none is coming."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FIRST_SEGMENT_S
        while (
            (preview or self.is_public) and self.on_air and not self._window.rungs(preview=preview)
        ):
            left_s = deadline - loop.time()
            if left_s <= 0 or not await self._notifier.wait(left_s):
                return

    def multivariant(
        self, *, preview: bool, pathways: Sequence[Pathway] = (), steering: str = ""
    ) -> RenderedPlaylist:
        """Return the multivariant playlist; NotFound until there is a complete segment."""
        key = preview, pathways[0].base if pathways else ""
        if key not in self._multivariants:
            rungs = self._window.rungs(preview=preview)
            if not rungs:
                raise NotFound("There is no picture yet.")
            text = render_multivariant(rungs, self._window.captions, pathways, steering)
            if len(self._multivariants) >= MULTIVARIANTS_MAX:
                self._multivariants.clear()
            self._multivariants[key] = RenderedPlaylist(text.encode(), Freshness.NOW)
        return self._multivariants[key]

    async def playlist(
        self, rung: str, directives: Directives, *, preview: bool, ended: bool = False
    ) -> RenderedPlaylist:
        """Return a rung's playlist; with `directives.msn`, when it lists that position (6.2.5.2).

        NotFound: there is no such rung, or nothing to play yet. See BadDirective, ReloadTimeout.
        """
        if rung not in self._window.playlists(preview=preview):
            raise NotFound("There is no such playlist yet.")
        if ended:
            self.end()  # the show had ended before this process opened the channel
        if not self.ended:
            check_directives(directives, *self._window.position(preview=preview))
            freshness = await self._wait(directives, preview=preview)
            if not self.ended:
                return self._render(rung, directives, preview=preview, freshness=freshness)
        # 6.2.5.2: directives are ignored after ENDLIST. A player at the live edge sends one, and
        # gets the window that it knows: its EXT-X-MEDIA-SEQUENCE must not decrease.
        return self._render(rung, directives, preview=preview, freshness=Freshness.ENDED)

    async def rewind_playlist(
        self, rung: str, directives: Directives, *, ended: bool = False
    ) -> RenderedPlaylist:
        """Return a rung's playlist of the whole show so far, relative to a folder one below the
        show's; with `directives.msn`, when it lists that segment. See `playlist`."""
        if rung not in self._window.playlists(preview=False):
            raise NotFound("There is no such playlist yet.")
        if ended:
            self.end()
        freshness = Freshness.ENDED
        if not self.ended:
            check_directives(directives, *self._window.position(preview=False))
            # It lists whole segments: a part is there with its segment.
            freshness = await self._wait(replace(directives, part=None), preview=False)
        has_ended, skip = self.ended, directives.skip and not self.ended
        cached = self._rewound(rung, ended=has_ended, skip=skip)
        freshness = Freshness.ENDED if has_ended else freshness
        return RenderedPlaylist(cached.body, freshness, cached.gzipped)

    def _rewound(self, rung: str, *, ended: bool, skip: bool) -> RenderedPlaylist:
        """Return the show so far, made once for each segment and not for each part: that of four
        hours takes 30 ms."""
        if self._rewinds_of != self._window.changes:
            self._rewinds.clear()
            self._rewinds_of = self._window.changes
        key = rung, ended, skip
        if key not in self._rewinds:
            text = self._window.render_rewind(rung, "../", ended=ended, skip=skip)
            self._rewinds[key] = RenderedPlaylist(text.encode(), Freshness.STATE)
        return self._rewinds[key]

    def set_ranges(self, ranges: tuple[DateRange, ...]) -> None:
        """Have all playlists list these date ranges from now on."""
        if ranges != self._window.ranges:
            self._window.ranges = ranges
            self._rendered.clear()
            self._rewinds.clear()

    def set_captions(self, tracks: tuple[CaptionTrack, ...]) -> None:
        """Offer these captions from now on, in renditions of their own."""
        before, self._window.captions = self._window.captions, tracks
        if before is not tracks and [one.language for one in before] != [
            one.language for one in tracks
        ]:
            self._rendered.clear()
            self._multivariants.clear()
            self._rewinds.clear()

    async def _wait(self, directives: Directives, *, preview: bool) -> Freshness:
        if directives.msn is None:
            return Freshness.NOW
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.block_max_s
        while not self._window.reached(directives.msn, directives.part, preview=preview):
            left = deadline - loop.time()
            if left <= 0:
                raise ReloadTimeout
            changed = await self._notifier.wait(min(left, self._limits.outage_answer_s))
            if self.ended:
                break
            if not changed and left > self._limits.outage_answer_s:
                return Freshness.UNCHANGED
        return Freshness.STATE

    def _render(
        self, rung: str, directives: Directives, *, preview: bool, freshness: Freshness
    ) -> RenderedPlaylist:
        ended = freshness is Freshness.ENDED
        whole = ended and directives.msn is None
        key = (rung, preview, directives.skip and not ended, whole)
        cached = self._rendered.get(key)
        if cached is None:
            text = self._window.render(
                rung, preview=preview, ended=ended, whole=whole, skip=directives.skip,
                hint_broadcast=self._current.number if self._current else self._broadcast_next,
            )  # fmt: skip
            cached = self._rendered[key] = RenderedPlaylist(text.encode(), freshness)
        if cached.freshness is freshness:
            return cached
        return RenderedPlaylist(cached.body, freshness, cached.gzipped)

    def trim(self, start: datetime | None, end: datetime | None) -> None:
        """Let the replay begin and end at these moments; None is the show's own start or end."""
        if self._window.trim(start, end):
            self._changed()

    def cut_playlist(self, rung: str, start: datetime, end: datetime) -> RenderedPlaylist:
        """Return a rung's playlist of the public picture between two moments; relative to a folder
        two below the show's. NotFound when nothing of it is recorded."""
        text = None
        if rung in self._window.playlists(preview=False):
            text = self._window.render_cut(rung, start, end, "../../")
        if text is None:
            raise NotFound("Nothing of this range is recorded.")
        return RenderedPlaylist(text.encode(), Freshness.ENDED)

    async def part(
        self, broadcast: int, rung: str, msn: int, index: int, *, preview: bool
    ) -> bytes:
        """Return a part's bytes; wait for the part that the preload hint names (6.2.6).
        NotFound when the part is neither listed nor hinted, or will not come."""
        deadline = asyncio.get_running_loop().time() + self._limits.block_max_s
        while True:
            source = self._window.source(broadcast, rung)
            body = self._window.part(broadcast, source, msn, index, preview=preview)
            if body is not None and is_captions(rung):
                return self._captions(broadcast, rung, msn, index, preview=preview)
            if body is not None:
                return _derived(sound_of_media, body) if rung == SOUND else body
            left = deadline - asyncio.get_running_loop().time()
            hinted = self._hinted(broadcast, msn, index, preview=preview)
            if not hinted or self.ended or left <= 0:
                raise NotFound("There is no such part.")
            await self._notifier.wait(left)

    def picture_end(self, msn: int, part: int | None) -> datetime | None:
        """Return the wall clock at the end of a public segment or part that is in memory or listed,
        None for others."""
        return self._window.picture_end(msn, part)

    def _hinted(self, broadcast: int, msn: int, index: int, *, preview: bool) -> bool:
        number = self._current.number if self._current else self._broadcast_next
        opened = self._window.open
        if not (preview or self.is_public or (opened is not None and opened.public)):
            return False
        return (number, (msn, index)) == (broadcast, self._window.position(preview=preview))

    async def segment(self, broadcast: int, rung: str, msn: int, *, preview: bool) -> bytes:
        """Return a listed segment's bytes; NotFound for any other."""
        record = self._window.find(msn, preview=preview)
        if record is None or record.broadcast != broadcast:
            raise NotFound("There is no such segment.")
        if is_captions(rung) and self._window.is_placed(broadcast):
            return self._captions(broadcast, rung, msn, None, preview=preview)
        source = self._window.source(broadcast, rung)
        body = self._window.recent_body(record, source)
        if body is None:
            body = self.recorder.held_body(msn, source)
        if body is None:
            if source not in record.sizes:
                raise NotFound("There is no such segment.")
            body = await self._read(lambda: self._recording.read_segment(broadcast, source, msn))
        if is_captions(rung):
            self._window.place(broadcast, msn, _derived(video_start_s, body))
            return self._captions(broadcast, rung, msn, None, preview=preview)
        return _derived(sound_of_media, body) if rung == SOUND else body

    def _captions(
        self, broadcast: int, rung: str, msn: int, part: int | None, *, preview: bool
    ) -> bytes:
        tracks = self._window.captions
        track = next((one for one in tracks if one.language == language_of(rung)), None)
        stretch = self._window.stretch(broadcast, msn, part, preview=preview)
        if track is None or stretch is None:
            raise NotFound("There are no such captions.")
        bounds = (None, None) if preview else self._window.bounds
        return render_stretch(track, stretch, is_live=is_live_name(rung), bounds=bounds)

    async def init(self, broadcast: int, rung: str, *, preview: bool) -> bytes:
        """Return an init segment; wait for the one that a preload hint names (6.2.6). NotFound when
        the broadcast has nothing to play, or will not come."""
        deadline = asyncio.get_running_loop().time() + self._limits.block_max_s
        while not self._window.has_broadcast(broadcast, preview=preview):
            left = deadline - asyncio.get_running_loop().time()
            place = self._window.position(preview=preview)
            is_hinted = self._hinted(broadcast, *place, preview=preview)
            if not is_hinted or self.ended or left <= 0:
                raise NotFound("There is no such init segment.")
            await self._notifier.wait(left)
        if is_captions(rung):
            raise NotFound("Captions have no init segment.")
        source = self._window.source(broadcast, rung)
        body = self._inits.get((broadcast, source))
        if body is None:
            body = await self._read(lambda: self._recording.read_init(broadcast, source))
        return _derived(sound_of_init, body) if rung == SOUND else body

    async def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            if self._recording.is_remote:
                return await store_reads.run(read)
            return await asyncio.to_thread(read)
        except ObjectStoreError as error:
            raise Unavailable("The recording cannot be read now.") from error
        except OSError as error:
            raise NotFound("There is no such file.") from error


def _derived[T](take: Callable[[bytes], T], body: bytes) -> T:
    try:
        return take(body)
    except ValueError as error:
        raise NotFound("The file is damaged.") from error
