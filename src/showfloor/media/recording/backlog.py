"""The segments of a channel that wait for the disk, oldest first, within a bound of memory."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from showfloor.media.recording.index import BroadcastRecord, SegmentRecord

MEMORY_BYTES: Final = 128 << 20  # three minutes of one 720p ladder


class MemoryBudget:
    """The memory that the waiting segments of all channels share. For the event loop only."""

    def __init__(self, bytes_max: int = MEMORY_BYTES) -> None:
        self.bytes_max = bytes_max
        self.used = 0

    def take(self, count: int) -> bool:
        if self.used + count > self.bytes_max:
            return False
        self.used += count
        return True

    def give_back(self, count: int) -> None:
        self.used -= count
        assert self.used >= 0


@dataclass(slots=True, eq=False)
class WaitingSegment:
    """A complete segment that is not on disk. Without `bodies` it is given up, and only its gap is
    still to be recorded. `is_gap_recorded`: the index names it as a gap already."""

    record: SegmentRecord
    bodies: Mapping[str, bytes]
    broadcast: BroadcastRecord
    inits: Mapping[str, bytes]
    is_gap_recorded: bool = False
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values()))

    @property
    def gap(self) -> SegmentRecord:
        """Return the record of the segment without its media."""
        return replace(self.record, sizes={})


class Backlog:
    """The waiting segments of one channel. The first one may be in a writer's hands: it is never
    given up. For the event loop only."""

    def __init__(self, memory: MemoryBudget) -> None:
        self._memory = memory
        self._waiting: deque[WaitingSegment] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def first(self) -> WaitingSegment | None:
        return self._waiting[0] if self._waiting else None

    @property
    def held_s(self) -> Fraction:
        """Return the length of the public picture that is in memory only, s."""
        waiting = (one.record for one in self._waiting if one.bodies and one.record.public)
        return sum((record.duration for record in waiting), Fraction(0))

    def add(self, segment: WaitingSegment) -> list[WaitingSegment]:
        """Add a segment; return those that are given up for want of memory, itself perhaps."""
        given_up = []
        while not self._memory.take(segment.size):
            oldest = next((one for one in list(self._waiting)[1:] if one.bodies), segment)
            given_up.append(oldest)
            if oldest is segment:
                segment.bodies = {}
            else:
                self._drop_media(oldest)
        self._waiting.append(segment)
        return given_up

    def written(self, segment: WaitingSegment) -> None:
        """Take out the first segment, which is on disk."""
        assert self._waiting[0] is segment
        self._waiting.popleft()
        self._memory.give_back(segment.size)

    def all(self) -> list[WaitingSegment]:
        return list(self._waiting)

    def body(self, msn: int, rung: str) -> bytes | None:
        found = (one.bodies.get(rung) for one in self._waiting if one.record.msn == msn)
        return next(found, None)

    def drop(self, records: Sequence[SegmentRecord]) -> None:
        """Drop the media of segments that are not offered any more."""
        numbers = {record.msn for record in records}
        for one in list(self._waiting)[1:]:
            if one.record.msn in numbers and one.bodies:
                self._drop_media(one)

    def close(self) -> list[WaitingSegment]:
        """Give up everything; return what had media."""
        left = [one for one in self._waiting if one.bodies]
        for one in self._waiting:
            self._memory.give_back(one.size)
        self._waiting.clear()
        return left

    def _drop_media(self, segment: WaitingSegment) -> None:
        self._memory.give_back(segment.size)
        segment.bodies = {}
        if segment.is_gap_recorded:
            self._waiting.remove(segment)
