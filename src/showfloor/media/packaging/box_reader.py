"""Reading what `fmp4` wrote: boxes, the sample descriptions of init segments, the samples of media.

ValueError for anything else. Clauses are those of ISO/IEC 14496-12.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from showfloor.media.packaging.fmp4 import SYNC_SAMPLE, VIDEO_TIMESCALE, VIDEO_TRACK

_TRUN_FLAGS: Final = 0x0701  # data offset; duration, size and flags of each sample


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the body of each box."""
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4])
        if not 8 <= size <= len(data) - position:
            raise ValueError("a box does not end with its data")
        yield data[position + 4 : position + 8], data[position + 8 : position + size]
        position += size


def inner(data: bytes, *path: bytes) -> bytes:
    """Return the body of the first box at a path."""
    for kind in path:
        found = next((body for name, body in boxes(data) if name == kind), None)
        if found is None:
            raise ValueError(f"there is no {kind.decode('latin-1')} box")
        data = found
    return data


@dataclass(frozen=True, slots=True)
class TrackInit:
    """The description of a track in an init segment. `entry`: the whole sample entry (8.5.2);
    `size`: width and height of the picture as 16.16 fixed-point numbers."""

    entry: bytes
    size: bytes


def track_inits(init: bytes) -> dict[int, TrackInit]:
    """Return the descriptions of an init segment by the tracks' numbers."""
    found = {}
    for kind, body in boxes(inner(init, b"moov")):
        if kind == b"trak":
            head = inner(body, b"tkhd")
            entry = inner(body, b"mdia", b"minf", b"stbl", b"stsd")[8:]
            found[int.from_bytes(head[12:16])] = TrackInit(entry, head[76:84])
    return found


@dataclass(frozen=True, slots=True)
class FragmentRun:
    """The samples of one track in one fragment. `durations` and `time` in the track's timescale;
    `place`: their first byte in the fragment's `mdat`."""

    track: int
    time: int
    durations: list[int]
    sizes: list[int]
    syncs: list[bool]
    place: int


def fragments(data: bytes) -> Iterator[tuple[list[FragmentRun], bytes]]:
    """Yield the runs of each fragment of a segment, and its media."""
    moof = b""
    for kind, body in boxes(data):
        if kind == b"moof":
            moof = body
        elif kind == b"mdat":
            yield [_run(traf, len(moof)) for name, traf in boxes(moof) if name == b"traf"], body


def video_start_s(data: bytes) -> Fraction:
    """Return where a segment's first picture lies on its media timeline, s."""
    for runs, _media in fragments(data):
        for run in runs:
            if run.track == VIDEO_TRACK:
                return Fraction(run.time, VIDEO_TIMESCALE)
    raise ValueError("there is no picture")


def _run(traf: bytes, moof_size: int) -> FragmentRun:
    parts = dict(boxes(traf))
    run = parts[b"trun"]
    count, table = int.from_bytes(run[4:8]), run[12:]
    if int.from_bytes(run[1:4]) != _TRUN_FLAGS or len(table) != 12 * count:
        raise ValueError("a run of samples is not one of ours")
    values = memoryview(table).cast("B")
    words = [int.from_bytes(values[n : n + 4]) for n in range(0, len(table), 4)]
    place = int.from_bytes(run[8:12]) - (8 + moof_size) - 8  # counted from the moof's start
    return FragmentRun(
        int.from_bytes(parts[b"tfhd"][4:8]), int.from_bytes(parts[b"tfdt"][4:12]),
        words[0::3], words[1::3], [flags == SYNC_SAMPLE for flags in words[2::3]], place,
    )  # fmt: skip
