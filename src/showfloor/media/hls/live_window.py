"""The live window: a channel's segments and parts, and their playlists. No I/O, no clock.

There are two views of one numbering: the preview lists everything, the public view only segments
that were opened while the show was live.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from showfloor.media.hls.audio_only import SOUND
from showfloor.media.hls.caption_tracks import (
    LIVE,
    CaptionTrack,
    Stretch,
    file_ending,
    is_captions,
    name_of,
)
from showfloor.media.hls.open_segment import OpenSegment, PartInfo, place_of
from showfloor.media.hls.playlist import (
    PART_HOLD_BACK_S,
    PARTS_LISTED_S,
    PREVIEW_PART_HOLD_BACK_S,
    DateRange,
    ListedPart,
    ListedSegment,
    MediaPlaylist,
    RenditionReport,
    ranges_within,
    render_media,
)
from showfloor.media.packaging.segmenter import SEGMENT_S
from showfloor.media.recording.cut import cut, follows
from showfloor.media.recording.index import BroadcastRecord, RecordingIndex, RungInfo, SegmentRecord

# Parts are listed for 6 s and fetchable for 6 s more (6.2.2); segments cut short by a loss are
# below 2 s each, hence the reserve.
SEGMENTS_IN_MEMORY: Final = 10
LISTINGS_MAX: Final = 50_000


def _shorter_side(rung: RungInfo) -> int:
    return min(rung.width, rung.height)


class LiveWindow:
    """The segments and parts of one channel, seen by the public or by staff."""

    def __init__(self, index: RecordingIndex, *, window_s: int) -> None:
        self.broadcasts: dict[int, BroadcastRecord] = dict(index.broadcasts)
        self.open: OpenSegment | None = None
        self.public: list[SegmentRecord] = []
        self.changes = 0  # of the complete segments
        self._trim: tuple[datetime | None, datetime | None] = (None, None)
        self._window_s = window_s
        self._msn_next = index.msn_next
        self._recent: dict[int, OpenSegment] = {}
        self._by_msn: dict[int, SegmentRecord] = {}
        self._starts: dict[bool, int] = {}  # of the views' windows, until they change
        self._lists: dict[tuple[str, bool, int, int], list[ListedSegment]] = {}  # the same
        self._listings: dict[tuple[str, int], ListedSegment] = {}  # made once, listed for minutes
        self._rungs: dict[bool, list[RungInfo]] = {}  # of the views, until they change
        # Of the preview view: what was dropped in front, for its discontinuity sequence.
        self._dropped_cuts = 0
        self.ranges: tuple[DateRange, ...] = ()  # the same in every playlist (6.2.4)
        self.captions: tuple[CaptionTrack, ...] = ()
        self._media_starts: dict[int, Fraction] = {}  # of number 0, if it were of the broadcast
        self._all: list[SegmentRecord] = []
        for record in index.segments:
            # The previews of an earlier process are not offered any more.
            if record.public and record.broadcast in self.broadcasts:
                self._list(record)
            elif not self._all:
                self._dropped_cuts += record.discontinuity

    def _list(self, record: SegmentRecord) -> None:
        self._forget_views()
        self._all.append(record)
        self._by_msn[record.msn] = record
        if record.public:
            self.public.append(record)

    def _forget_views(self) -> None:
        self.changes += 1
        self._rungs.clear()
        self._starts.clear()
        self._lists.clear()

    # --- filling ---

    def open_segment(self, broadcast: BroadcastRecord, pdt: datetime, *, public: bool) -> None:
        assert self.open is None
        last = self._all[-1] if self._all else None
        new_broadcast = last.broadcast != broadcast.number if last else self._msn_next > 0
        self.open = OpenSegment(self._msn_next, broadcast, pdt, public, new_broadcast)
        self._msn_next += 1

    def close_segment(self, record: SegmentRecord) -> None:
        """Close the open segment, which is complete and on disk (or lost)."""
        segment = self.open
        assert segment is not None
        assert segment.msn == record.msn
        segment.listed = len(segment.parts)
        self.open = None
        self._recent[record.msn] = segment
        while len(self._recent) > SEGMENTS_IN_MEMORY:
            del self._recent[next(iter(self._recent))]
        self._list(record)

    def lose(self, record: SegmentRecord) -> None:
        """Make a listed segment a gap, because its media will never be on disk."""
        listed = self._by_msn.get(record.msn)
        if listed is None:
            return
        gap = replace(listed, sizes={})
        self._by_msn[record.msn] = gap
        for view in (self._all, self.public):
            place = bisect_left(view, record.msn, key=lambda one: one.msn)
            if place < len(view) and view[place] is listed:
                view[place] = gap
        self._listings = {key: one for key, one in self._listings.items() if key[1] != record.msn}
        self._forget_views()

    def trim(self, start: datetime | None, end: datetime | None) -> bool:
        """Let the replay begin and end at these moments; None is the show's own start or end.
        Viewers get nothing outside of them. Return whether that is news."""
        is_new = self._trim != (start, end)
        self.changes += is_new
        self._trim = (start, end)
        return is_new

    @property
    def bounds(self) -> tuple[datetime | None, datetime | None]:
        return self._trim

    def _is_shown(self, record: SegmentRecord) -> bool:
        start, end = self._trim
        return (start is None or record.ends_at > start) and (end is None or record.pdt < end)

    def drop_previews(self, before: datetime) -> list[SegmentRecord]:
        """Take out the previews in front that ended before a moment, and return them."""
        count = 0
        while count < len(self._all):
            record = self._all[count]
            if record.public or record.ends_at >= before or record.msn in self._recent:
                break
            count += 1
        dropped, self._all = self._all[:count], self._all[count:]
        self._forget_views()
        for record in dropped:
            self._dropped_cuts += record.discontinuity
            del self._by_msn[record.msn]
        return dropped

    # --- asking ---

    def _view(self, *, preview: bool) -> list[SegmentRecord]:
        return self._all if preview else self.public

    def _open_in(self, *, preview: bool) -> OpenSegment | None:
        return self.open if self.open and (preview or self.open.public) else None

    def position(self, *, preview: bool) -> tuple[int, int]:
        """Return the number of the first incomplete segment and the count of its listed parts:
        together they name the part that comes next."""
        segment = self._open_in(preview=preview)
        if segment is not None:
            return segment.msn, segment.listed
        return (self.open.msn if self.open else self._msn_next), 0

    def reached(self, msn: int, part: int | None, *, preview: bool) -> bool:
        """Return whether a blocked reload for this position can be answered."""
        open_msn, listed = self.position(preview=preview)
        if part is None or msn > open_msn:
            return open_msn > msn
        if msn == open_msn:
            return listed > part
        recent = self._recent.get(msn)
        if msn == open_msn - 1 and recent is not None and part >= len(recent.parts):
            return listed > 0  # 6.2.5.2: beyond the last part means part 0 of the next segment
        return True

    def find(self, msn: int, *, preview: bool) -> SegmentRecord | None:
        record = self._by_msn.get(msn)
        is_theirs = record is not None and (preview or (record.public and self._is_shown(record)))
        return record if is_theirs else None

    def _in_memory(self, msn: int) -> OpenSegment | None:
        return self.open if self.open and self.open.msn == msn else self._recent.get(msn)

    def recent_body(self, record: SegmentRecord, rung: str) -> bytes | None:
        segment = self._recent.get(record.msn)
        return segment.body(rung) if segment is not None else None

    def part(
        self, broadcast: int, rung: str, msn: int, index: int, *, preview: bool
    ) -> bytes | None:
        """Return a listed part that is still in memory, or None."""
        segment = self._in_memory(msn)
        if segment is None or segment.broadcast.number != broadcast:
            return None
        # A record is made of all the segment's parts: only a trimmed show asks for it.
        is_shown = self._trim == (None, None) or self._is_shown(segment.record())
        is_theirs = preview or (segment.public and is_shown)
        return segment.part(rung, index) if is_theirs else None

    def has_broadcast(self, number: int, *, preview: bool) -> bool:
        """Return whether a view lists something of a broadcast."""
        segment = self._open_in(preview=preview)
        if segment is not None and segment.broadcast.number == number:
            return True
        view = self._view(preview=preview)
        return any(record.broadcast == number for record in reversed(view))

    def rungs(self, *, preview: bool) -> list[RungInfo]:
        """Return every rung of the broadcasts that a view lists: best first, in its newest form."""
        if preview in self._rungs:
            return self._rungs[preview]
        numbers = {record.broadcast for record in self._view(preview=preview)}
        found: dict[str, RungInfo] = {}
        for number in sorted(numbers):
            found |= {rung.name: rung for rung in self.broadcasts[number].rungs}
        self._rungs[preview] = sorted(found.values(), key=_shorter_side, reverse=True)
        return self._rungs[preview]

    # --- where a segment lies ---

    def place(self, broadcast: int, msn: int, media_s: Fraction) -> None:
        """Learn where a segment of a broadcast lies on its media timeline. All but a broadcast's
        last have one length, so the others follow."""
        self._media_starts.setdefault(broadcast, media_s - msn * SEGMENT_S)

    def is_placed(self, broadcast: int) -> bool:
        return broadcast in self._media_starts

    def stretch(
        self, broadcast: int, msn: int, part: int | None, *, preview: bool
    ) -> Stretch | None:
        """Return where a listed segment or part of a placed broadcast lies; None for others."""
        placed = self._media_starts.get(broadcast)
        if placed is None:
            return None
        begins = placed + msn * SEGMENT_S
        if part is None:
            record = self.find(msn, preview=preview)
            if record is None or record.broadcast != broadcast:
                return None
            return Stretch(begins, record.pdt, record.duration)
        segment = self._in_memory(msn)
        if segment is None or segment.broadcast.number != broadcast:
            return None
        if not (preview or segment.public) or not 0 <= part < segment.listed:
            return None
        offset, starts_at = segment.offset_of(part), segment.start_of(part)
        return Stretch(begins + offset, starts_at, segment.parts[part].duration)

    def picture_end(self, msn: int, part: int | None) -> datetime | None:
        """Return the wall clock at the end of a public segment or part, None for an unknown one."""
        segment, record = self._in_memory(msn), self.find(msn, preview=False)
        if part is None or segment is None:
            return None if record is None else record.ends_at
        return segment.end_of(part) if segment.public else None

    # --- playlists ---

    def playlists(self, *, preview: bool) -> list[str]:
        """Return the names of the rungs, of the audio-only rendition and of the captions; none
        before a picture."""
        names = [rung.name for rung in self.rungs(preview=preview)]
        captions = [name_of(track.language) for track in self.captions]
        return [*names, SOUND, *captions] if names else []

    def source(self, broadcast: int, rung: str) -> str:
        """Return the rung whose files hold a rendition: the smallest one holds the sound, and the
        times of the captions."""
        record = self.broadcasts.get(broadcast)
        return record.rungs[-1].name if _is_derived(rung) and record is not None else rung

    def render(
        self,
        rung: str,
        *,
        preview: bool,
        ended: bool,
        whole: bool,
        skip: bool,
        hint_broadcast: int,
    ) -> str:
        """Return a rung's playlist. A `whole` one is a replay: it starts at the first segment,
        not at the window, and has no parts."""
        if ended and not preview and self._trim != (None, None):
            return self._render_trimmed(rung)
        name = LIVE + rung if is_captions(rung) and not whole else rung
        view = self._view(preview=preview)
        start = 0 if whole else self._window_start(view, preview=preview)
        cuts = sum(record.discontinuity for record in view[:start])
        if preview:
            cuts += self._dropped_cuts
        segments = self._listed(view[start:], name, with_parts=not whole, preview=preview)
        first_msn = view[start].msn
        if ended:
            return render_media(
                MediaPlaylist(first_msn, cuts, segments, ended=True, ranges=self.ranges)
            )
        msn, index = self.position(preview=preview)
        last = (msn, index - 1) if index else (msn - 1, self._last_part(msn - 1))
        return render_media(
            MediaPlaylist(
                first_msn, cuts, segments,
                open_segment=self._listed_open(name, preview=preview),
                hint_uri=self._hint(name, hint_broadcast, msn, index),
                hint_map_uri=_map_uri(self._base(hint_broadcast, name), name),
                ranges=self.ranges,
                reports=[
                    RenditionReport(f"{other}.m3u8", *last)
                    for other in self.playlists(preview=preview)
                    if other != rung
                ],
                part_hold_back_s=PREVIEW_PART_HOLD_BACK_S if preview else PART_HOLD_BACK_S,
            ),
            skip=skip,
        )  # fmt: skip

    def _render_trimmed(self, rung: str, prefix: str = "") -> str:
        """Return the playlist of a replay that begins or ends elsewhere than its show: to the
        segment, with the exact start."""
        shown = [record for record in self.public if self._is_shown(record)]
        if not shown:
            return render_media(MediaPlaylist(0, 0, [], ended=True))
        segments = [
            self._listed_one(record, rung, self._base(record.broadcast, rung), with_parts=False)
            for record in shown
        ]
        # A player begins with the first segment of a list, whatever was cut off before it.
        segments[0] = replace(segments[0], discontinuity=False)
        start, offset = self._trim[0], None
        if start is not None and start > shown[0].pdt:
            offset = Fraction((start - shown[0].pdt) // timedelta(milliseconds=1), 1000)
        return render_media(
            MediaPlaylist(
                shown[0].msn, 0, segments, ended=True, start_offset=offset,
                ranges=ranges_within(self.ranges, *self._trim), prefix=prefix,
            )
        )  # fmt: skip

    def render_rewind(self, rung: str, prefix: str, *, ended: bool, skip: bool) -> str:
        """Return the playlist of the show so far, from its first picture on: complete segments, of
        which none ever leaves."""
        if ended and self._trim != (None, None):
            return self._render_trimmed(rung, prefix)
        listed = self._listed(self.public, rung, with_parts=False, preview=False)
        playlist = MediaPlaylist(
            self.public[0].msn, 0, listed, ended=ended, ranges=self.ranges, prefix=prefix,
            is_event=not ended,
        )  # fmt: skip
        return render_media(playlist, skip=skip)

    def render_cut(self, rung: str, start: datetime, end: datetime, prefix: str) -> str | None:
        """Return the playlist of the public picture between two moments, to the segment, with the
        exact start; None when nothing of it is recorded. `prefix`: the way to the show's folder."""
        found = cut([record for record in self.public if self._is_shown(record)], start, end)
        if found is None:
            return None
        listed: list[ListedSegment] = []
        for before, record in zip((None, *found.segments), found.segments, strict=False):
            one = self._listed_one(
                record, rung, self._base(record.broadcast, rung), with_parts=False
            )
            is_cut = before is not None and not follows(before, record)
            listed.append(replace(one, discontinuity=is_cut))
        return render_media(
            MediaPlaylist(0, 0, listed, ended=True, start_offset=found.start, prefix=prefix)
        )

    def _window_start(self, view: Sequence[SegmentRecord], *, preview: bool) -> int:
        if preview not in self._starts:
            total, start = Fraction(0), len(view)
            while start > 0 and total + view[start - 1].duration <= self._window_s:
                start -= 1
                total += view[start].duration
            self._starts[preview] = start
        return self._starts[preview]

    def _last_part(self, msn: int) -> int:
        recent = self._recent.get(msn)
        return len(recent.parts) - 1 if recent is not None else 0

    def _listed(
        self, records: Sequence[SegmentRecord], rung: str, *, with_parts: bool, preview: bool
    ) -> list[ListedSegment]:
        """Return the complete segments: the same list while the open one grows by parts."""
        bare = len(records) - self._count_with_parts(records) if with_parts else len(records)
        key = (rung, preview, bare, len(records))
        if key in self._lists:
            return self._lists[key]
        listed: list[ListedSegment] = []
        before: SegmentRecord | None = None
        for n, record in enumerate(records):
            base = self._base(record.broadcast, rung)
            if before is not None and record.msn != before.msn + 1:
                listed += _gaps(before, record, base, rung)
            before = record
            listed.append(self._listed_one(record, rung, base, with_parts=n >= bare))
        self._lists[key] = listed
        return listed

    def _listed_one(
        self, record: SegmentRecord, rung: str, base: str, *, with_parts: bool
    ) -> ListedSegment:
        known = self._listings.get((rung, record.msn))
        if known is not None:
            return known
        segment = self._recent.get(record.msn)
        listed = ListedSegment(
            f"{base}/{record.msn}.{file_ending(rung)}", _map_uri(base, rung), record.pdt,
            record.duration, record.discontinuity,
            is_gap=not record.sizes and segment is None,
            parts=_listed_parts(
                base, record.msn, segment.parts if segment and with_parts else (), rung
            ),
        )  # fmt: skip
        if segment is None:  # nothing about it will change
            if len(self._listings) >= LISTINGS_MAX:
                self._listings.clear()
            self._listings[rung, record.msn] = listed
        return listed

    def _count_with_parts(self, records: Sequence[SegmentRecord]) -> int:
        """Return the count of segments that start within 3 target durations of the end."""
        distance = self.open.duration if self.open is not None else Fraction(0)
        for count, record in enumerate(reversed(records)):
            distance += record.duration
            if distance > PARTS_LISTED_S:
                return count
        return len(records)

    def _listed_open(self, rung: str, *, preview: bool) -> ListedSegment | None:
        segment = self._open_in(preview=preview)
        if segment is None or not segment.listed:
            return None
        base = self._base(segment.broadcast.number, rung)
        return ListedSegment(
            "", _map_uri(base, rung), segment.pdt, Fraction(0), segment.discontinuity,
            parts=_listed_parts(base, segment.msn, segment.parts[: segment.listed], rung),
        )  # fmt: skip

    def _hint(self, rung: str, broadcast: int, msn: int, index: int) -> str:
        return f"{self._base(broadcast, rung)}/{msn}.{index}.{file_ending(rung)}"

    def _base(self, number: int, rung: str) -> str:
        """Return the folder of a rung in a broadcast, or of the next lower rung when the source of
        this broadcast had no such rung."""
        broadcast = self.broadcasts.get(number)
        if broadcast is None or _is_derived(rung) or place_of(broadcast, rung) is not None:
            return f"{number}/{rung}"
        wanted = self._side_of(rung)
        lower = (info for info in broadcast.rungs if _shorter_side(info) <= wanted)
        return f"{number}/{next(lower, broadcast.rungs[-1]).name}"

    def _side_of(self, rung: str) -> int:
        every = (info for broadcast in self.broadcasts.values() for info in broadcast.rungs)
        return next((_shorter_side(info) for info in every if info.name == rung), 0)


def _is_derived(rung: str) -> bool:
    """Return whether a rendition is made of others and has no files of its own."""
    return rung == SOUND or is_captions(rung)


def _map_uri(base: str, rung: str) -> str:
    return "" if is_captions(rung) else f"{base}/init.mp4"


def _listed_parts(
    base: str, msn: int, parts: Iterable[PartInfo], rung: str
) -> tuple[ListedPart, ...]:
    return tuple(
        ListedPart(f"{base}/{msn}.{n}.{file_ending(rung)}", part.duration, part.independent)
        for n, part in enumerate(parts)
    )


def _gaps(before: SegmentRecord, after: SegmentRecord, base: str, rung: str) -> list[ListedSegment]:
    """Return stand-ins for the segments between two that could not be kept in the index."""
    ending, first = file_ending(rung), before.msn + 1
    return [
        ListedSegment(f"{base}/{msn}.{ending}", _map_uri(base, rung),
                      before.ends_at + timedelta(seconds=(msn - first) * SEGMENT_S),
                      Fraction(SEGMENT_S), is_gap=True)
        for msn in range(first, after.msn)
    ]  # fmt: skip
