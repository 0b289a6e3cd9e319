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
from tests.edge.crowd import Crowd, Someone
from tests.edge.stage import numbered, thin_to, turns
from tests.support.waiting import await_until

BIG = "x" * 3000


@pytest.fixture
def limits() -> FanoutLimits:
    """Return the limits of `crowd`; a test gives others by `@limited`."""
    return FanoutLimits()


@pytest.fixture
async def crowd(limits: FanoutLimits) -> AsyncIterator[Crowd]:
    made = Crowd(limits=limits)
    await made.start()
    yield made
    made.stop()
    await turns()


def limited(**changes: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("limits", [FanoutLimits(**changes)], ids=["limited"])


two_at_once = limited(writes_at_once=2)


async def passing(crowd: Crowd) -> None:
    """Until the first chunk of the next pass is written."""
    group = crowd.fanout._groups[0]
    for _ in range(50):
        if group._is_passing:
            return
        await asyncio.sleep(0)
    raise AssertionError("no pass began")


def has(someone: Someone) -> list[str]:
    someone.read()
    return someone.texts


async def test_everyone_gets_every_tick(crowd: Crowd) -> None:
    people = [crowd.join(0) for _ in range(5)]
    for number in range(4):
        crowd.tick(f"n {number}")
        await crowd.settle()
    assert [has(one) for one in people] == [numbered("n", range(4))] * 5
    assert {one.state for one in people} == {State.IN_GROUP}


@two_at_once
async def test_viewer_that_leaves_during_a_pass_shifts_no_place(crowd: Crowd) -> None:
    people = [crowd.join(0) for _ in range(7)]
    crowd.tick("one")
    await passing(crowd)
    for place in (0, 3, 6):  # one who has got it, two who have not
        people[place].end()
    await crowd.settle()
    crowd.tick("two")
    await crowd.settle()
    assert [has(people[place]) for place in (1, 2, 4, 5)] == [["one", "two"]] * 4


@two_at_once
async def test_viewer_that_joins_during_a_pass_gets_its_frame_once(crowd: Crowd) -> None:
    crowd.tick("zero")
    await turns()
    people = [crowd.join(1) for _ in range(6)]
    crowd.tick("one")
    await passing(crowd)
    late = [crowd.join(after) for after in (0, 1, 2)]
    assert late[1].state is State.JOINING
    await crowd.settle()
    crowd.tick("two")
    await crowd.settle()
    assert [has(one) for one in late] == [["zero", "one", "two"], ["one", "two"], ["two"]]
    assert [has(one) for one in people] == [["one", "two"]] * 6


@two_at_once
async def test_viewer_blocked_during_a_pass_gets_its_frame_afterwards(
    crowd: Crowd,
) -> None:
    people = [crowd.join(0) for _ in range(6)]
    crowd.tick("one")
    await passing(crowd)
    for someone in (people[0], people[5]):  # one who has got it, one who has not
        someone.answer(200_000)
        assert someone.state is State.BLOCKED
    crowd.tick("two")
    await turns()
    await crowd.settle()
    assert [has(one) for one in people] == [["one", "two"]] * 6


async def test_a_position_ahead_of_the_ticks_waits_for_them(crowd: Crowd) -> None:
    crowd.log.add("one", "two")  # a snapshot may have them: no tick has yet
    ahead = crowd.join(1)
    await turns()
    assert ahead.state is State.WAITING
    crowd.tick("three")
    await crowd.settle()
    assert has(ahead) == ["two", "three"]
    assert ahead.check(1) == 3


@two_at_once
async def test_ticks_that_come_during_a_pass_go_out_together_after_it(crowd: Crowd) -> None:
    people = [crowd.join(0) for _ in range(6)]
    crowd.tick("one")
    await passing(crowd)
    for text in ("two", "three"):
        crowd.tick(text)
        await turns(1)
    await crowd.settle()
    assert [has(one) for one in people] == [["one", "two", "three"]] * 6


async def test_a_closed_file_is_never_written_to(crowd: Crowd) -> None:
    """Its number is someone else's by now."""
    gone, there = crowd.join(0), crowd.join(0)
    number = gone.sock.detach()
    crowd.tick("one")
    await crowd.settle(there)
    assert has(there) == ["one"]
    assert has(gone) == []
    await await_until(lambda: gone.is_gone)
    os.close(number)


async def test_a_broken_pipe_ends_that_viewer_and_no_other(crowd: Crowd) -> None:
    broken, there = crowd.join(0), crowd.join(0)
    broken._theirs.close()
    crowd.tick("one")
    await await_until(lambda: broken.is_gone)
    await crowd.settle(there)
    assert has(there) == ["one"]


async def test_viewer_that_does_not_read_delays_no_other_and_loses_nothing(crowd: Crowd) -> None:
    stalled, there = crowd.join(0), crowd.join(0)
    for number in range(30):
        crowd.tick(f"{number} {BIG}")
        await crowd.settle(there)
    assert stalled.state is State.BLOCKED
    assert stalled.pipe.get_write_buffer_size() < 2 * len(BIG), "one frame, whatever came after it"
    assert len(has(there)) == 30
    await crowd.settle()
    assert stalled.check(0) == 30


async def test_viewer_that_missed_the_count_gets_it_again(crowd: Crowd) -> None:
    stalled = crowd.join(0)
    while stalled.state is not State.BLOCKED:
        crowd.tick(BIG)
        await turns()
    crowd.fanout.count_frame = b'\x81\x12{"type":"count"  }'
    crowd.fanout.broadcast(crowd.fanout.count_frame)
    await crowd.settle()
    assert {"type": "count"} in stalled.frames


async def stall(crowd: Crowd, someone: Someone, ticks: int = 20) -> None:
    """Until bytes wait for them, and so many ticks after that."""
    while someone.state is not State.BLOCKED:
        crowd.tick(BIG)
        await turns()
    for _ in range(ticks):
        crowd.tick("while they were away")
        await turns()


@limited(skip_behind=10, skip_after_s=0.0)
async def test_too_far_behind_after_a_long_stall_skips_to_a_snapshot(crowd: Crowd) -> None:
    stalled, there = crowd.join(0), crowd.join(0)
    await stall(crowd, stalled)
    await crowd.settle()
    kinds = [frame["type"] for frame in stalled.frames]
    assert kinds[-2:] == ["skip", "snapshot"]
    crowd.tick("and on")
    await crowd.settle()
    assert stalled.check(0) == there.check(0) == len(crowd.log.entries)
    assert stalled.texts[-1] == "and on"
    skip = next(frame for frame in stalled.frames if frame["type"] == "skip")
    assert len(stalled.texts) == len(crowd.log.entries) - (skip["to"] - skip["from"] + 1)


@limited(skip_behind=10, skip_after_s=0.0)
async def test_the_third_skip_within_a_minute_is_the_end(crowd: Crowd) -> None:
    stalled = crowd.join(0)
    for _ in range(2):
        await stall(crowd, stalled)
        await crowd.settle()
        assert stalled.disconnected_with is None
    await stall(crowd, stalled)
    stalled.read()
    assert stalled.disconnected_with is not None
    assert stalled.disconnected_with[0] == 4408


async def test_stalled_viewer_is_disconnected(crowd: Crowd) -> None:
    stalled, there = crowd.join(0), crowd.join(0)
    await stall(crowd, stalled)
    await crowd.settle(there)
    now = time.monotonic()
    crowd.fanout.sweep(now + FanoutLimits().stalled_max_s - 2)
    assert stalled.disconnected_with is None
    crowd.fanout.sweep(now + FanoutLimits().stalled_max_s + 1)
    assert stalled.disconnected_with == (4408, "took nothing")
    assert there.disconnected_with is None


async def test_slow_viewer_gets_time_but_not_for_ever(crowd: Crowd) -> None:
    slow = crowd.join(0)
    await stall(crowd, slow)
    now = time.monotonic()
    until = now + FanoutLimits().blocked_max_s
    while now < until - 10:
        now += 10
        slow.pipe.take(100)
        crowd.fanout.sweep(now)
        assert slow.disconnected_with is None
    slow.pipe.take(100)
    crowd.fanout.sweep(until + 1)
    assert slow.disconnected_with == (4408, "took too little")


@limited(retry_s=0.01)
async def test_without_a_snapshot_to_be_had_they_are_sent_away(crowd: Crowd) -> None:
    crowd.snapshots.failing = True
    someone = Someone(crowd.fanout)
    crowd.everyone.append(someone)
    crowd.fanout.add_with_snapshot(someone)
    await await_until(lambda: someone.disconnected_with)
    assert someone.disconnected_with == (1012, "no snapshot to be had")
    assert crowd.snapshots.made == 3


async def test_one_snapshot_serves_all_who_need_one(crowd: Crowd) -> None:
    crowd.tick("one")
    people = [Someone(crowd.fanout) for _ in range(30)]
    crowd.everyone += people
    for someone in people:
        crowd.fanout.add_with_snapshot(someone)
    await crowd.settle()
    assert crowd.snapshots.made == 1
    assert {one.check(0) for one in people} == {1}


# --- taking back ---------------------------------------------------------------------------------


@two_at_once
async def test_redaction_during_a_pass_keeps_the_text_from_the_rest(
    crowd: Crowd,
) -> None:
    people = [crowd.join(0) for _ in range(7)]
    crowd.tick("fine", "rude")
    await passing(crowd)
    crowd.log.may_read.clear()
    crowd.redact(2)
    await turns()
    assert [has(one) for one in people] == [["fine", "rude"]] * 2 + [[]] * 5
    late = crowd.join(0)
    leaver = people.pop()
    leaver.end()
    await turns()
    crowd.log.may_read.set()
    await crowd.settle()
    assert [has(one) for one in people[2:]] == [["fine", ""]] * 4
    assert has(late) == ["fine", ""]
    assert [has(one) for one in people[:2]] == [["fine", "rude"]] * 2
    crowd.tick("next")
    await crowd.settle()
    assert {one.check(0) for one in (*people, late)} == {3}


async def test_redacted_text_that_waits_in_a_transport_is_not_delivered(
    crowd: Crowd,
) -> None:
    stalled, other = crowd.join(0), crowd.join(0)
    while stalled.state is not State.BLOCKED:
        crowd.tick(BIG)
        await turns()
    last = len(crowd.log.entries)
    await crowd.settle(other)
    crowd.redact(1)  # that went long ago
    await turns()
    assert not stalled.is_gone
    crowd.redact(last)
    await await_until(lambda: stalled.is_gone)
    back = crowd.join(last - 1)  # they come back to what they have
    await crowd.settle()
    assert has(back) == [""]
    assert len(other.texts) == last


async def test_a_taking_back_between_ticks_is_seen_by_who_comes_after_it(crowd: Crowd) -> None:
    crowd.tick("rude")
    await turns()
    crowd.redact(1)
    someone = crowd.join(0)
    await crowd.settle()
    assert has(someone) == [""]


async def test_staff_and_public_get_frames_of_their_own(crowd: Crowd) -> None:
    thinned = Crowd(thin_to(2))
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
    """Does one thing after another to a crowd, at random."""

    def __init__(self, crowd: Crowd, seed: int) -> None:
        self._crowd = crowd
        self._chance = random.Random(seed)
        self.began: dict[Someone, int] = {}

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
        after = self._chance.randint(0, len(self._crowd.log.entries))
        someone = self._crowd.join(after, full=self._chance.random() < 0.2)
        self.began[someone] = after

    def write(self) -> None:
        text = BIG if self._chance.random() < 0.2 else "said"
        self._crowd.tick(*numbered(text, range(self._chance.randint(1, 6))))

    def answer(self) -> None:
        if self._crowd.everyone:
            self._chance.choice(self._crowd.everyone).answer(self._chance.randint(0, 20_000))

    def leave(self) -> None:
        if self._crowd.everyone:
            place = self._chance.randrange(len(self._crowd.everyone))
            self._crowd.everyone.pop(place).end()

    def read(self) -> None:
        everyone = self._crowd.everyone
        for someone in self._chance.sample(everyone, len(everyone) // 2):
            someone.read()

    def redact(self) -> None:
        if last := self._crowd.log.ticked:
            self._crowd.redact(self._chance.randint(max(1, last - 20), last))


@limited(writes_at_once=2, skip_behind=60, skip_after_s=0.02, skips_max=1000)
@pytest.mark.parametrize("seed", range(12))
async def test_random_events_lose_and_repeat_nothing(seed: int, crowd: Crowd) -> None:
    """Nobody misses an entry or gets one twice, and nobody gets words after they were taken back
    (each frame is looked at when it comes)."""
    chance = Chance(crowd, seed)
    await chance.act(400)
    await crowd.settle()
    there = [one for one in crowd.everyone if one.disconnected_with is None and not one.is_gone]
    assert there  # on a busy machine many are sent away for what was taken back
    assert {one.check(chance.began[one]) for one in there} == {len(crowd.log.entries)}
