"""RTP packets that are late, doubled, in disorder or lost: the frames that come of them."""

import heapq
import random

from showfloor.media.rtp.frame_assembler import FrameAssembler


def put(frames: FrameAssembler, *packets: tuple[int, int, bytes, bool], now: float = 0.0) -> None:
    for number, stamp, payload, is_last in packets:
        frames.add(number, stamp, payload, now, is_last=is_last)


def taken(frames: FrameAssembler, now: float = 0.0) -> list[tuple[int, bytes]]:
    return [(one.stamp, b"".join(one.payloads)) for one in frames.take(now)]


def test_frame_leaves_with_its_last_packet_and_not_before() -> None:
    frames = FrameAssembler()
    put(frames, (1, 0, b"a", False))
    assert taken(frames) == []
    put(frames, (2, 0, b"b", True))
    assert taken(frames) == [(0, b"ab")]


def test_packets_in_disorder_and_doubled_ones_make_the_same_frames() -> None:
    frames = FrameAssembler()
    put(frames, (1, 0, b"a", True))
    put(frames, (4, 90, b"d", True), (3, 90, b"c", False), (3, 90, b"c", False))
    assert taken(frames) == [(0, b"a")]
    put(frames, (2, 90, b"b", False), (1, 0, b"a", True))
    assert taken(frames) == [(90, b"bcd")]
    assert not frames.take_loss()


def test_numbers_and_stamps_go_on_beyond_their_wrap() -> None:
    frames = FrameAssembler()
    put(frames, (65_535, 4_294_967_290, b"a", True), (0, 4, b"b", True), (1, 14, b"c", True))
    assert taken(frames) == [
        (4_294_967_290, b"a"), (4_294_967_300, b"b"), (4_294_967_310, b"c"),
    ]  # fmt: skip


def test_frame_without_a_mark_ends_where_the_next_stamp_begins() -> None:
    frames = FrameAssembler()
    put(frames, (1, 0, b"a", False), (2, 90, b"b", False), (3, 180, b"c", False))
    assert taken(frames) == [(0, b"a"), (90, b"b")]


def test_padding_between_frames_is_no_frame() -> None:
    frames = FrameAssembler()
    put(frames, (1, 0, b"a", True), (2, 0, b"", False), (3, 90, b"b", True))
    assert taken(frames) == [(0, b"a"), (90, b"b")]


def test_missing_packet_is_asked_for_at_once_and_again_each_round_trip() -> None:
    frames = FrameAssembler()
    frames.round_trip_s = 0.15
    put(frames, (1, 0, b"a", True), (4, 180, b"d", True), now=10.0)
    assert frames.to_request(10.0) == [2, 3]
    assert frames.to_request(10.1) == []
    put(frames, (3, 90, b"c", True), now=10.14)
    assert frames.to_request(10.16) == [2]


def test_hole_is_waited_for_three_round_trips_and_then_given_up_with_its_frame() -> None:
    frames = FrameAssembler()
    frames.round_trip_s = 0.2
    assert frames.hold_s >= 1.5 * 0.2
    put(frames, (1, 0, b"a", True), (3, 90, b"c", True), (4, 180, b"d", True), now=10.0)
    assert taken(frames, 10.0) == [(0, b"a")]
    assert taken(frames, 10.69) == []
    assert taken(frames, 10.71) == [(180, b"d")]
    assert frames.take_loss()
    assert not frames.take_loss()
    assert frames.packets_lost == 1


def test_hold_has_bounds_whatever_the_round_trip() -> None:
    frames = FrameAssembler()
    frames.round_trip_s = 0.001
    assert frames.hold_s == 0.2
    frames.round_trip_s = 30.0
    assert frames.hold_s == 1.2


def test_sender_that_begins_anew_is_followed() -> None:
    frames = FrameAssembler()
    put(frames, (1, 0, b"a", True))
    assert taken(frames) == [(0, b"a")]
    put(frames, (30_000, 999, b"b", True))
    assert taken(frames) == [(999, b"b")]
    assert frames.take_loss()


def test_sound_goes_on_after_a_lost_packet() -> None:
    frames = FrameAssembler(is_single=True, hold_s=0.06)
    put(frames, (1, 0, b"a", False), (3, 1920, b"c", False), now=1.0)
    assert taken(frames, 1.0) == [(0, b"a")]
    assert taken(frames, 1.07) == [(1920, b"c")]


def test_packets_that_wait_are_bounded() -> None:
    frames = FrameAssembler()
    put(frames, (0, 0, b"a", True))
    for number in range(2, 20_000):
        frames.add(number & 0xFFFF, number * 90, b"x", 0.0, is_last=False)
    assert len(frames._packets) <= 4096
    assert len(frames._holes) <= 1000


def frozen_share(
    loss: float, round_trip_s: float, *, minutes: float, hold_s: float | None
) -> float:
    """Return for how much of the time the picture stands still, over a way that loses packets.

    30 frames/s of five packets. A lost packet is sent again a round trip after it was asked for,
    and may be lost again; a key frame comes a round trip after a loss.
    """
    rng, frames = random.Random(7), FrameAssembler(hold_s=hold_s)
    frames.round_trip_s = round_trip_s
    total = int(minutes * 60 * 30)
    arrivals = [
        (n / 30, n * 5 + part, n, part == 4)
        for n in range(total) for part in range(5) if rng.random() >= loss
    ]  # fmt: skip
    heapq.heapify(arrivals)
    shown, key_due = 0, 0.0
    while arrivals:
        now, number, n, is_last = heapq.heappop(arrivals)
        frames.add(number & 0xFFFF, n * 3000, b"x", now, is_last=is_last)
        for _frame in frames.take(now):
            if frames.take_loss():
                key_due = now + round_trip_s
            shown += now >= key_due
        for asked in frames.to_request(now):
            whole = number - ((number - asked) & 0xFFFF)
            if rng.random() >= loss:
                again = (now + round_trip_s, whole, whole // 5, whole % 5 == 4)
                heapq.heappush(arrivals, again)
    return 1 - shown / total


def test_picture_stands_still_less_than_one_percent_at_two_percent_loss_and_150_ms() -> None:
    """The fixed 85 ms of others throws frames away while their packets are on their way."""
    assert frozen_share(0.02, 0.15, minutes=2, hold_s=None) <= 0.01
    assert frozen_share(0.02, 0.15, minutes=0.5, hold_s=0.085) > 0.3
