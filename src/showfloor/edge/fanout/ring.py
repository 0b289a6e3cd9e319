"""The last ticks of a timeline in memory, so that who comes back is served without a query.

Bounded by entries and by bytes. Ticks in it follow each other without a gap, in both numbers.
What was taken back is `stale` until it was read again, and is given to nobody meanwhile.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from showfloor.edge.fanout.tick_codec import EncodedTick, Frame

ENTRIES_MAX = 20_000
BYTES_MAX = 16 * 1024 * 1024
_LOOSE_MAX = 1024  # places of dropped ticks, before the lists are moved up


def touches(seqs: Sequence[int], after: int, upto: int) -> bool:
    """Whether one of these entries, ascending, is in `after + 1 .. upto`."""
    place = bisect_right(seqs, after)
    return place < len(seqs) and seqs[place] <= upto


class Ring:
    """Starts empty behind tick `number`, which ended with entry `seq`."""

    def __init__(
        self, number: int, seq: int, entries_max: int = ENTRIES_MAX, bytes_max: int = BYTES_MAX
    ) -> None:
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._cuts: list[EncodedTick | None] = []
        self._lasts: list[int] = []
        self._start = 0  # before it stands what was dropped
        self._stale: set[int] = set()
        self.entries = 0
        self.bytes = 0
        self.first_number = number + 1  # of the first tick kept, or the next one to come
        self.first_seq = seq + 1

    def __len__(self) -> int:
        return len(self._cuts) - self._start

    @property
    def has_room(self) -> bool:
        return self.entries < self._entries_max and self.bytes < self._bytes_max

    def covers(self, after: int) -> bool:
        """Whether nothing after this position is missing here."""
        return after >= self.first_seq - 1

    def add(self, cut: EncodedTick) -> None:
        """The tick that follows the last one. Old ones go."""
        assert cut.full.number == self.first_number + len(self), "ticks follow each other"
        self._cuts.append(cut)
        self._lasts.append(cut.full.last)
        self._count(cut, 1)
        while len(self) > 1 and self.entries > self._entries_max:
            self._drop_first()
        self.shrink(self._bytes_max)

    def shrink(self, bytes_max: int) -> None:
        """Drop old ticks down to this size; the last one stays."""
        while len(self) > 1 and self.bytes > bytes_max:
            self._drop_first()

    def prepend(self, cuts: Sequence[EncodedTick]) -> None:
        """Ticks that precede the first one, in order; as many of them as there is room for."""
        taken: list[EncodedTick] = []
        for cut in reversed(cuts):
            if not self.has_room:
                break
            assert cut.full.number == self.first_number - 1, "ticks follow each other"
            taken.append(cut)
            self._count(cut, 1)
            self.first_number, self.first_seq = cut.full.number, cut.full.first
        taken.reverse()
        self._cuts[: self._start] = taken
        self._lasts[: self._start] = [cut.full.last for cut in taken]
        self._start = 0

    def after(
        self, seq: int, *, full: bool, bytes_max: int = BYTES_MAX, until: int | None = None
    ) -> list[Frame]:
        """Frames of what follows a covered position, about `bytes_max` of them, up to the first
        stale one, and to entry `until`, which ends a tick. Empty ticks are left out; the first
        frame begins right behind `seq`."""
        found: list[Frame] = []
        size = 0
        for index in range(bisect_right(self._lasts, seq, self._start), len(self._cuts)):
            cut = self._cuts[index]
            assert cut is not None
            frame = cut.full if full else cut.public
            if frame.number in self._stale or (until is not None and frame.last > until):
                break
            if found and size + len(frame.ws) > bytes_max:
                break
            if not frame.is_empty:
                found.append(frame.after(seq) if not found else frame)
                size += len(frame.ws)
        return found

    def number(self, number: int) -> EncodedTick | None:
        """The tick of this number; None when it is not here, or stale."""
        place = number - self.first_number
        if not 0 <= place < len(self) or number in self._stale:
            return None
        return self._cuts[self._start + place]

    def mark_stale(self, seqs: Iterable[int]) -> bool:
        """These entries say something else now; whether there is any of them here."""
        before = len(self._stale)
        for seq in seqs:
            index = bisect_right(self._lasts, seq - 1, self._start)
            if seq >= self.first_seq and index < len(self._cuts):
                self._stale.add(self.first_number + index - self._start)
        return len(self._stale) > before

    @property
    def stale(self) -> list[int]:
        """Numbers of ticks to be read again."""
        return sorted(self._stale)

    def replace(self, cut: EncodedTick) -> None:
        """A stale tick, read again. One that was dropped meanwhile stays away."""
        number = cut.full.number
        self._stale.discard(number)
        place = number - self.first_number
        if 0 <= place < len(self):
            index = self._start + place
            old = self._cuts[index]
            assert old is not None
            self._count(old, -1)
            self._count(cut, 1)
            self._cuts[index] = cut

    def _count(self, cut: EncodedTick, sign: int) -> None:
        self.entries += sign * max(1, cut.entries)
        self.bytes += sign * cut.size

    def _drop_first(self) -> None:
        cut = self._cuts[self._start]
        assert cut is not None
        self._cuts[self._start] = None
        self._start += 1
        self._count(cut, -1)
        self._stale.discard(cut.full.number)
        self.first_number, self.first_seq = cut.full.number + 1, cut.full.last + 1
        if self._start > _LOOSE_MAX:
            del self._cuts[: self._start], self._lasts[: self._start]
            self._start = 0
