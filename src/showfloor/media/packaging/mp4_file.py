"""A whole MP4 file, or one of sound alone (`.m4a`), out of a recording. Nothing is encoded again.

The index stands before the media, so that a player starts while it loads. Every segment begins with
a key frame; an edit list (8.6.6) cuts the first and the last one at the exact moment. Chapters are
a text track of QuickTime's kind and a `chpl` box: each player knows one of the two. Clauses are
those of ISO/IEC 14496-12.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, pairwise
from typing import BinaryIO, Final

from showfloor.media.packaging.box_reader import FragmentRun, fragments, track_inits
from showfloor.media.packaging.fmp4 import (
    AUDIO_RATE,
    AUDIO_TRACK,
    MATRIX,
    VIDEO_TIMESCALE,
    VIDEO_TRACK,
    box,
    full_box,
)

MOVIE_TIMESCALE: Final = 1000
CHAPTER_TRACK: Final = 3
CHAPTERS_MAX: Final = 255  # `chpl` counts them in one byte
TITLE_MAX: Final = 200  # bytes; `chpl` counts those of a title in one byte, too
_UND: Final = (0x55C4).to_bytes(2)  # language "und"
_HEADER_SIZE: Final = 16  # of an `mdat` with a 64-bit size


@dataclass(frozen=True, slots=True)
class SourceSegment:
    """One recorded segment. `read` returns its media, the same each time; `continues`: its samples
    follow those of the segment before it without a hole."""

    init: bytes
    read: Callable[[], bytes]
    continues: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """`start_s`: from the file's first picture."""

    start_s: float
    title: str


@dataclass(slots=True)
class _Track:
    """The samples of one track, in the order of the file. Times in its timescale."""

    number: int
    timescale: int
    first: int = 0  # when the first sample is played, from the first picture
    end: int = 0
    entries: list[bytes] = field(default_factory=list)  # sample entries
    entry: int = 0  # of the samples that come next, from 1
    size: bytes = bytes(8)
    durations: "array[int]" = field(default_factory=lambda: array("L"))
    sizes: "array[int]" = field(default_factory=lambda: array("L"))
    syncs: "array[int]" = field(default_factory=lambda: array("L"))  # sample numbers, from 1
    chunks: list[tuple[int, int, int]] = field(default_factory=list)  # place, samples, entry

    def describe(self, entry: bytes, size: bytes) -> None:
        if entry not in self.entries:
            self.entries.append(entry)
        self.entry = self.entries.index(entry) + 1
        self.size = max(self.size, size)

    def take(self, run: FragmentRun, place: int) -> None:
        self.syncs.extend(len(self.sizes) + n for n, is_sync in enumerate(run.syncs, 1) if is_sync)
        self.durations.extend(run.durations)
        self.sizes.extend(run.sizes)
        self.end += sum(run.durations)
        self.chunks.append((place, len(run.sizes), self.entry))

    def move_end(self, end: int) -> None:
        """Let the last sample last until another moment, by less than a frame."""
        if not self.durations:
            self.first = self.end = end
            return
        last = max(1, self.durations[-1] + end - self.end)
        self.end += last - self.durations[-1]
        self.durations[-1] = last


def write_mp4(
    out: BinaryIO,
    segments: Sequence[SourceSegment],
    *,
    start: Fraction,
    end: Fraction,
    chapters: Sequence[Chapter] = (),
    has_picture: bool = True,
    on_progress: Callable[[float], object] = lambda _share: None,
) -> None:
    """Write the file. `start` and `end`: s, from the first picture of the first segment. The media
    is read twice; `on_progress` is told the share that is done, and may raise to stop.

    ValueError for media that is not ours, or for an empty range.
    """
    if not segments or not 0 <= start < end:
        raise ValueError("there is nothing to write")
    numbers = (VIDEO_TRACK, AUDIO_TRACK) if has_picture else (AUDIO_TRACK,)
    tracks, size = _index(segments, numbers, lambda share: on_progress(share / 2))
    marks = _marks(chapters, end - start)
    texts = [_chapter_sample(title) for title, _start, _length in marks]
    head = _file_type(has_picture=has_picture)
    movie = _movie(tracks, marks, texts, start, end, 0)
    base = len(head) + len(movie) + _HEADER_SIZE
    out.write(head)
    out.write(_movie(tracks, marks, texts, start, end, base))
    total = size + sum(map(len, texts))
    out.write((1).to_bytes(4) + b"mdat" + (_HEADER_SIZE + total).to_bytes(8))
    out.writelines(texts)
    written = 0
    for number, segment in enumerate(segments, 1):
        for _runs, media in _media(segment, numbers):
            written += out.write(media)
        on_progress(0.5 + number / len(segments) / 2)
    if written != size:
        raise ValueError("a segment has changed")


def _media(
    segment: SourceSegment, numbers: Sequence[int]
) -> Iterator[tuple[list[FragmentRun], bytes]]:
    """Yield the runs of the wanted tracks and their media, one after the other."""
    for runs, media in fragments(segment.read()):
        wanted = [run for run in runs if run.track in numbers]
        bodies = [media[run.place : run.place + sum(run.sizes)] for run in wanted]
        if any(len(body) != sum(run.sizes) for run, body in zip(wanted, bodies, strict=True)):
            raise ValueError("a fragment's media is not where it says")
        yield wanted, b"".join(bodies)


def _index(
    segments: Sequence[SourceSegment],
    numbers: Sequence[int],
    on_progress: Callable[[float], object],
) -> tuple[list[_Track], int]:
    """Return the tracks, with the places of their chunks counted from the first media byte, and the
    size of the media."""
    rates = {VIDEO_TRACK: VIDEO_TIMESCALE, AUDIO_TRACK: AUDIO_RATE}
    tracks = {number: _Track(number, rates[number]) for number in rates}
    position, init = 0, b""
    for done, segment in enumerate(segments, 1):
        if segment.init != init:
            init = segment.init
            for number, found in track_inits(init).items():
                tracks[number].describe(found.entry, found.size)
        is_first = not segment.continues or done == 1
        for runs, _all in fragments(segment.read()):
            if is_first:
                _align({run.track: run.time for run in runs}, tracks)
                is_first = False
            for run in runs:
                tracks[run.track].take(run, position)
                # Pictures are measured also for a file of sound alone; they take no place in it.
                position += sum(run.sizes) if run.track in numbers else 0
        on_progress(done / len(segments))
    if not tracks[VIDEO_TRACK].sizes:
        raise ValueError("there is no picture")
    return [tracks[number] for number in numbers], position


def _align(times: dict[int, int], tracks: dict[int, _Track]) -> None:
    """Bring sound and picture together again where a hole has parted them."""
    if times.keys() < tracks.keys():
        return
    lead = Fraction(times[AUDIO_TRACK], AUDIO_RATE) - Fraction(times[VIDEO_TRACK], VIDEO_TIMESCALE)
    picture = Fraction(tracks[VIDEO_TRACK].end, VIDEO_TIMESCALE)
    tracks[AUDIO_TRACK].move_end(max(0, round((picture + lead) * AUDIO_RATE)))


# --- the index ---


def _file_type(*, has_picture: bool) -> bytes:
    if has_picture:
        return box(b"ftyp", b"isom" + (0x200).to_bytes(4) + b"isomiso2avc1mp41")
    return box(b"ftyp", b"M4A " + bytes(4) + b"M4A mp42isom")


def _movie(
    tracks: Sequence[_Track], marks: Sequence[tuple[str, int, int]], texts: Sequence[bytes],
    start: Fraction, end: Fraction, base: int,
) -> bytes:  # fmt: skip
    """Return the `moov`. `base`: the place of the first byte of the media in the file."""
    length = _ms(end - start)
    header = full_box(
        b"mvhd", 0, 0, bytes(8), MOVIE_TIMESCALE.to_bytes(4), length.to_bytes(4),
        (0x10000).to_bytes(4), (0x100).to_bytes(2), bytes(10), MATRIX, bytes(24),
        (CHAPTER_TRACK + 1).to_bytes(4),
    )  # fmt: skip
    has_chapters = bool(marks)
    media = base + sum(map(len, texts))
    made = [_media_track(one, start, length, media, has_chapters=has_chapters) for one in tracks]
    if has_chapters:
        made.append(_chapter_track(marks, texts, length, base))
        made.append(box(b"udta", _chpl(marks)))
    return box(b"moov", header, *made)


def _media_track(
    track: _Track, start: Fraction, length: int, base: int, *, has_chapters: bool
) -> bytes:
    is_video = track.number == VIDEO_TRACK
    skipped = round(start * track.timescale) - track.first
    edits = [(length, max(0, skipped))]
    if skipped < 0:  # the sound begins a little after the cut
        silent = min(length, _ms(Fraction(-skipped, track.timescale)))
        edits = [(silent, -1), (length - silent, 0)]
    header = full_box(b"vmhd", 0, 1, bytes(8)) if is_video else full_box(b"smhd", 0, 0, bytes(4))
    kind, name = (b"vide", b"video\0") if is_video else (b"soun", b"sound\0")
    tables = [
        full_box(b"stsd", 0, 0, len(track.entries).to_bytes(4), *track.entries),
        _counted(b"stts", ((len(list(same)), value) for value, same in groupby(track.durations))),
        *([_counted(b"stss", ((number,) for number in track.syncs))] if is_video else []),
        _counted(b"stsc", _chunk_runs(track.chunks)),
        full_box(b"stsz", 0, 0, bytes(4), _words([len(track.sizes), *track.sizes])),
        _places(base + place for place, _count, _entry in track.chunks),
    ]
    return box(
        b"trak",
        _track_header(track.number, length, track.size, flags=7, volume=0 if is_video else 0x100),
        box(b"edts", _counted(b"elst", ((span, at, 0x10000) for span, at in edits))),
        *([box(b"tref", box(b"chap", CHAPTER_TRACK.to_bytes(4)))] if has_chapters else []),
        box(
            b"mdia", _media_header(track.timescale, track.end - track.first),
            box(b"hdlr", bytes(8), kind, bytes(12), name),
            box(b"minf", header, _here(), box(b"stbl", *tables)),
        ),
    )  # fmt: skip


def _track_header(number: int, length: int, size: bytes, *, flags: int, volume: int) -> bytes:
    return full_box(
        b"tkhd", 0, flags, bytes(8), number.to_bytes(4), bytes(4), length.to_bytes(4),
        bytes(12), volume.to_bytes(2), bytes(2), MATRIX, size,
    )  # fmt: skip


def _media_header(timescale: int, duration: int) -> bytes:
    return full_box(
        b"mdhd", 1, 0, bytes(16), timescale.to_bytes(4), duration.to_bytes(8), _UND, bytes(2)
    )


def _here() -> bytes:
    return box(b"dinf", full_box(b"dref", 0, 0, (1).to_bytes(4), full_box(b"url ", 0, 1)))


def _chunk_runs(chunks: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield (first chunk, samples in each, entry) wherever these change (8.7.4)."""
    before = (0, 0)
    for number, (_place, count, entry) in enumerate(chunks, 1):
        if (count, entry) != before:
            before = (count, entry)
            yield number, count, entry


def _counted(kind: bytes, rows: Iterable[tuple[int, ...]]) -> bytes:
    table = list(rows)
    return full_box(kind, 0, 0, len(table).to_bytes(4), _words(n for row in table for n in row))


def _words(numbers: Iterable[int]) -> bytes:
    return b"".join((number & 0xFFFFFFFF).to_bytes(4) for number in numbers)


def _places(offsets: Iterable[int]) -> bytes:
    table = [offset.to_bytes(8) for offset in offsets]
    return full_box(b"co64", 0, 0, len(table).to_bytes(4), *table)


def _ms(seconds: Fraction) -> int:
    return round(seconds * MOVIE_TIMESCALE)


# --- chapters ---


def _marks(chapters: Sequence[Chapter], length: Fraction) -> list[tuple[str, int, int]]:
    """Return title, start and length of each chapter, ms. The first one begins with the file."""
    total = _ms(length)
    starts: dict[int, str] = {}
    for chapter in sorted(chapters, key=lambda one: one.start_s)[:CHAPTERS_MAX]:
        at = max(0, round(chapter.start_s * MOVIE_TIMESCALE))
        if at < total:
            starts[at] = chapter.title
    if not starts:
        return []
    places = [0, *sorted(starts)[1:], total]
    titles = [starts[at] for at in sorted(starts)]
    return [
        (title, at, until - at) for title, (at, until) in zip(titles, pairwise(places), strict=True)
    ]


def _title_bytes(title: str) -> bytes:
    return title.encode()[:TITLE_MAX].decode(errors="ignore").encode()


def _chapter_sample(title: str) -> bytes:
    text = _title_bytes(title)
    return len(text).to_bytes(2) + text + box(b"encd", (0x100).to_bytes(4))  # it is UTF-8


def _chpl(marks: Sequence[tuple[str, int, int]]) -> bytes:
    rows = [
        (at * 10_000).to_bytes(8) + len(_title_bytes(title)).to_bytes(1) + _title_bytes(title)
        for title, at, _length in marks
    ]  # in 100 ns
    return full_box(b"chpl", 1, 0, bytes(4), len(rows).to_bytes(1), *rows)


def _chapter_track(
    marks: Sequence[tuple[str, int, int]], texts: Sequence[bytes], length: int, base: int
) -> bytes:
    """Return the text track that the others name in `tref` (QuickTime File Format, Chapter lists).
    It is not enabled: a list of chapters, no subtitles."""
    entry = box(b"text", bytes(6), (1).to_bytes(2), bytes(43))
    header = box(
        b"gmhd", full_box(b"gmin", 0, 0, (0x40).to_bytes(2), (0x8000).to_bytes(2) * 3, bytes(4)),
        box(b"text", MATRIX),
    )  # fmt: skip
    tables = [
        full_box(b"stsd", 0, 0, (1).to_bytes(4), entry),
        _counted(b"stts", ((1, span) for _title, _at, span in marks)),
        _counted(b"stsc", [(1, len(texts), 1)]),
        full_box(b"stsz", 0, 0, bytes(4), _words([len(texts), *map(len, texts)])),
        _places([base]),
    ]
    return box(
        b"trak",
        _track_header(CHAPTER_TRACK, length, bytes(8), flags=0, volume=0),
        box(
            b"mdia", _media_header(MOVIE_TIMESCALE, length),
            box(b"hdlr", bytes(8), b"text", bytes(12), b"chapters\0"),
            box(b"minf", header, _here(), box(b"stbl", *tables)),
        ),
    )  # fmt: skip
