"""Boxes of ISO/IEC 14496-12, as far as the rules look at them.

No code is shared with the packager.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

NOT_SYNC: Final = 0x10000  # sample_is_non_sync_sample, 8.8.3.1


class Damaged(ValueError):
    """The bytes are no sequence of boxes."""


@dataclass(slots=True)
class Track:
    """A track of an init segment. `kind`: `vide`, `soun` …; `codec`: its sample entry's type."""

    number: int
    timescale: int
    kind: str
    codec: str


@dataclass(slots=True)
class Run:
    """A track's samples in a fragment: decode time of the first, and the sum of their durations,
    in the track's timescale. `starts_sync`: the first one is a sync sample."""

    track: int
    time: int | None
    duration: int
    samples: int
    starts_sync: bool


@dataclass(slots=True)
class Media:
    """A media file: its fragments' runs in order. `loose`: boxes of data without a `moof`."""

    runs: list[Run] = field(default_factory=list)
    fragments: int = 0
    has_data: bool = False


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield type and content of each box."""
    place = 0
    while place < len(data):
        head, size = 8, int.from_bytes(data[place : place + 4])
        if size == 1:
            head, size = 16, int.from_bytes(data[place + 8 : place + 16])
        elif size == 0:
            size = len(data) - place
        if not head <= size <= len(data) - place:
            raise Damaged(f"a box of {size} bytes at {place} of {len(data)}")
        yield data[place + 4 : place + 8].decode("latin-1"), data[place + head : place + size]
        place += size


def _first(data: bytes, *path: str) -> bytes | None:
    for name in path:
        found = next((body for kind, body in boxes(data) if kind == name), None)
        if found is None:
            return None
        data = found
    return data


def tracks_of(data: bytes) -> list[Track]:
    """Return the tracks of an init segment; Damaged when it is none."""
    movie = _first(data, "moov")
    if movie is None or _first(movie, "mvex") is None:
        raise Damaged("there is no `moov` with `mvex`")
    return [_track(body) for kind, body in boxes(movie) if kind == "trak"]


def _track(data: bytes) -> Track:
    head, media = _first(data, "tkhd"), _first(data, "mdia")
    times = _first(media, "mdhd") if media else None
    handler = _first(media, "hdlr") if media else None
    table = _first(media, "minf", "stbl", "stsd") if media else None
    if head is None or times is None or handler is None or table is None:
        raise Damaged("a track without its headers")
    number = int.from_bytes(head[20:24] if head[0] else head[12:16])
    timescale = int.from_bytes(times[20:24] if times[0] else times[12:16])
    codec = next((kind for kind, _ in boxes(table[8:])), "")
    return Track(number, timescale, handler[8:12].decode("latin-1"), codec)


def media_of(data: bytes) -> Media:
    """Return the runs of a segment or a part; Damaged when it is none."""
    media = Media()
    for kind, body in boxes(data):
        if kind == "moof":
            media.fragments += 1
            media.runs += [_run(traf) for name, traf in boxes(body) if name == "traf"]
        elif kind == "mdat":
            media.has_data = True
    return media


def _run(data: bytes) -> Run:
    head = _first(data, "tfhd")
    if head is None:
        raise Damaged("a `traf` without `tfhd`")
    number, duration, flags = _defaults(head)
    time = _first(data, "tfdt")
    start = int.from_bytes(time[4:12] if time[0] else time[4:8]) if time else None
    run = Run(number, start, 0, 0, starts_sync=not flags & NOT_SYNC)
    for kind, body in boxes(data):
        if kind == "trun":
            _add(run, body, duration)
    return run


def _defaults(head: bytes) -> tuple[int, int, int]:
    """Return track, default duration and default flags of a `tfhd` (8.8.7)."""
    flags, place = int.from_bytes(head[1:4]), 8
    place += 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2)
    values = []
    for bit in (0x8, 0x10, 0x20):
        values.append(int.from_bytes(head[place : place + 4]) if flags & bit else 0)
        place += 4 * bool(flags & bit)
    return int.from_bytes(head[4:8]), values[0], values[2]


def _add(run: Run, body: bytes, default_duration: int) -> None:
    """Add the samples of a `trun` (8.8.8)."""
    flags, count = int.from_bytes(body[1:4]), int.from_bytes(body[4:8])
    place = 8 + 4 * bool(flags & 0x1)
    if flags & 0x4 and not run.samples:
        run.starts_sync = not int.from_bytes(body[place : place + 4]) & NOT_SYNC
    place += 4 * bool(flags & 0x4)
    width = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    if len(body) < place + width * count:
        raise Damaged("a `trun` is shorter than it says")
    if flags & 0x400 and count and not run.samples:
        at = place + 4 * bool(flags & 0x100) + 4 * bool(flags & 0x200)
        run.starts_sync = not int.from_bytes(body[at : at + 4]) & NOT_SYNC
    if flags & 0x100:
        starts = range(place, place + width * count, width)
        run.duration += sum(int.from_bytes(body[n : n + 4]) for n in starts)
    else:
        run.duration += default_duration * count
    run.samples += count
