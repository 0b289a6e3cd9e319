"""The hub of a channel: sources that come and go, readers that block, raise or come late."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import override

import pytest

from showfloor.media.encoding.timebase import START_MS, Timebase
from showfloor.media.hub import latest_group, reader_task
from showfloor.media.hub.events import (
    FullPolicy,
    HubEvent,
    HubReader,
    ReaderLimits,
    SourceEnded,
    SourceJoined,
)
from showfloor.media.hub.reader_task import ReaderTask
from showfloor.media.hub.stream_hub import HubSource, QueueFull, StreamHub
from showfloor.media.packets import ITEM_OVERHEAD, MediaPacket, SourceClaims, TrackKind
from tests.support.media import AUDIO, T0, VIDEO, FixedClock, picture, sound
from tests.support.waiting import await_until

FRAME = b"p" * (1000 - ITEM_OVERHEAD)  # of which ten fit
ROOMY = ReaderLimits(FullPolicy.SKIP)
CLAIMS = SourceClaims(has_audio=False)


def limits(policy: FullPolicy) -> ReaderLimits:
    return ReaderLimits(policy, queue_max_bytes=10_000, hold_bytes=5000)


class Reader(HubReader):
    """Keeps what it takes. `gate` closed makes it block; `error` makes it raise."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.taken: list[HubEvent] = []
        self.times: list[datetime] = []
        self.endings: list[str] = []

    @override
    async def take(self, event: HubEvent, at: datetime) -> None:
        await self.gate.wait()
        if self.error:
            raise self.error
        self.taken.append(event)
        self.times.append(at)

    @override
    async def ended(self, failure: str) -> None:
        self.endings.append(failure)

    @property
    def stamps(self) -> list[int]:
        return [one.dts_ms for one in self.taken if isinstance(one, MediaPacket)]

    @property
    def others(self) -> list[HubEvent]:
        return [one for one in self.taken if not isinstance(one, MediaPacket)]


class Stage:
    def __init__(self) -> None:
        self.clock = FixedClock()
        self.hub = StreamHub("c", self.clock)
        self.all: list[Reader] = []

    def reader(self, when: ReaderLimits = ROOMY) -> tuple[Reader, ReaderTask]:
        self.all.append(Reader())
        return self.all[-1], self.hub.attach_reader(f"r{len(self.all)}", self.all[-1], when)

    def source(self, name: str = "primary") -> HubSource:
        source = self.hub.attach_source(name)
        for item in (CLAIMS, VIDEO, AUDIO):
            source.write(item)
        return source

    async def settle(self) -> None:
        """Wait until all that are not blocked have taken what waits."""
        for attached, one in zip(self.hub.readers, self.all, strict=False):
            if one.gate.is_set():
                await attached.caught_up()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    for one in stage.all:
        one.gate.set()
    stage.hub.close()
    async with asyncio.timeout(5):
        await stage.hub.closed()
    assert all(len(one.endings) == 1 for one in stage.all)


def frames(source: HubSource, *, start: int = 0, count: int, key_every: int = 5) -> None:
    for n in range(start, start + count):
        source.write(picture(n, FRAME, is_key=n % key_every == 0))


PRIMARY, PRIMARY_GONE = SourceJoined("primary", 1), SourceEnded("primary", 1)


async def test_every_reader_gets_everything_in_order_with_its_arrival(stage: Stage) -> None:
    readers = [stage.reader()[0] for _ in range(3)]
    source = stage.source()
    frames(source, count=3)
    stage.clock.advance(1)
    source.write(sound(4))
    await source.leave()
    await stage.settle()
    for reader in readers:
        assert reader.others == [PRIMARY, CLAIMS, VIDEO, AUDIO, PRIMARY_GONE]
        assert reader.stamps == [0, 1, 2, 4]
        assert [(at - T0).total_seconds() for at in reader.times] == [0] * 7 + [1, 1]


async def test_late_reader_begins_with_the_next_key_frame(stage: Stage) -> None:
    source = stage.source()
    frames(source, count=3)
    late, _ = stage.reader()
    source.write(sound(3))
    frames(source, start=3, count=4)
    await stage.settle()
    assert late.others == [PRIMARY, CLAIMS, VIDEO, AUDIO]
    assert late.stamps == [5, 6]


async def test_reader_before_any_source_waits_and_sound_alone_is_no_start(stage: Stage) -> None:
    reader, _ = stage.reader()
    source = stage.source()
    source.write(sound(0))
    frames(source, start=1, count=3)
    await stage.settle()
    assert reader.stamps == []


async def test_blocked_reader_skips_to_a_key_frame_and_delays_nobody(stage: Stage) -> None:
    blocked, attached = stage.reader(limits(FullPolicy.SKIP))
    well, _ = stage.reader()
    source = stage.source()
    await stage.settle()
    blocked.gate.clear()
    frames(source, count=1)
    await await_until(lambda: not attached.is_waiting)
    frames(source, start=1, count=102)
    await source.drain()
    await stage.settle()
    assert well.stamps == [*range(103)]
    assert attached._queued_bytes <= 11_000
    blocked.gate.set()
    frames(source, start=103, count=3)
    await stage.settle()
    first = blocked.stamps[1]
    assert first % 5 == 0
    assert blocked.stamps[1:] == [*range(first, 106)]
    assert attached.skipped + len(blocked.stamps) == 106
    assert blocked.others[:4] == [PRIMARY, CLAIMS, VIDEO, AUDIO]


async def test_blocked_reader_is_cut_by_its_policy(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_task, "CUT_GRACE_S", 0.0)
    blocked, attached = stage.reader(limits(FullPolicy.CUT))
    well, _ = stage.reader()
    source = stage.source()
    await stage.settle()
    blocked.gate.clear()
    frames(source, count=20)
    await await_until(lambda: blocked.endings == ["it took too long"])
    assert attached.failure == "it took too long"
    frames(source, start=20, count=5)
    await await_until(lambda: well.stamps == [*range(25)])
    assert [one.name for one in stage.hub.readers] == ["c/r2"]


class LateReader(Reader):
    """Its end takes a while, as that of a file does which is written out."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()

    @override
    async def ended(self, failure: str) -> None:
        await self.may_end.wait()
        await super().ended(failure)


async def test_cut_reader_that_returns_in_time_is_left_to_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_task, "CUT_GRACE_S", 0.02)
    late = LateReader()
    attached = stage.hub.attach_reader("late", late, limits(FullPolicy.CUT))
    attached.cut("the disk is full")
    await await_until(lambda: attached not in stage.hub.readers)
    grace = asyncio.Event()
    asyncio.get_running_loop().call_later(0.03, grace.set)
    await grace.wait()
    late.may_end.set()
    await attached.closed()
    assert late.endings == ["the disk is full"]
    await asyncio.wait_for(attached.caught_up(), 5)


async def test_reader_that_holds_loses_nothing_and_a_source_that_ignores_it_is_refused(
    stage: Stage,
) -> None:
    slow, _ = stage.reader(limits(FullPolicy.HOLD))
    well, _ = stage.reader()
    source = stage.source()
    await stage.settle()
    slow.gate.clear()
    frames(source, count=5)
    waiting = asyncio.create_task(source.drain())
    frames(source, start=5, count=6)
    await await_until(lambda: well.stamps == [*range(11)])
    assert not waiting.done()
    frames(source, start=11, count=1)
    with pytest.raises(QueueFull):
        frames(source, start=12, count=1)
    slow.gate.set()
    await waiting
    await source.leave()
    assert slow.stamps == [*range(12)]
    assert slow.taken[-1] == PRIMARY_GONE


async def test_source_that_is_dropped_leaves_at_once(stage: Stage) -> None:
    slow, _ = stage.reader(limits(FullPolicy.HOLD))
    source = stage.source()
    await stage.settle()
    slow.gate.clear()
    frames(source, count=9)
    await asyncio.sleep(0)
    leaving = asyncio.create_task(source.leave(drop=True))
    await asyncio.sleep(0)
    slow.gate.set()
    await leaving
    assert slow.stamps == [0]  # the one that it was at
    assert slow.others == [PRIMARY, CLAIMS, VIDEO, AUDIO, PRIMARY_GONE]


async def test_reader_that_raises_ends_alone(stage: Stage) -> None:
    broken, attached = stage.reader(limits(FullPolicy.HOLD))
    well, _ = stage.reader()
    source = stage.source()
    await stage.settle()
    broken.error = OSError("no space left")
    frames(source, count=9, key_every=50)
    await source.drain()
    frames(source, start=9, count=42)
    async with asyncio.timeout(1):
        await source.leave()
    await await_until(lambda: well.taken[-1] == PRIMARY_GONE)
    assert well.stamps == [*range(51)]
    assert broken.endings == ["OSError: no space left"] == [attached.failure]
    stage.all.remove(broken)


async def test_reader_whose_end_fails_is_gone_all_the_same(stage: Stage) -> None:
    reader, attached = stage.reader()

    async def fails(failure: str) -> None:
        reader.endings.append(failure)
        raise RuntimeError("a bug")

    reader.ended = fails  # type: ignore[method-assign]
    attached.close()
    await attached.closed()
    assert stage.hub.readers == ()


async def test_source_that_comes_back_is_another_one_for_the_same_reader(stage: Stage) -> None:
    reader, _ = stage.reader()
    source = stage.source()
    frames(source, count=2)
    await source.leave()
    again = stage.source()
    frames(again, start=3, count=4)
    await stage.settle()
    told = [CLAIMS, VIDEO, AUDIO]
    assert reader.others == [PRIMARY, *told, PRIMARY_GONE, SourceJoined("primary", 2), *told]
    assert reader.stamps == [0, 1, 5, 6]


async def test_blocked_reader_learns_of_the_last_source_alone(stage: Stage) -> None:
    """Sources that come and go fill no queue, and the reader never sees two at once."""
    blocked, attached = stage.reader(limits(FullPolicy.SKIP))
    await stage.source().leave()
    await stage.settle()
    source = stage.source()
    await stage.settle()
    blocked.gate.clear()
    for _ in range(100):
        await source.leave()
        source = stage.source()
        frames(source, count=1)
    assert attached._queued_bytes <= 11_000
    blocked.gate.set()
    await stage.settle()
    joins = [one for one in blocked.taken if isinstance(one, SourceJoined | SourceEnded)]
    assert joins[:3] == [PRIMARY, PRIMARY_GONE, SourceJoined("primary", 2)]
    assert joins[-1] == SourceJoined("primary", 102)
    for before, after in pairwise(joins):
        assert isinstance(before, SourceJoined) is isinstance(after, SourceEnded)
        if isinstance(after, SourceEnded):
            assert before.number == after.number


async def test_selected_source_goes_on_air_with_its_next_key_frame(stage: Stage) -> None:
    reader, _ = stage.reader()
    primary, backup = stage.source(), stage.source("backup")
    frames(primary, count=1)
    frames(backup, start=1001, count=1)  # stands by; its key frame was before it came
    stage.hub.select(backup)
    frames(backup, start=1002, count=1)
    frames(primary, start=1, count=1)  # still on air
    frames(backup, start=1005, count=1)
    frames(primary, start=5, count=1)
    await primary.drain()
    await stage.settle()
    assert reader.stamps == [0, 1, 1005]
    assert (primary.is_on_air, backup.is_on_air) == (False, True)
    assert reader.others[4:] == [PRIMARY_GONE, SourceJoined("backup", 2), CLAIMS, VIDEO, AUDIO]
    await primary.leave()
    await stage.settle()
    assert reader.others[-1] == AUDIO  # of the backup: nobody hears of a source that is not on air


@pytest.mark.parametrize("by_hand", [True, False])
async def test_source_that_stands_by_follows_at_once_with_its_latest_pictures(
    stage: Stage, by_hand: bool
) -> None:
    reader, _ = stage.reader()
    primary, backup = stage.source(), stage.source("backup")
    frames(primary, count=1)
    frames(backup, start=1000, count=7)  # of which the key frame 1005 begins the latest group
    stage.clock.advance(1)
    if by_hand:
        stage.hub.select(backup)
    else:
        await primary.leave()
    frames(backup, start=1007, count=1)
    await stage.settle()
    assert reader.stamps == [0, 1005, 1006, 1007]
    ended, joined = reader.others[4:6]
    assert isinstance(ended, SourceEnded)
    assert isinstance(joined, SourceJoined)
    assert (ended.is_followed, joined.name, joined.earlier) == (True, "backup", 2)
    assert [(at - T0).total_seconds() for at in reader.times[-3:]] == [0, 0, 1]


async def test_earlier_packets_are_counted_as_each_reader_takes_them(stage: Stage) -> None:
    main, _ = stage.reader()
    whole, _ = stage.reader(replace(ROOMY, takes_all_pictures=True))
    primary, backup = stage.source(), stage.source("backup")
    further = replace(VIDEO, number=1)
    frames(primary, count=1)
    backup.write(further)
    for dts_ms in (1000, 1033):
        backup.write(picture(dts_ms, is_key=dts_ms == 1000))
        backup.write(picture(dts_ms, is_key=True, track=further))
    await primary.leave()
    frames(backup, start=1066, count=1)  # live
    await stage.settle()
    counted = [
        [one.earlier for one in reader.others if isinstance(one, SourceJoined)]
        for reader in (main, whole)
    ]
    assert counted == [[0, 2], [0, 4]]
    assert (main.stamps, whole.stamps) == (
        [0, 1000, 1033, 1066], [0, 1000, 1000, 1033, 1033, 1066]
    )  # fmt: skip


@pytest.mark.parametrize("limit", ["GROUP_MAX_BYTES", "GROUP_MAX_PACKETS"])
async def test_group_without_an_end_is_dropped_and_the_source_awaits_its_key_frame(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(latest_group, limit, 5000 if limit == "GROUP_MAX_BYTES" else 5)
    reader, _ = stage.reader()
    primary, backup = stage.source(), stage.source("backup")
    frames(primary, count=1)
    frames(backup, start=1000, count=6, key_every=10)
    await primary.leave()
    frames(backup, start=1006, count=5, key_every=10)
    await stage.settle()
    assert reader.stamps == [0, 1010]


async def test_source_that_stands_by_follows_a_source_that_is_lost(stage: Stage) -> None:
    reader, _ = stage.reader()
    primary, backup = stage.source(), stage.source("backup")
    frames(primary, count=1)
    await primary.leave()
    frames(backup, start=1001, count=5)
    await stage.settle()
    assert reader.stamps == [0, 1005]
    assert stage.hub.on_air is backup


async def test_third_source_follows_when_the_one_that_was_next_leaves_too(stage: Stage) -> None:
    reader, _ = stage.reader()
    primary, backup, third = stage.source(), stage.source("backup"), stage.source("third")
    frames(primary, count=1)
    await primary.leave()
    await backup.leave()  # before its key frame
    frames(third, start=1001, count=5)
    await stage.settle()
    assert reader.stamps == [0, 1005]
    assert stage.hub.on_air is third


async def test_stamps_that_jump_wrap_or_go_back_pass_and_the_timebase_closes_them_up(
    stage: Stage,
) -> None:
    reader, _ = stage.reader()
    source = stage.source()
    stamps = [2**32 - 40, 2**32, 10 * 3_600_000, 40, -40, 0]
    for stamp in stamps:
        source.write(picture(stamp))
    await stage.settle()
    assert reader.stamps == stamps
    base = Timebase(stamps[0])
    mapped = [base.map(TrackKind.VIDEO, stamp) - START_MS for stamp in stamps]
    assert mapped == [0, 40, 80, 120, 40, 80]


async def test_further_pictures_go_to_the_readers_alone_that_take_all(stage: Stage) -> None:
    main, _ = stage.reader()
    whole, _ = stage.reader(replace(ROOMY, takes_all_pictures=True))
    source, further = stage.source(), replace(VIDEO, number=1)
    source.write(further)
    for dts_ms in (0, 33):
        source.write(picture(dts_ms, is_key=dts_ms == 0))
        source.write(picture(dts_ms, is_key=True, track=further))
    await stage.settle()
    assert (main.others, main.stamps) == ([PRIMARY, CLAIMS, VIDEO, AUDIO], [0, 33])
    assert (whole.others, whole.stamps) == (
        [PRIMARY, CLAIMS, VIDEO, AUDIO, further], [0, 0, 33, 33]
    )  # fmt: skip
    late, _ = stage.reader(replace(ROOMY, takes_all_pictures=True))
    source.write(picture(66, is_key=True, track=further))  # no key frame of the main picture
    await stage.settle()
    assert (late.others, late.stamps) == ([PRIMARY, CLAIMS, VIDEO, AUDIO, further], [])
