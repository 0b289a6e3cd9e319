"""The index of a recording: the records of its segments, and the port to their storage.

The index holds every segment that a channel has ever listed: a segment's record is durable before
a playlist names the segment. The parts of the open segment are written before they are named, too,
but nobody waits for the disk to sync them. So the death of the process loses nothing that a viewer
was offered, and a power cut loses at most the two seconds of the open segment. While the disk
fails, viewers get segments from memory: the index names them as gaps if it can, and once more when
they are recorded after all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import takewhile
from typing import Any, Protocol

from showfloor.kernel.clock import iso_ms, parse_iso


@dataclass(frozen=True, slots=True)
class RungInfo:
    """A rung as playlists describe it. `kbps`: the video's rate that the encoder was given."""

    name: str
    width: int
    height: int
    fps: int
    kbps: int
    codecs: str


@dataclass(frozen=True, slots=True)
class BroadcastRecord:
    """One run of one encoder: its segments share init segments and a media timeline from 0."""

    number: int
    rungs: tuple[RungInfo, ...]  # best first


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One segment, in every rung of its broadcast. `sizes`: bytes by rung."""

    msn: int
    broadcast: int
    discontinuity: bool
    pdt: datetime
    duration: Fraction
    public: bool
    sizes: Mapping[str, int]

    @property
    def ends_at(self) -> datetime:
        return self.pdt + timedelta(seconds=float(self.duration))


@dataclass(frozen=True, slots=True)
class RecordingIndex:
    """The content of the disk. `broadcast_next` is above every used number, recorded or not."""

    broadcasts: Mapping[int, BroadcastRecord] = field(default_factory=dict)
    segments: Sequence[SegmentRecord] = ()
    broadcast_next: int = 1
    msn_next: int = 0


class RecordedMedia(Protocol):
    """The media of one channel. Blocking: called from worker threads."""

    @property
    def is_remote(self) -> bool:
        """Return whether reads may wait for another server. Blocks no longer than a look at the
        disk."""
        return False

    def read_init(self, broadcast: int, rung: str) -> bytes:
        """Return an init segment; OSError when there is none."""

    def read_segment(self, broadcast: int, rung: str, msn: int) -> bytes:
        """Return a segment; OSError when there is none."""

    def keeps(self, segment: SegmentRecord) -> bool:
        """Return whether the media of a segment is there."""

    def remove(self, segment: SegmentRecord) -> None:
        """Delete the media of a segment that is not offered any more."""


class Recording(RecordedMedia, Protocol):
    """Keeps the media of one channel and its index. Writes are made by one thread only.

    Every write but `add_part` is durable when it returns; OSError when it could not be made.
    """

    def load(self) -> RecordingIndex:
        """Return all complete records; the rest is cut off or ignored. The segment that was open
        is completed with its parts."""

    def begin(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> None:
        """Write a broadcast's record with the init segment of each rung."""

    def add_part(self, so_far: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        """Write the next part of the open segment; `so_far` is its record as if it ended here.
        The part survives this process, not the machine. A part out of order is ignored."""

    def append(self, segment: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        """Write a segment: first its media, then its record, which takes the place of an earlier
        record with the same number. A record without sizes is a gap."""


def still_kept(recording: RecordedMedia, segments: Sequence[SegmentRecord]) -> list[SegmentRecord]:
    """Return the segments whose media is still there. Media is removed in order, so everything
    before a missing one is gone; an opened channel need not look at an hour of previews."""
    newest_first = takewhile(recording.keeps, reversed(segments))
    return list(newest_first)[::-1]


# --- records as JSON --------------------------------------------------------------------------


def broadcast_to_json(record: BroadcastRecord) -> dict[str, Any]:
    rungs = [
        {"name": r.name, "width": r.width, "height": r.height, "fps": r.fps, "kbps": r.kbps,
         "codecs": r.codecs}
        for r in record.rungs
    ]  # fmt: skip
    return {"broadcast": record.number, "rungs": rungs}


def broadcast_from_json(line: Mapping[str, Any]) -> BroadcastRecord:
    return BroadcastRecord(line["broadcast"], tuple(RungInfo(**rung) for rung in line["rungs"]))


def segment_to_json(record: SegmentRecord) -> dict[str, Any]:
    """Return the record as JSON; `duration` is an exact fraction of seconds: `2` or `23/30`."""
    return {
        "msn": record.msn,
        "broadcast": record.broadcast,
        "discontinuity": record.discontinuity,
        "pdt": iso_ms(record.pdt),
        "duration": str(record.duration),
        "public": record.public,
        "rungs": {name: {"bytes": size} for name, size in record.sizes.items()},
        "init": record.broadcast,
    }


def segment_from_json(line: Mapping[str, Any]) -> SegmentRecord:
    return SegmentRecord(
        line["msn"], line["broadcast"], line["discontinuity"], parse_iso(line["pdt"]),
        Fraction(line["duration"]), line["public"],
        {name: rung["bytes"] for name, rung in line["rungs"].items()},
    )  # fmt: skip
