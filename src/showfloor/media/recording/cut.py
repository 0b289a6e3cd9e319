"""A range of a recording between two moments: its segments, and where the range lies in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from showfloor.media.recording.index import BroadcastRecord, SegmentRecord


@dataclass(frozen=True, slots=True)
class Cut:
    """`start` and `end`: s of media, from the first picture of the first segment; gaps take no
    time."""

    segments: Sequence[SegmentRecord]
    start: Fraction
    end: Fraction

    @property
    def length(self) -> Fraction:
        return self.end - self.start

    def place_of(self, moment: datetime) -> float:
        """Return where the picture of a moment lies, s from the start; within the cut's bounds."""
        at = Fraction(0)
        for segment in self.segments:
            if moment < segment.ends_at:
                at += max(Fraction(0), _seconds(segment.pdt, moment))
                break
            at += segment.duration
        return float(min(max(at, self.start), self.end) - self.start)


def cut(segments: Sequence[SegmentRecord], start: datetime, end: datetime) -> Cut | None:
    """Return the recorded public picture between two moments; None when there is none."""
    inside = [
        one for one in segments
        if one.public and one.sizes and one.ends_at > start and one.pdt < end
    ]  # fmt: skip
    if not inside:
        return None
    total = sum((one.duration for one in inside), Fraction(0))
    last = inside[-1]
    begins = max(Fraction(0), _seconds(inside[0].pdt, start))
    ends = total - last.duration + min(last.duration, _seconds(last.pdt, end))
    return Cut(inside, begins, ends) if begins < ends else None


def follows(before: SegmentRecord, after: SegmentRecord) -> bool:
    """Return whether two segments are of one media timeline, without a hole between them."""
    return (before.broadcast, before.msn + 1) == (after.broadcast, after.msn)


def rung_in(broadcast: BroadcastRecord, side: int) -> str:
    """Return the best rung of a broadcast whose shorter side is at most `side` pixels, or its
    smallest one."""
    fitting = (rung.name for rung in broadcast.rungs if min(rung.width, rung.height) <= side)
    return next(fitting, broadcast.rungs[-1].name)


def _seconds(earlier: datetime, later: datetime) -> Fraction:
    between = later - earlier
    return Fraction(between.days * 86_400 + between.seconds) + Fraction(
        between.microseconds, 1_000_000
    )
