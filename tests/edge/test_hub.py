"""Feeds of a process: one for each timeline, however its followers come."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import override

import pytest

from showfloor.edge.fanout.feed import Feed
from showfloor.edge.fanout.hub import Hub, level
from showfloor.edge.fanout.limits import HubLimits
from showfloor.timeline.bus import Bus
from showfloor.timeline.log import Head
from showfloor.timeline.presence import PresenceCounter
from tests.edge.socket_harness import TIMELINE, LogSnapshots, MemoryLog
from tests.support.waiting import await_until


@pytest.mark.parametrize(
    ("sizes", "most"),
    [([], 0), ([10, 20], 20), ([60, 60], 50), ([10, 200], 90), ([5, 5, 300, 300], 45)],
)
def test_largest_rings_shrink_to_one_size(sizes: list[int], most: int) -> None:
    assert level(sizes, 100) == most
    assert sum(min(size, most) for size in sizes) <= 100


class Hiccup(MemoryLog):
    """A log that does not say where it stands until it is let; the first time it fails."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.may_say = asyncio.Event()

    @override
    async def head(self, timeline_id: str) -> Head:
        self.asked += 1
        is_first = self.asked == 1
        await self.may_say.wait()
        if is_first:
            raise OSError("the database is away")
        return await super().head(timeline_id)


@pytest.fixture
async def log() -> Hiccup:
    return Hiccup()


@pytest.fixture
async def hub(log: Hiccup) -> AsyncIterator[Hub]:
    hub = Hub(log, Bus(), log, LogSnapshots(log), counter=PresenceCounter())
    hub.start()
    yield hub
    hub.stop()


async def test_viewers_who_join_while_the_database_fails_share_one_feed(
    hub: Hub, log: Hiccup
) -> None:
    feeds: list[Feed] = []
    failed: list[OSError] = []

    async def come() -> None:
        try:
            async with hub.following(TIMELINE) as feed:
                feeds.append(feed)
        except OSError as error:
            failed.append(error)

    crowd = [asyncio.create_task(come()) for _ in range(20)]
    await await_until(lambda: log.asked == 1)
    log.may_say.set()
    crowd += [asyncio.create_task(come()) for _ in range(20)]
    while len(feeds) + len(failed) < 40:  # who comes at every turn of the loop, too
        crowd.append(asyncio.create_task(come()))
        await asyncio.sleep(0)
    await asyncio.gather(*crowd)
    assert failed
    assert feeds
    assert {id(feed) for feed in feeds} == {id(feeds[0])}
    assert log.asked == 2


@asynccontextmanager
async def sweeping(log: MemoryLog, limits: HubLimits) -> AsyncIterator[tuple[Hub, Feed]]:
    """A hub that sweeps all the time, and its feed with all that the log has."""
    limits = replace(limits, sweep_every_s=0.001)
    hub = Hub(log, Bus(), log, LogSnapshots(log), counter=PresenceCounter(), limits=limits)
    hub.start()
    async with hub.following(TIMELINE) as feed:
        await feed.read_back_to(0)
        await next_sweep(hub)
        yield hub, feed
    hub.stop()


async def next_sweep(hub: Hub) -> None:
    """Wait until a whole sweep was made: the second one from now on has begun."""
    begun: list[float] = []
    hub.on_sweep.append(begun.append)
    await await_until(lambda: len(begun) >= 2)
    hub.on_sweep.remove(begun.append)


async def test_memory_of_all_timelines_is_bounded() -> None:
    log = MemoryLog()
    log.add(*["some words"] * 500)
    for _ in range(5):
        log.cut(100)
    async with sweeping(log, HubLimits()) as (_hub, feed):
        size = feed.ring.bytes
    async with sweeping(log, HubLimits(rings_bytes_max=size, rings_bytes=0)) as (_hub, feed):
        assert (feed.ring.bytes, feed.ring.first_seq) == (size, 1)
    too_low = HubLimits(rings_bytes_max=size - 1, rings_bytes=size // 2)
    async with sweeping(log, too_low) as (_hub, feed):
        assert size // 4 < feed.ring.bytes <= size // 2
        assert feed.ring.first_seq == 301
        frames = await feed.frames_after(350)
        assert frames is not None
        assert frames[-1].last == 500


async def test_timeline_without_followers_is_closed_when_memory_is_short() -> None:
    log = MemoryLog()
    log.add("some words")
    log.cut()
    hub = Hub(
        log, Bus(), log, LogSnapshots(log), counter=PresenceCounter(),
        limits=HubLimits(sweep_every_s=0.001, rings_bytes_max=0),
    )  # fmt: skip
    hub.start()
    async with hub.following(TIMELINE) as feed:
        await feed.read_back_to(0)
    await next_sweep(hub)
    async with hub.following(TIMELINE) as again:
        assert again is not feed
    hub.stop()


async def test_redaction_without_a_notice_reaches_the_followers(hub: Hub, log: Hiccup) -> None:
    told: list[tuple[str, Sequence[int]]] = []
    hub.on_redacted = lambda timeline_id, seqs: told.append((timeline_id, list(seqs)))
    log.may_say.set()
    log.asked = 1
    log.add("kind", "rude")
    log.cut()
    async with hub.following(TIMELINE) as feed:
        feed.redact((2, 1))
        assert told == [(TIMELINE, [1, 2])]
        log.redact(1)
        log.redact(1)
        log.redact(2)  # of which nobody told us
        feed._look_soon()
        await await_until(lambda: len(told) == 2)
        assert told[1] == (TIMELINE, [1, 2])
