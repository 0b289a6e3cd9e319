"""A segment whose parts are in memory. No I/O, no clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from showfloor.media.recording.index import BroadcastRecord, SegmentRecord


@dataclass(frozen=True, slots=True)
class PartInfo:
    duration: Fraction
    independent: bool


@dataclass(slots=True)
class OpenSegment:
    """A segment whose parts are in memory: the open one, or a recent one.

    Players may ask for `listed` parts; the last one is held until the segment is on disk.
    """

    msn: int
    broadcast: BroadcastRecord
    pdt: datetime
    public: bool
    discontinuity: bool
    parts: list[PartInfo] = field(default_factory=list)
    ends: list[Fraction] = field(default_factory=list)  # of the parts, s from the segment's start
    payloads: list[tuple[bytes, ...]] = field(default_factory=list)
    listed: int = 0

    def add(self, part: PartInfo, payloads: tuple[bytes, ...]) -> None:
        self.parts.append(part)
        self.ends.append(self.duration + part.duration)
        self.payloads.append(payloads)

    def end_of(self, part: int) -> datetime | None:
        """Return the wall clock at the end of a part, None for one that is not here."""
        return self._at(self.ends[part]) if part < len(self.parts) else None

    def start_of(self, part: int) -> datetime:
        """Return the wall clock at the start of a part that is here."""
        return self._at(self.offset_of(part))

    def offset_of(self, part: int) -> Fraction:
        """Return the time from the segment's start to that of a part that is here, s."""
        return self.ends[part - 1] if part else Fraction(0)

    @property
    def duration(self) -> Fraction:
        """Return the length of the parts so far, s."""
        return self.ends[-1] if self.ends else Fraction(0)

    def _at(self, offset: Fraction) -> datetime:
        return self.pdt + timedelta(seconds=float(offset))

    def bodies(self) -> dict[str, bytes]:
        """Return the whole segment of each rung: its parts, one after the other."""
        return {
            rung.name: b"".join(payloads[n] for payloads in self.payloads)
            for n, rung in enumerate(self.broadcast.rungs)
        }

    def body(self, rung: str) -> bytes | None:
        """Return the whole segment of one rung."""
        place = place_of(self.broadcast, rung)
        return None if place is None else b"".join(payloads[place] for payloads in self.payloads)

    def last_part(self) -> dict[str, bytes]:
        """Return the newest part of each rung."""
        return {rung.name: self.payloads[-1][n] for n, rung in enumerate(self.broadcast.rungs)}

    def record(self, *, lost: bool = False) -> SegmentRecord:
        """Return the segment's record so far. A `lost` one is not on disk and has no sizes."""
        sizes = (
            {}
            if lost
            else {
                rung.name: sum(len(payloads[n]) for payloads in self.payloads)
                for n, rung in enumerate(self.broadcast.rungs)
            }
        )
        return SegmentRecord(
            self.msn, self.broadcast.number, self.discontinuity, self.pdt, self.duration,
            self.public, sizes,
        )  # fmt: skip

    def part(self, rung: str, index: int) -> bytes | None:
        place = place_of(self.broadcast, rung)
        if place is None or not 0 <= index < self.listed:
            return None
        return self.payloads[index][place]


def place_of(broadcast: BroadcastRecord, rung: str) -> int | None:
    return next((n for n, info in enumerate(broadcast.rungs) if info.name == rung), None)
