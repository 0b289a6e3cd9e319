"""Assembles frames from RTP packets that come late, doubled, in another order, or not at all.

A frame leaves as soon as it is whole and everything before it has left. Only a hole makes it wait:
for a retransmission, and then for as long as three of them may take on this way. A wait that is
shorter than a round trip throws frames away while their packets are on their way; what is seen
then is a picture that stands still until the next key frame.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from showfloor.media.formats.timestamps import StampUnwrapper

HOLD_ROUND_TRIPS: Final = 3.5  # a retransmission may be lost, too: at 2 % one of 125,000 thrice
HOLD_MIN_S: Final = 0.2
HOLD_MAX_S: Final = 1.2
ROUND_TRIP_UNKNOWN_S: Final = 0.1
ASK_AGAIN_MIN_S: Final = 0.02
ASKED_MAX: Final = 100  # packets in one request
PACKETS_MAX: Final = 4096  # that wait; ten seconds of 5 Mbit/s
HOLE_MAX: Final = 1000  # packets; a larger step of the numbers is another stream


@dataclass(frozen=True, slots=True)
class RtpFrame:
    """The payloads of the packets of one time stamp, in order; `stamp` counts on beyond its wrap,
    in the clock rate of the track."""

    stamp: int
    payloads: Sequence[bytes]


@dataclass(slots=True)
class _Packet:
    stamp: int
    is_last: bool  # of its frame
    payload: bytes


@dataclass(slots=True)
class _Hole:
    since: float
    asked_at: float | None = None


class FrameAssembler:
    """The frames of one track. `is_single`: each packet is a frame (sound)."""

    def __init__(self, *, is_single: bool = False, hold_s: float | None = None) -> None:
        """`hold_s`: wait for a lost packet; None waits for retransmissions."""
        self.round_trip_s = ROUND_TRIP_UNKNOWN_S
        self.packets_lost = 0
        self._is_single = is_single
        self._hold_s = hold_s
        self._restart()

    def _restart(self) -> None:
        self._numbers = StampUnwrapper(16)
        self._stamps = StampUnwrapper(32)
        self._packets: dict[int, _Packet] = {}
        self._holes: dict[int, _Hole] = {}
        self._next: int | None = None  # the first packet that has not left
        self._highest = 0
        self._has_lost = False

    @property
    def hold_s(self) -> float:
        """The longest wait for a packet that is missing."""
        if self._hold_s is not None:
            return self._hold_s
        return min(max(HOLD_MIN_S, HOLD_ROUND_TRIPS * self.round_trip_s), HOLD_MAX_S)

    def add(self, number: int, stamp: int, payload: bytes, now: float, *, is_last: bool) -> None:
        """Take a packet: `number` and `stamp` as they are in its header (16 and 32 bits)."""
        unwrapped = self._numbers.unwrap(number)
        if self._next is not None and abs(unwrapped - self._highest) > HOLE_MAX:
            self._restart()  # the sender has begun anew
            self._has_lost = True
            unwrapped = self._numbers.unwrap(number)
        if self._next is None:
            self._next, self._highest = unwrapped, unwrapped
        self._holes.pop(unwrapped, None)
        if unwrapped < self._next:
            return  # it came too late, or twice
        for missing in range(self._highest + 1, unwrapped):
            self._holes[missing] = _Hole(now)
        self._highest = max(self._highest, unwrapped)
        self._packets[unwrapped] = _Packet(self._stamps.unwrap(stamp), is_last, payload)
        if len(self._packets) > PACKETS_MAX:
            self._give_up(self._highest)

    def take(self, now: float) -> Iterator[RtpFrame]:
        """Give the frames that are whole and in order."""
        while self._packets:
            frame_end = self._frame_end()
            if frame_end is not None:
                yield from self._leave(frame_end)
                continue
            hole = self._first_hole()
            if hole is None or now - self._holes[hole].since < self.hold_s:
                return
            self._give_up(hole)

    def stamp_of(self, stamp: int) -> int:
        """Return the stamp of a sender report as the frames count it."""
        return self._stamps.unwrap(stamp)

    def take_loss(self) -> bool:
        """Return whether a frame was lost since the last call."""
        lost, self._has_lost = self._has_lost, False
        return lost

    def to_request(self, now: float) -> Sequence[int]:
        """Return the numbers (16 bits) of packets to ask for again now."""
        again_s = max(ASK_AGAIN_MIN_S, self.round_trip_s)
        due = [
            number
            for number, hole in self._holes.items()
            if hole.asked_at is None or now - hole.asked_at >= again_s
        ][:ASKED_MAX]
        for number in due:
            self._holes[number].asked_at = now
        return [number & 0xFFFF for number in due]

    def _frame_end(self) -> int | None:
        """Return the number behind the first frame; None while it is not whole."""
        assert self._next is not None
        number = self._next
        first = self._packets.get(number)
        while first is not None:
            packet = self._packets.get(number)
            if packet is None:
                return None
            if packet.stamp != first.stamp:  # some senders mark no end
                return number
            number += 1
            if packet.is_last or self._is_single:
                return number
        return None

    def _leave(self, end: int) -> Iterator[RtpFrame]:
        assert self._next is not None
        packets = [self._packets.pop(number) for number in range(self._next, end)]
        self._next = end
        payloads = [one.payload for one in packets if one.payload]  # padding has none
        if payloads:
            yield RtpFrame(packets[0].stamp, payloads)

    def _first_hole(self) -> int | None:
        assert self._next is not None
        while self._holes and min(self._holes) < self._next:
            del self._holes[min(self._holes)]
        return min(self._holes, default=None)

    def _give_up(self, hole: int) -> None:
        """Drop everything up to the first frame that begins behind `hole`."""
        self._has_lost = True
        waiting = sorted(number for number in self._packets if number > hole)
        start = next((number for number in waiting if self._begins_frame(number)), None)
        self._next = self._highest + 1 if start is None else start
        self.packets_lost += sum(number < self._next for number in self._holes)
        self._holes = {n: one for n, one in self._holes.items() if n >= self._next}
        self._packets = {n: one for n, one in self._packets.items() if n >= self._next}

    def _begins_frame(self, number: int) -> bool:
        before = self._packets.get(number - 1)
        if self._is_single:
            return True
        return before is not None and (
            before.is_last or before.stamp != self._packets[number].stamp
        )
