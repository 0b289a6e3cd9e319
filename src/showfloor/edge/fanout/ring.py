"""The ring of a timeline's last ticks in memory, so that a returning viewer is served without a
query.

The ring is bounded by entries and by bytes. Its ticks follow each other without a gap, by number
and by `seq`. A tick with a redacted entry is `stale` until it is read again, and no viewer gets it
meanwhile.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from showfloor.edge.fanout.tick_codec import EncodedTick, Frame

ENTRIES_MAX = 20_000
BYTES_MAX = 16 * 1024 * 1024
_LOOSE_MAX = 1024  # places of dropped ticks, before the lists are moved up


def touches(seqs: Sequence[int], after: int, upto: int) -> bool:
    """Return whether one of these entries, ascending, is in `after + 1 .. upto`."""
    place = bisect_right(seqs, after)
    return place < len(seqs) and seqs[place] <= upto


class Ring:
    """Ticks of one timeline. It starts empty behind tick `number`, which ended with entry `seq`."""

    def __init__(
        self, number: int, seq: int, entries_max: int = ENTRIES_MAX, bytes_max: int = BYTES_MAX
    ) -> None:
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._cuts: list[EncodedTick | None] = []
        self._lasts: list[int] = []
        self._start = 0  # places before it are of dropped ticks
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
        """Return whether the ring has everything after this position."""
        return after >= self.first_seq - 1

    def add(self, cut: EncodedTick) -> None:
        """Add the tick that follows the last one, and drop old ticks."""
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
        """Put ticks in front of the first one, in order; as many of them as there is room for."""
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
        """Return frames of the entries after a covered position: about `bytes_max`, up to the first
        stale tick, and to entry `until`, which ends a tick. Empty ticks are left out; the first
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
        """Return the tick of this number; None when it is not here, or stale."""
        place = number - self.first_number
        if not 0 <= place < len(self) or number in self._stale:
            return None
        return self._cuts[self._start + place]

    def mark_stale(self, seqs: Iterable[int]) -> bool:
        """Mark the ticks of these redacted entries as stale; return whether any was here."""
        before = len(self._stale)
        for seq in seqs:
            index = bisect_right(self._lasts, seq - 1, self._start)
            if seq >= self.first_seq and index < len(self._cuts):
                self._stale.add(self.first_number + index - self._start)
        return len(self._stale) > before

    @property
    def stale(self) -> list[int]:
        """Return the numbers of ticks to be read again."""
        return sorted(self._stale)

    def replace(self, cut: EncodedTick) -> None:
        """Replace a stale tick that was read again; ignore one that was dropped meanwhile."""
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
