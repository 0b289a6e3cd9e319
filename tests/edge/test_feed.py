"""The feed: ticks as frames, the ring and its bounds, what was taken back."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.edge import websocket_frames
from showfloor.edge.fanout import tick_codec
from showfloor.edge.fanout.feed import Feed
from showfloor.edge.fanout.limits import FeedLimits
from showfloor.edge.fanout.ring import Ring
from showfloor.edge.fanout.tick_codec import Frame
from showfloor.timeline.log import Entry, NoTimeline, Tick
from tests.edge.socket_harness import EPOCH_MS, TIMELINE, MemoryLog, numbered, thin_to, turns
from tests.support.waiting import await_until


@pytest.fixture
async def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def feed(log: MemoryLog) -> AsyncIterator[Feed]:
    made = Feed(TIMELINE, log, log, limits=FeedLimits(retry_s=0.01))
    await made.start()
    yield made
    made.stop()


async def say(feed: Feed, log: MemoryLog, *texts: str) -> None:
    """Until it has gone out, in a tick of its own."""
    log.add(*texts)
    feed.wake()
    await await_until(lambda: feed.head == len(log.entries))


def entries(number: int, first: int, last: int) -> tuple[Tick, list[Entry]]:
    made = [Entry(seq, EPOCH_MS, "said", {"n": seq}) for seq in range(first, last + 1)]
    return Tick(number, first, last, EPOCH_MS), made


def seqs(frame: Frame) -> list[int]:
    return [entry["seq"] for entry in json.loads(frame.text)["entries"]]


def texts(found: list[Frame] | None) -> list[str]:
    assert found is not None
    return [e["body"]["text"] for frame in found for e in json.loads(frame.text)["entries"]]


def test_a_ticks_frame_to_the_byte() -> None:
    said = Entry(7, EPOCH_MS + 250, "said", {"text": 'ü "x"'}, EPOCH_MS, "g:ana")
    frame = tick_codec.encode_frame(Tick(3, 7, 7, EPOCH_MS), [said])
    assert frame.text.decode() == (
        '{"type":"entries","tick":3,"from":7,"to":7,"entries":[{"seq":7,'
        '"at":"2026-03-01T12:00:00.250Z","kind":"said","body":{"text":"ü \\"x\\""},'
        '"picture_at":"2026-03-01T12:00:00.000Z"}]}'
    )
    assert frame.ws == websocket_frames.text(frame.text)
    assert b"ana" not in frame.text


@given(
    st.integers(min_value=0, max_value=4_000_000_000_000),
    st.none() | st.integers(min_value=0, max_value=4_000_000_000_000),
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=9)),
)
def test_an_entry_is_written_as_its_wire_form(
    at: int, picture_at: int | None, kind: str, body: dict[str, Any]
) -> None:
    entry = Entry(1, at, kind, body, picture_at)
    whole = json.dumps(entry.wire(), ensure_ascii=False, separators=(",", ":"))
    assert tick_codec.entry_text(entry).decode("utf-8", "surrogatepass") == whole


def test_an_empty_tick_has_a_frame() -> None:
    frame = tick_codec.encode_frame(Tick(4, 8, 7, EPOCH_MS), [])
    assert frame.is_empty
    assert json.loads(frame.text) == {
        "type": "entries", "tick": 4, "from": 8, "to": 7, "entries": [],
    }  # fmt: skip


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 14))
def test_a_part_of_a_frame_is_the_frame_of_the_part(size: int, shown: int, after: int) -> None:
    tick, made = entries(2, 1, size)
    kept = [entry for entry in made if entry.seq % shown == 0]
    part = tick_codec.encode_frame(tick, kept).after(min(after, size - 1))
    first = min(after, size - 1) + 1
    whole = tick_codec.encode_frame(
        Tick(2, first, size, EPOCH_MS), [entry for entry in kept if entry.seq >= first]
    )
    assert (part.text, part.ws, part.first, part.last) == (
        whole.text, whole.ws, whole.first, whole.last,
    )  # fmt: skip
    assert list(part.seqs) == list(whole.seqs)
    assert part.after(first).text == whole.after(first).text  # and of that again


async def test_the_first_entry_of_an_idle_show_goes_at_once(feed: Feed, log: MemoryLog) -> None:
    began = asyncio.get_running_loop().time()
    await say(feed, log, "at once")
    assert asyncio.get_running_loop().time() - began < 0.09
    await say(feed, log, "a tick later")
    assert asyncio.get_running_loop().time() - began >= 0.09
    assert [tick.last for tick in log.closed] == [1, 2]


async def test_more_than_a_ticks_worth_goes_in_several_at_once(feed: Feed, log: MemoryLog) -> None:
    await say(feed, log, *numbered("n", range(1203)))
    assert [tick.last for tick in log.closed] == [500, 1000, 1203]


async def test_ticks_of_another_process_are_read_as_they_were_cut(
    feed: Feed, log: MemoryLog
) -> None:
    for count in (2, 3, 0, 1):
        log.add(*numbered("n", range(count)))
        log.cut()
    feed.wake()
    await await_until(lambda: feed.tick == 4)
    frames_ = [await feed.frame(number) for number in (1, 2, 3, 4)]
    assert [(f.first, f.last) for f in frames_ if f] == [(1, 2), (3, 5), (6, 5), (6, 6)]
    assert await feed.frame(5) is None
    assert await feed.frame(0) is None
    found = await feed.frames_after(0)
    assert found is not None
    assert [frame.number for frame in found] == [1, 2, 4], "nothing is sent of an empty tick"


async def test_the_next_frame_is_waited_for_also_when_it_is_empty(
    feed: Feed, log: MemoryLog
) -> None:
    waiting = asyncio.create_task(feed.next_frame(0))
    await turns()
    assert not waiting.done()
    await feed.close_empty_tick()
    assert (await waiting).is_empty
    waiting = asyncio.create_task(feed.next_frame(1))
    await say(feed, log, "one")
    assert seqs(await waiting) == [1]


async def test_entries_before_the_feed_are_read_back_once(log: MemoryLog) -> None:
    for number in range(40):
        log.add(f"n {number}")
        log.cut()
    feed = Feed(TIMELINE, log, log, limits=FeedLimits(retry_s=0.01))
    await feed.start()
    assert await feed.frames_after(40) == []
    wanted = [feed.frames_after(after) for after in (0, 7, 39) for _ in range(20)]
    queries = log.queries
    got = await asyncio.gather(*wanted)
    assert [texts(found) for found in got[::20]] == [
        numbered("n", range(after, 40)) for after in (0, 7, 39)
    ]
    assert log.queries - queries <= 4
    feed.stop()


async def test_no_feed_of_a_timeline_that_is_not_there(log: MemoryLog) -> None:
    with pytest.raises(NoTimeline):
        await Feed("nothing", log, log).start()


async def test_a_position_that_was_never_given_out_is_not_known(feed: Feed, log: MemoryLog) -> None:
    log.add("not in a tick yet")
    assert await feed.knows(0)
    assert await feed.knows(1)
    assert not await feed.knows(2)


async def test_staff_read_everything(log: MemoryLog) -> None:
    feed = Feed(TIMELINE, log, log, thin_to(2))
    await feed.start()
    await say(feed, log, *numbered("n", range(5)))
    public, full = await feed.frame(1), await feed.frame(1, full=True)
    assert public is not None
    assert full is not None
    assert (seqs(public), public.last) == ([1, 2], 5)
    assert seqs(full) == [1, 2, 3, 4, 5]
    feed.stop()


def test_the_ring_is_bounded_by_entries_and_by_bytes() -> None:
    for most in ({"entries_max": 50}, {"bytes_max": 9_000}):
        ring = Ring(0, 0, **most)
        for number in range(1, 200):
            ring.add(tick_codec.encode_tick(*entries(number, number * 3 - 2, number * 3), None))
            assert ring.entries <= 50 or "entries_max" not in most
            assert ring.bytes <= 9_000 or "bytes_max" not in most
        assert 5 < len(ring) < 50
        assert ring.first_seq == ring.first_number * 3 - 2
        assert ring.covers(ring.first_seq - 1)
        assert not ring.covers(ring.first_seq - 2)
        found = ring.after(ring.first_seq + 1, full=False)
        assert [seq for frame in found for seq in seqs(frame)] == list(
            range(ring.first_seq + 2, 598)
        )


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.data())
def test_from_any_position_the_ring_gives_what_follows(sizes: list[int], data: Any) -> None:
    ring, last = Ring(0, 0), 0
    for number, size in enumerate(sizes, 1):
        ring.add(tick_codec.encode_tick(*entries(number, last + 1, last + size), None))
        last += size
    after = data.draw(st.integers(0, last))
    most = data.draw(st.integers(1, 2000))
    got: list[int] = []
    cursor = after
    while found := ring.after(cursor, full=False, bytes_max=most):
        got += [seq for frame in found for seq in seqs(frame)]
        assert found[0].first == cursor + 1
        cursor = found[-1].last
    assert got == list(range(after + 1, last + 1))


def test_ticks_can_be_put_in_front_of_the_ring_as_far_as_there_is_room() -> None:
    ring = Ring(4, 12, entries_max=9)
    ring.add(tick_codec.encode_tick(*entries(5, 13, 15), None))
    ring.prepend(
        [tick_codec.encode_tick(*entries(n, n * 3 - 2, n * 3), None) for n in (1, 2, 3, 4)]
    )
    assert (ring.first_number, ring.first_seq, ring.entries) == (3, 7, 9)
    assert not ring.has_room
    assert [frame.number for frame in ring.after(6, full=False)] == [3, 4, 5]
    ring.add(tick_codec.encode_tick(*entries(6, 16, 18), None))
    assert [frame.number for frame in ring.after(9, full=False)] == [4, 5, 6]


async def test_stale_tick_is_withheld_until_it_is_read_again(feed: Feed, log: MemoryLog) -> None:
    for text in ("one", "rude", "three"):
        await say(feed, log, text)
    log.may_read.clear()
    log.redact(2)
    feed.redact((2,))
    assert texts(await feed.frames_after(0)) == ["one"]
    waiting = asyncio.create_task(feed.frames_after(1))
    await turns()
    assert not waiting.done()
    log.may_read.set()
    assert texts(await waiting) == ["", "three"]


async def test_redaction_during_a_read_repeats_the_read(feed: Feed, log: MemoryLog) -> None:
    def redact() -> None:
        if log.entries[0].body["text"]:
            log.redact(1)
            feed.redact((1,))

    log.after_read = redact
    await say(feed, log, "rude")
    assert texts(await feed.frames_after(0)) == [""]


@pytest.fixture
async def long_ago() -> AsyncIterator[tuple[Feed, MemoryLog]]:
    """A feed that has not read its two thousand entries, which it reads in two pieces."""
    log = MemoryLog()
    for _ in range(4):
        log.add(*["rude"] * 500)
        log.cut()
    feed = Feed(TIMELINE, log, log, limits=FeedLimits(retry_s=0.01))
    await feed.start()
    yield feed, log
    feed.stop()


async def test_redaction_between_two_batches_of_old_ticks_repeats_both(
    long_ago: tuple[Feed, MemoryLog],
) -> None:
    feed, log = long_ago
    reads = 0

    def redact() -> None:
        nonlocal reads
        reads += 1
        if reads == 2:  # the first entry's piece has been read
            log.redact(1)
            feed.redact((1,))

    log.after_read = redact
    assert texts(await feed.frames_after(0))[:2] == ["", "rude"]
    assert reads == 2 + 2


async def test_endless_redactions_lead_to_a_snapshot(
    long_ago: tuple[Feed, MemoryLog],
) -> None:
    feed, log = long_ago
    log.after_read = lambda: feed.redact((1999,))
    assert await feed.frames_after(0) is None
    log.after_read = lambda: None
    assert len(texts(await feed.frames_after(0))) == 2000


async def test_redaction_without_a_notice_is_found_in_the_log(feed: Feed, log: MemoryLog) -> None:
    await say(feed, log, "rude")
    told: list[list[int]] = []
    feed.on_redacted.append(lambda seqs: told.append(list(seqs)))
    log.redact(1)
    assert texts(await feed.frames_after(0)) == ["rude"]
    feed._look_soon()
    await await_until(lambda: not feed.ring.covers(0))
    assert told == [[1]]  # whatever is on its way may have said it
    assert texts(await feed.frames_after(0)) == [""]


async def test_rebuild_goes_on_when_the_database_is_back(feed: Feed, log: MemoryLog) -> None:
    await say(feed, log, "rude")
    log.failing = True
    log.redact(1)
    feed.redact((1,))
    waiting = asyncio.create_task(feed.frames_after(0))
    await turns()
    assert not waiting.done()
    log.failing = False
    assert texts(await waiting) == [""]
