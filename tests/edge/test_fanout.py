"""The fan-out: leaving and joining in the middle, stalled viewers, what is taken back."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from showfloor.edge.fanout.limits import FanoutLimits
from showfloor.edge.fanout.viewer import State
from tests.edge.fanout_harness import FanoutHarness, PipedViewer
from tests.edge.socket_harness import numbered, thin_to, turns
from tests.support.waiting import await_until

BIG = "x" * 3000


@pytest.fixture
def limits() -> FanoutLimits:
    """Return the limits of `harness`; a test gives others by `@limited`."""
    return FanoutLimits()


@pytest.fixture
async def harness(limits: FanoutLimits) -> AsyncIterator[FanoutHarness]:
    made = FanoutHarness(limits=limits)
    await made.start()
    yield made
    made.stop()
    await turns()


def limited(**changes: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("limits", [FanoutLimits(**changes)], ids=["limited"])


two_at_once = limited(writes_at_once=2)


async def passing(harness: FanoutHarness) -> None:
    """Until the first chunk of the next pass is written."""
    group = harness.fanout._groups[0]
    for _ in range(50):
        if group._is_passing:
            return
        await asyncio.sleep(0)
    raise AssertionError("no pass began")


def has(viewer: PipedViewer) -> list[str]:
    viewer.read()
    return viewer.texts


async def test_everyone_gets_every_tick(harness: FanoutHarness) -> None:
    people = [harness.join(0) for _ in range(5)]
    for number in range(4):
        harness.tick(f"n {number}")
        await harness.settle()
    assert [has(one) for one in people] == [numbered("n", range(4))] * 5
    assert {one.state for one in people} == {State.IN_GROUP}


@two_at_once
async def test_viewer_that_leaves_during_a_pass_shifts_no_place(harness: FanoutHarness) -> None:
    people = [harness.join(0) for _ in range(7)]
    harness.tick("one")
    await passing(harness)
    for place in (0, 3, 6):  # one who has got it, two who have not
        people[place].end()
    await harness.settle()
    harness.tick("two")
    await harness.settle()
    assert [has(people[place]) for place in (1, 2, 4, 5)] == [["one", "two"]] * 4


@two_at_once
async def test_viewer_that_joins_during_a_pass_gets_its_frame_once(harness: FanoutHarness) -> None:
    harness.tick("zero")
    await turns()
    people = [harness.join(1) for _ in range(6)]
    harness.tick("one")
    await passing(harness)
    late = [harness.join(after) for after in (0, 1, 2)]
    assert late[1].state is State.JOINING
    await harness.settle()
    harness.tick("two")
    await harness.settle()
    assert [has(one) for one in late] == [["zero", "one", "two"], ["one", "two"], ["two"]]
    assert [has(one) for one in people] == [["one", "two"]] * 6


@two_at_once
async def test_viewer_blocked_during_a_pass_gets_its_frame_afterwards(
    harness: FanoutHarness,
) -> None:
    people = [harness.join(0) for _ in range(6)]
    harness.tick("one")
    await passing(harness)
    for viewer in (people[0], people[5]):  # one who has got it, one who has not
        viewer.answer(200_000)
        assert viewer.state is State.BLOCKED
    harness.tick("two")
    await turns()
    await harness.settle()
    assert [has(one) for one in people] == [["one", "two"]] * 6


async def test_a_position_ahead_of_the_ticks_waits_for_them(harness: FanoutHarness) -> None:
    harness.log.add("one", "two")  # a snapshot may have them: no tick has yet
    ahead = harness.join(1)
    await turns()
    assert ahead.state is State.WAITING
    harness.tick("three")
    await harness.settle()
    assert has(ahead) == ["two", "three"]
    assert ahead.check(1) == 3


@two_at_once
async def test_ticks_that_come_during_a_pass_go_out_together_after_it(
    harness: FanoutHarness,
) -> None:
    people = [harness.join(0) for _ in range(6)]
    harness.tick("one")
    await passing(harness)
    for text in ("two", "three"):
        harness.tick(text)
        await turns(1)
    await harness.settle()
    assert [has(one) for one in people] == [["one", "two", "three"]] * 6


async def test_a_closed_file_is_never_written_to(harness: FanoutHarness) -> None:
    """Its number is someone else's by now."""
    gone, there = harness.join(0), harness.join(0)
    number = gone.sock.detach()
    harness.tick("one")
    await harness.settle(there)
    assert has(there) == ["one"]
    assert has(gone) == []
    await await_until(lambda: gone.is_gone)
    os.close(number)


async def test_a_broken_pipe_ends_that_viewer_and_no_other(harness: FanoutHarness) -> None:
    broken, there = harness.join(0), harness.join(0)
    broken._theirs.close()
    harness.tick("one")
    await await_until(lambda: broken.is_gone)
    await harness.settle(there)
    assert has(there) == ["one"]


async def test_viewer_that_does_not_read_delays_no_other_and_loses_nothing(
    harness: FanoutHarness,
) -> None:
    stalled, there = harness.join(0), harness.join(0)
    for number in range(30):
        harness.tick(f"{number} {BIG}")
        await harness.settle(there)
    assert stalled.state is State.BLOCKED
    assert stalled.pipe.get_write_buffer_size() < 2 * len(BIG), "one frame, whatever came after it"
    assert len(has(there)) == 30
    await harness.settle()
    assert stalled.check(0) == 30


async def test_viewer_that_missed_the_count_gets_it_again(harness: FanoutHarness) -> None:
    stalled = harness.join(0)
    while stalled.state is not State.BLOCKED:
        harness.tick(BIG)
        await turns()
    harness.fanout.count_frame = b'\x81\x12{"type":"count"  }'
    harness.fanout.broadcast(harness.fanout.count_frame)
    await harness.settle()
    assert {"type": "count"} in stalled.frames


async def stall(harness: FanoutHarness, viewer: PipedViewer, ticks: int = 20) -> None:
    """Until bytes wait for them, and so many ticks after that."""
    while viewer.state is not State.BLOCKED:
        harness.tick(BIG)
        await turns()
    for _ in range(ticks):
        harness.tick("while they were away")
        await turns()


@limited(skip_behind=10, skip_after_s=0.0)
async def test_viewer_far_behind_after_a_long_stall_gets_a_snapshot(
    harness: FanoutHarness,
) -> None:
    stalled, there = harness.join(0), harness.join(0)
    await stall(harness, stalled)
    await harness.settle()
    kinds = [frame["type"] for frame in stalled.frames]
    assert kinds[-2:] == ["skip", "snapshot"]
    harness.tick("and on")
    await harness.settle()
    assert stalled.check(0) == there.check(0) == len(harness.log.entries)
    assert stalled.texts[-1] == "and on"
    skip = next(frame for frame in stalled.frames if frame["type"] == "skip")
    assert len(stalled.texts) == len(harness.log.entries) - (skip["to"] - skip["from"] + 1)


@limited(skip_behind=10, skip_after_s=0.0)
async def test_third_skip_within_a_minute_disconnects(harness: FanoutHarness) -> None:
    stalled = harness.join(0)
    for _ in range(2):
        await stall(harness, stalled)
        await harness.settle()
        assert stalled.disconnected_with is None
    await stall(harness, stalled)
    stalled.read()
    assert stalled.disconnected_with is not None
    assert stalled.disconnected_with[0] == 4408


async def test_stalled_viewer_is_disconnected(harness: FanoutHarness) -> None:
    stalled, there = harness.join(0), harness.join(0)
    await stall(harness, stalled)
    await harness.settle(there)
    now = time.monotonic()
    harness.fanout.sweep(now + FanoutLimits().stalled_max_s - 2)
    assert stalled.disconnected_with is None
    harness.fanout.sweep(now + FanoutLimits().stalled_max_s + 1)
    assert stalled.disconnected_with == (4408, "took nothing")
    assert there.disconnected_with is None


async def test_slow_viewer_gets_time_but_not_for_ever(harness: FanoutHarness) -> None:
    slow = harness.join(0)
    await stall(harness, slow)
    now = time.monotonic()
    until = now + FanoutLimits().blocked_max_s
    while now < until - 10:
        now += 10
        slow.pipe.take(100)
        harness.fanout.sweep(now)
        assert slow.disconnected_with is None
    slow.pipe.take(100)
    harness.fanout.sweep(until + 1)
    assert slow.disconnected_with == (4408, "took too little")


@limited(retry_s=0.01)
async def test_viewers_are_disconnected_when_no_snapshot_can_be_made(
    harness: FanoutHarness,
) -> None:
    harness.snapshots.failing = True
    viewer = PipedViewer(harness.fanout)
    harness.everyone.append(viewer)
    harness.fanout.add_with_snapshot(viewer)
    await await_until(lambda: viewer.disconnected_with)
    assert viewer.disconnected_with == (1012, "no snapshot to be had")
    assert harness.snapshots.made == 3


async def test_one_snapshot_serves_all_who_need_one(harness: FanoutHarness) -> None:
    harness.tick("one")
    people = [PipedViewer(harness.fanout) for _ in range(30)]
    harness.everyone += people
    for viewer in people:
        harness.fanout.add_with_snapshot(viewer)
    await harness.settle()
    assert harness.snapshots.made == 1
    assert {one.check(0) for one in people} == {1}


# --- taking back ---------------------------------------------------------------------------------


@two_at_once
async def test_redaction_during_a_pass_keeps_the_text_from_the_rest(
    harness: FanoutHarness,
) -> None:
    people = [harness.join(0) for _ in range(7)]
    harness.tick("fine", "rude")
    await passing(harness)
    harness.log.may_read.clear()
    harness.redact(2)
    await turns()
    assert [has(one) for one in people] == [["fine", "rude"]] * 2 + [[]] * 5
    late = harness.join(0)
    leaver = people.pop()
    leaver.end()
    await turns()
    harness.log.may_read.set()
    await harness.settle()
    assert [has(one) for one in people[2:]] == [["fine", ""]] * 4
    assert has(late) == ["fine", ""]
    assert [has(one) for one in people[:2]] == [["fine", "rude"]] * 2
    harness.tick("next")
    await harness.settle()
    assert {one.check(0) for one in (*people, late)} == {3}


async def test_redacted_text_that_waits_in_a_transport_is_not_delivered(
    harness: FanoutHarness,
) -> None:
    stalled, other = harness.join(0), harness.join(0)
    while stalled.state is not State.BLOCKED:
        harness.tick(BIG)
        await turns()
    last = len(harness.log.entries)
    await harness.settle(other)
    harness.redact(1)  # that went long ago
    await turns()
    assert not stalled.is_gone
    harness.redact(last)
    await await_until(lambda: stalled.is_gone)
    back = harness.join(last - 1)  # they come back to what they have
    await harness.settle()
    assert has(back) == [""]
    assert len(other.texts) == last


async def test_viewer_who_joins_after_a_redaction_gets_no_redacted_text(
    harness: FanoutHarness,
) -> None:
    harness.tick("rude")
    await turns()
    harness.redact(1)
    viewer = harness.join(0)
    await harness.settle()
    assert has(viewer) == [""]


async def test_staff_and_public_get_frames_of_their_own(harness: FanoutHarness) -> None:
    thinned = FanoutHarness(thin_to(2))
    await thinned.start()
    staff, viewer = thinned.join(0, full=True), thinned.join(0)
    thinned.tick(*numbered("n", range(6)))
    thinned.tick("few")
    await thinned.settle()
    assert has(staff) == [*numbered("n", range(6)), "few"]
    assert has(viewer) == [*numbered("n", range(2)), "few"]
    assert staff.check(0) == viewer.check(0) == 7
    thinned.stop()
    await turns()


class Chance:
    """Does one thing after another to the viewers, at random."""

    def __init__(self, harness: FanoutHarness, seed: int) -> None:
        self._harness = harness
        self._chance = random.Random(seed)
        self.began: dict[PipedViewer, int] = {}

    async def act(self, count: int) -> None:
        acts = [
            *[self.join] * 2,
            *[self.write] * 3,
            self.leave,
            *[self.read] * 3,
            self.answer,
            self.redact,
        ]
        for _ in range(count):
            self._chance.choice(acts)()
            await turns(self._chance.randint(0, 3))

    def join(self) -> None:
        after = self._chance.randint(0, len(self._harness.log.entries))
        viewer = self._harness.join(after, full=self._chance.random() < 0.2)
        self.began[viewer] = after

    def write(self) -> None:
        text = BIG if self._chance.random() < 0.2 else "said"
        self._harness.tick(*numbered(text, range(self._chance.randint(1, 6))))

    def answer(self) -> None:
        if self._harness.everyone:
            self._chance.choice(self._harness.everyone).answer(self._chance.randint(0, 20_000))

    def leave(self) -> None:
        if self._harness.everyone:
            place = self._chance.randrange(len(self._harness.everyone))
            self._harness.everyone.pop(place).end()

    def read(self) -> None:
        everyone = self._harness.everyone
        for viewer in self._chance.sample(everyone, len(everyone) // 2):
            viewer.read()

    def redact(self) -> None:
        if last := self._harness.log.ticked:
            self._harness.redact(self._chance.randint(max(1, last - 20), last))


@limited(writes_at_once=2, skip_behind=60, skip_after_s=0.02, skips_max=1000)
@pytest.mark.parametrize("seed", range(12))
async def test_random_events_lose_and_repeat_nothing(seed: int, harness: FanoutHarness) -> None:
    """Nobody misses an entry or gets one twice, and nobody gets words after they were taken back
    (each frame is looked at when it comes)."""
    chance = Chance(harness, seed)
    await chance.act(400)
    await harness.settle()
    there = [one for one in harness.everyone if one.disconnected_with is None and not one.is_gone]
    assert there  # on a busy machine many are sent away for what was taken back
    assert {one.check(chance.began[one]) for one in there} == {len(harness.log.entries)}
