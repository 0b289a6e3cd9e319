"""What a recording is: the index of a channel's segments, and the port to where they are kept.

The index is the truth about what a channel has ever listed: a segment's record is durable before
a playlist names the segment. The parts of the segment that is open are written before they are
named, too, but not waited for until the disk has them: the death of the process loses nothing that
a viewer was offered, a power cut at most the two seconds of the open segment.
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
    """A rung as playlists describe it. `kbps`: of the video, as the encoder was told."""

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
    """What is on disk. `broadcast_next` is above every number ever used, recorded or not."""

    broadcasts: Mapping[int, BroadcastRecord] = field(default_factory=dict)
    segments: Sequence[SegmentRecord] = ()
    broadcast_next: int = 1
    msn_next: int = 0


class RecordedMedia(Protocol):
    """The media of one channel. Blocking: called from worker threads."""

    def read_init(self, broadcast: int, rung: str) -> bytes:
        """OSError when there is none."""

    def read_segment(self, broadcast: int, rung: str, msn: int) -> bytes:
        """OSError when there is none."""

    def keeps(self, segment: SegmentRecord) -> bool:
        """Whether the media of a segment is there."""

    def remove(self, segment: SegmentRecord) -> None:
        """Delete the media of a segment that nobody may ask for any more."""


class Recording(RecordedMedia, Protocol):
    """Keeps the media of one channel and its index. Writes are made by one thread only.

    Every write but `add_part` is durable when it returns; OSError when it could not be made.
    """

    def load(self) -> RecordingIndex:
        """Everything that was completely written; the rest is cut off or ignored. The segment that
        was open is completed with the parts that it had."""

    def begin(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> None:
        """A broadcast with the init segment of each rung."""

    def add_part(self, so_far: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        """The next part of the open segment; `so_far`: the segment's record as if it ended here.
        Survives this process, not the machine; what comes out of order is passed over."""

    def append(self, segment: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        """A segment: first its media, then its record."""


def still_kept(recording: RecordedMedia, segments: Sequence[SegmentRecord]) -> list[SegmentRecord]:
    """Those whose media is still to be removed. It goes in their order, so that before one that is
    gone all are: a channel that is opened does not ask for each of an hour of previews."""
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
    """`duration` is an exact fraction of seconds: `2` or `23/30`."""
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
