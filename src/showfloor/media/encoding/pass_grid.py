"""The grid of pictures that are passed through: it holds them to what the segmenter cuts. Pure."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Final

from showfloor.media.encoding.pass_plan import KBPS_OVER, Unfit
from showfloor.media.packaging.segmenter import SEGMENT_S, can_be_left_out
from showfloor.media.packets import MediaPacket, VideoTrack
from showfloor.media.ports import Rung

STARTS_MAX: Final = 3  # key frames of the pictures that did not line up
LAG_MAX_S: Final = 1.5  # of one picture behind another; encoders interleave to within a frame
GROUPS_OVER_MAX: Final = 3  # of 2 s, one after the other, above the bit rate


class Misfit(Exception):
    """A picture cannot be passed through any longer. `track`: the number of the one at fault;
    `kbps`: where that is the fault, what each picture was seen to take that is above its rung."""

    def __init__(self, unfit: Unfit, track: int, kbps: Mapping[int, int] | None = None) -> None:
        super().__init__(f"picture {track}: {unfit}")
        self.unfit = unfit
        self.track = track
        self.kbps = kbps or {}


class PassGrid:
    """Begins with a key frame that all pictures have at once, and counts their frames from there.
    It weighs them, too, because the playlist promises players the bit rate of each rung."""

    def __init__(self, rungs: Mapping[int, Rung]) -> None:
        """`rungs`: by the number of the picture's track."""
        self._rungs = rungs
        self._fps = next(iter(rungs.values())).fps
        self._start_ms: int | None = None
        self._counts = dict.fromkeys(rungs, 0)
        self._early: list[MediaPacket] = []  # until all have had the first key frame
        self._has_begun = False
        self._starts = 0
        self._bytes = dict.fromkeys(rungs, 0)  # of the present group
        # The bit rates of the latest groups in a row that were above the rung's.
        self._over: dict[int, list[float]] = {number: [] for number in rungs}

    @property
    def start_ms(self) -> int | None:
        """The stamp of the first picture; None before the grid has begun."""
        return self._start_ms if self._has_begun else None

    def take(self, packet: MediaPacket) -> Sequence[MediaPacket]:
        """Return the pictures that may be cut now, in order; Misfit."""
        number = _number(packet)
        if packet.pts_ms != packet.dts_ms:
            raise Misfit(Unfit.REORDERED, number)
        if not self._may_follow(number, packet):
            return ()
        self._count(number, packet)
        self._watch_lag()
        if self._has_begun:
            return (packet,)
        self._early.append(packet)
        if not all(self._counts.values()):
            return ()
        self._has_begun = True
        early, self._early = self._early, []
        return early

    def _may_follow(self, number: int, packet: MediaPacket) -> bool:
        """Return whether this picture is counted: all have to begin with one key frame."""
        if self._start_ms is None:
            if packet.is_key:
                self._start_ms = packet.dts_ms
            return packet.is_key
        if self._counts[number]:
            return True
        frame = self._frame(packet)
        if frame < Fraction(-1, 2):
            return False  # from before the start
        if packet.is_key and frame <= Fraction(1, 2):
            return True
        self._begin_anew(number, packet)
        return packet.is_key

    def _begin_anew(self, number: int, packet: MediaPacket) -> None:
        self._starts += 1
        if self._starts >= STARTS_MAX:
            raise Misfit(Unfit.KEY_FRAMES, number)
        self._early.clear()
        self._counts = dict.fromkeys(self._counts, 0)
        self._bytes = dict.fromkeys(self._bytes, 0)
        self._start_ms = packet.dts_ms if packet.is_key else None

    def _count(self, number: int, packet: MediaPacket) -> None:
        group = SEGMENT_S * self._fps
        count, place = self._counts[number], self._frame(packet)
        if (frame := round(place)) > count:
            if not can_be_left_out(count, frame, int(self._fps)):
                raise Misfit(Unfit.GAPS, number)
            self._counts[number] = frame
            if frame % group == 0:
                self._weigh(number)
        if abs(place - self._counts[number]) > Fraction(1, 2):
            raise Misfit(Unfit.GAPS, number)
        if self._counts[number] % group == 0 and not packet.is_key:
            raise Misfit(Unfit.KEY_FRAMES, number)
        self._counts[number] += 1
        self._bytes[number] += len(packet.data)
        if self._counts[number] % group == 0:
            self._weigh(number)

    def _frame(self, packet: MediaPacket) -> Fraction:
        assert self._start_ms is not None
        return Fraction(packet.dts_ms - self._start_ms) * self._fps / 1000

    def _weigh(self, number: int) -> None:
        """Judge the group of pictures that ends here, so that what follows may begin anew with the
        next picture."""
        kbps, self._bytes[number] = self._bytes[number] * 8 / 1000 / SEGMENT_S, 0
        over = self._over[number]
        if kbps <= self._rungs[number].kbps * KBPS_OVER:
            over.clear()
            return
        over.append(kbps)
        if len(over) >= GROUPS_OVER_MAX:
            seen = {one: ceil(max(groups)) for one, groups in self._over.items() if groups}
            raise Misfit(Unfit.BITRATE, number, seen)

    def _watch_lag(self) -> None:
        last = min(self._counts, key=lambda number: self._counts[number])
        if max(self._counts.values()) - self._counts[last] > LAG_MAX_S * self._fps:
            raise Misfit(Unfit.TRACK, last)


def _number(packet: MediaPacket) -> int:
    assert isinstance(packet.track, VideoTrack)
    return packet.track.number
