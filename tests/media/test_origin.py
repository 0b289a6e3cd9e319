"""The origin: what is listed when, who is answered when, what survives."""

import asyncio
import gc
import re
import threading
import tracemalloc
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import override

import pytest

from showfloor.kernel.errors import NotFound, Unavailable
from showfloor.media.hls.blocking_reload import (
    BadDirective,
    Directives,
    Freshness,
    ReloadLimits,
    ReloadTimeout,
    RenderedPlaylist,
)
from showfloor.media.hls.live_streams import LiveStreamRegistry
from showfloor.media.hls.origin import LiveStream
from showfloor.media.hls.playlist import DateRange
from showfloor.media.recording.index import (
    BroadcastRecord,
    Recording,
    RecordingIndex,
    SegmentRecord,
)
from showfloor.media.recording.storage import Storage
from tests.support.media import INITS, RUNGS, T0, FixedClock, part, payload
from tests.support.waiting import await_until

NOW = Directives()


class MemoryRecording(Recording):
    """Keeps a recording in memory; `blocked` holds writes up, `broken` makes them fail."""

    def __init__(self) -> None:
        self.broadcasts: dict[int, BroadcastRecord] = {}
        self.segments: list[SegmentRecord] = []
        self.bodies: dict[tuple[int, str, int | str], bytes] = {}
        self.parts: list[SegmentRecord] = []  # the open segment with each of its parts
        self.go_on = threading.Event()
        self.go_on.set()
        self.broken = False
        self.looks = self.removals = 0

    @override
    def load(self) -> RecordingIndex:
        if self.parts and self.parts[-1] not in self.segments:
            self.segments.append(self.parts[-1])
        msn_next = self.segments[-1].msn + 1 if self.segments else 0
        return RecordingIndex(
            dict(self.broadcasts),
            tuple(self.segments),
            max(self.broadcasts, default=0) + 1,
            msn_next,
        )

    def _wait(self) -> None:
        assert self.go_on.wait(30)
        if self.broken:
            raise OSError(28, "No space left on device")

    @override
    def begin(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> None:
        self._wait()
        self.broadcasts[broadcast.number] = broadcast
        self.bodies |= {(broadcast.number, rung, "init"): data for rung, data in inits.items()}

    @override
    def add_part(self, so_far: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        self._wait()
        self.parts.append(so_far)
        for rung, body in bodies.items():
            before = self.bodies.get((so_far.broadcast, rung, so_far.msn), b"")
            self.bodies[so_far.broadcast, rung, so_far.msn] = before + body

    @override
    def append(self, segment: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        self._wait()
        self.bodies |= {(segment.broadcast, r, segment.msn): data for r, data in bodies.items()}
        self.segments = [one for one in self.segments if one.msn != segment.msn]
        self.segments.append(segment)
        self.segments.sort(key=lambda one: one.msn)
        self.parts = []

    @override
    def read_init(self, broadcast: int, rung: str) -> bytes:
        return self._read((broadcast, rung, "init"))

    @override
    def read_segment(self, broadcast: int, rung: str, msn: int) -> bytes:
        return self._read((broadcast, rung, msn))

    def _read(self, key: tuple[int, str, int | str]) -> bytes:
        if key not in self.bodies:
            raise FileNotFoundError(key)
        return self.bodies[key]

    @override
    def keeps(self, segment: SegmentRecord) -> bool:
        self.looks += 1
        return any((segment.broadcast, r, segment.msn) in self.bodies for r in segment.sizes)

    @override
    def remove(self, segment: SegmentRecord) -> None:
        self.removals += 1
        for rung in segment.sizes:
            self.bodies.pop((segment.broadcast, rung, segment.msn), None)


class Stage:
    """A channel with the hands that feed it."""

    def __init__(
        self, recording: MemoryRecording, clock: FixedClock, *, window_s: int = 600,
        storage: Storage | None = None, limits: ReloadLimits | None = None,
    ) -> None:  # fmt: skip
        self.recording = recording
        self.clock = clock
        self.channel = LiveStream(
            "c", recording, recording.load(), window_s=window_s, storage=storage, limits=limits,
            clock=clock,
        )  # fmt: skip
        self.number = 0
        self.broadcast = 0

    def begin(self) -> None:
        self.broadcast = self.channel.begin_broadcast(RUNGS, INITS)
        self.number = 0

    async def parts(self, count: int, *, settled: bool = True) -> None:
        """Add this many parts, each at its time."""
        for _ in range(count):
            now = part(self.number, broadcast=self.broadcast)
            self.channel.add_part(now, self.clock() if now.index == 0 else None)
            self.clock.advance(1 / 3)
            self.number += 1
        if settled:
            await self.channel.settled()

    async def text(self, directives: Directives = NOW, *, preview: bool = False) -> str:
        return (await self.channel.playlist("720p", directives, preview=preview)).body.decode()

    def ask(self, msn: int, part: int | None = None) -> asyncio.Task[RenderedPlaylist]:
        directives = Directives(msn, part)
        return asyncio.create_task(self.channel.playlist("720p", directives, preview=False))

    def recording_of(self, msn: int) -> SegmentRecord:
        found = self.channel._window.find(msn, preview=False)
        assert found is not None
        return found

    async def open(self, *, window_s: int) -> None:
        """As after a restart of the server, with a live show."""
        await self.channel.close()
        index = self.recording.load()
        self.channel = LiveStream("c", self.recording, index, window_s=window_s, clock=self.clock)
        self.channel.set_public(True)
        self.begin()


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A live show with a broadcast; the parameter is the limits of blocked reloads."""
    limits = getattr(request, "param", None)
    stage = Stage(MemoryRecording(), FixedClock(), limits=limits)
    stage.channel.set_public(True)
    stage.begin()
    yield stage
    stage.recording.go_on.set()
    await stage.channel.close()


def uris(text: str) -> list[str]:
    """Segments, parts and the hint, in order."""
    return re.findall(r'(?:^|PART.*URI="|HINT.*URI=")([^"#\n]+\.m4s)', text, re.MULTILINE)


# --- listing ---


async def test_there_is_no_playlist_before_the_first_segment(stage: Stage) -> None:
    await stage.parts(5)
    with pytest.raises(NotFound):
        stage.channel.multivariant(preview=False)
    with pytest.raises(NotFound):
        await stage.text()
    await stage.parts(1)
    assert stage.channel.multivariant(preview=False).body.startswith(b"#EXTM3U\n")


async def test_staff_see_the_picture_one_part_before_the_public(stage: Stage) -> None:
    await stage.parts(8)
    control = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.668,HOLD-BACK=6,"
    assert control in await stage.text(preview=True)
    assert "PART-HOLD-BACK=1.002," in await stage.text()


async def test_a_live_playlist_is_exactly_this(stage: Stage) -> None:
    await stage.parts(8)
    assert await stage.text() == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.002,HOLD-BACK=6,"
        "CAN-SKIP-UNTIL=12\n"
        "#EXT-X-PART-INF:PART-TARGET=0.334\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="1/720p/init.mp4"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:00.000Z\n"
        '#EXT-X-PART:DURATION=0.33333,INDEPENDENT=YES,URI="1/720p/0.0.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/720p/0.1.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/720p/0.2.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/720p/0.3.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/720p/0.4.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/720p/0.5.m4s"\n'
        "#EXTINF:2.00000,\n"
        "1/720p/0.m4s\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:01.999Z\n"
        '#EXT-X-PART:DURATION=0.33333,INDEPENDENT=YES,URI="1/720p/1.0.m4s"\n'
        '#EXT-X-PART:DURATION=0.33333,URI="1/720p/1.1.m4s"\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1/720p/1.2.m4s"\n'
        '#EXT-X-RENDITION-REPORT:URI="480p.m3u8",LAST-MSN=1,LAST-PART=1\n'
        '#EXT-X-RENDITION-REPORT:URI="360p.m3u8",LAST-MSN=1,LAST-PART=1\n'
        '#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=1,LAST-PART=1\n'
    )


async def test_a_segment_is_listed_only_when_it_is_on_disk(stage: Stage) -> None:
    await stage.parts(11)
    stage.recording.go_on.clear()
    await stage.parts(3, settled=False)  # the last of segment 1 and two of segment 2
    await await_until(lambda: stage.channel.recorder.waiting == 1)
    assert uris(await stage.text())[-2:] == ["1/720p/1.4.m4s", "1/720p/1.5.m4s"]
    assert "1/720p/1.m4s" not in uris(await stage.text())
    stage.recording.go_on.set()
    await stage.channel.settled()
    assert uris(await stage.text())[-5:] == [
        "1/720p/1.5.m4s", "1/720p/1.m4s", "1/720p/2.0.m4s", "1/720p/2.1.m4s", "1/720p/2.2.m4s"
    ]  # fmt: skip


async def test_part_is_listed_only_when_it_is_written(stage: Stage) -> None:
    await stage.parts(7)
    stage.recording.go_on.clear()
    await stage.parts(1, settled=False)
    await await_until(lambda: stage.channel.recorder.waiting == 1)
    assert uris(await stage.text())[-2:] == ["1/720p/1.0.m4s", "1/720p/1.1.m4s"]  # that is the hint
    stage.recording.go_on.set()
    await stage.channel.settled()
    assert uris(await stage.text())[-2:] == ["1/720p/1.1.m4s", "1/720p/1.2.m4s"]


async def test_parts_of_a_preview_are_not_written() -> None:
    stage = Stage(MemoryRecording(), FixedClock())
    stage.begin()
    await stage.parts(8)
    assert (stage.recording.parts, len(stage.recording.segments)) == ([], 1)
    await stage.channel.close()


async def test_a_disk_that_hangs_does_not_hold_back_the_picture(stage: Stage) -> None:
    stage.channel.recorder.patience_s = 0.05
    await stage.parts(6)
    stage.recording.go_on.clear()
    await stage.parts(12)
    assert "1/720p/2.m4s" in uris(await stage.text())
    stage.recording.go_on.set()
    await await_until(lambda: len(stage.recording.segments) == 3)


async def test_parts_that_fail_tell_nothing_about_the_recording(stage: Stage) -> None:
    await stage.parts(6)
    stage.recording.broken = True
    await stage.parts(5)
    assert not stage.channel.recorder.is_failing
    await stage.parts(1)
    assert stage.channel.recorder.is_failing


async def test_stalled_disk_holds_the_picture_back_once_and_not_with_each_segment(
    stage: Stage,
) -> None:
    stage.channel.recorder.patience_s = 0.2
    await stage.parts(6)
    stage.recording.go_on.clear()
    began = asyncio.get_running_loop().time()
    await stage.parts(60)  # twenty seconds of the show
    assert asyncio.get_running_loop().time() - began < 2
    assert stage.channel.recorder.is_failing
    assert stage.channel.recorder.held_s == 20
    stage.recording.go_on.set()
    await await_until(lambda: not stage.channel.recorder.waiting)
    assert [record.msn for record in stage.recording.segments] == list(range(11))


async def test_parts_stay_listed_for_three_target_durations(stage: Stage) -> None:
    await stage.parts(6 * 5 + 2)
    listed = {uri for uri in uris(await stage.text()) if uri.count(".") == 2}
    # 2/3 s of parts, then the two segments that end within 6 s of the end
    segments = {uri.split("/")[2].split(".")[0] for uri in listed}
    assert segments == {"3", "4", "5"}
    # 6.2.2: for three target durations more they can still be fetched.
    assert await stage.channel.part(1, "360p", 0, 5, preview=False) == payload(1, "360p", 0, 5)


async def test_the_window_slides_and_counts_what_it_drops(stage: Stage) -> None:
    await stage.open(window_s=20)
    await stage.parts(12)
    stage.channel.end_broadcast()
    stage.begin()
    await stage.parts(6 * 15)
    text = await stage.text()
    assert "#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in text
    assert "#EXT-X-DISCONTINUITY\n" not in text
    assert len([uri for uri in uris(text) if uri.count(".") == 1]) == 10
    # Media that left the window is still there for those who are about to ask for it.
    assert await stage.channel.segment(2, "720p", 0, preview=False)


async def test_cut_leaves_out_a_gap_and_marks_the_seam(stage: Stage) -> None:
    await stage.parts(6)
    stage.channel.recorder.patience_s = 0.05
    stage.recording.broken = True
    await stage.parts(6)
    stage.channel._window.lose(stage.recording_of(1))
    stage.recording.broken = False
    await stage.parts(12)
    text = stage.channel.cut_playlist("480p", T0, T0 + timedelta(seconds=7)).body.decode()
    assert re.findall(r"(?:#EXT-X-DISCONTINUITY$|^\.\./.*)", text, re.MULTILINE) == [
        "../../1/480p/0.m4s", "#EXT-X-DISCONTINUITY", "../../1/480p/2.m4s", "../../1/480p/3.m4s"
    ]  # fmt: skip
    assert text.endswith("#EXT-X-ENDLIST\n")


# --- blocking reload ---


async def test_a_blocking_reload_waits_for_its_part(stage: Stage) -> None:
    await stage.parts(8)
    asked = stage.ask(1, 2)
    await asyncio.sleep(0)
    assert not asked.done()
    await stage.parts(1)
    answer = await asked
    assert answer.freshness is Freshness.STATE
    assert b"1/720p/1.2.m4s" in answer.body


async def test_a_reload_for_a_segment_waits_until_it_is_complete(stage: Stage) -> None:
    await stage.parts(8)
    asked = stage.ask(1)
    await stage.parts(3)
    assert not asked.done()
    await stage.parts(1)
    assert b"\n1/720p/1.m4s\n" in (await asked).body


async def test_a_part_beyond_the_last_means_the_next_segments_first(stage: Stage) -> None:
    """6.2.5.2."""
    await stage.parts(11)
    asked = stage.ask(1, 6)
    await stage.parts(1)
    assert not asked.done()
    await stage.parts(1)
    assert b"1/720p/2.0.m4s" in (await asked).body


async def test_an_old_position_gets_the_whole_playlist_at_once(stage: Stage) -> None:
    """6.2.5.2: also when it is older than the playlist."""
    await stage.parts(14)
    assert (await stage.ask(0, 3)).body.decode() == await stage.text()


@pytest.mark.parametrize(
    "directives", [Directives(None, 0), Directives(4), Directives(4, 0), Directives(1, 10)]
)
async def test_impossible_directives_are_refused(stage: Stage, directives: Directives) -> None:
    await stage.parts(8)
    with pytest.raises(BadDirective):
        await stage.channel.playlist("720p", directives, preview=False)


async def test_positions_just_ahead_are_waited_for(stage: Stage) -> None:
    await stage.parts(8)
    asked = [stage.ask(3), stage.ask(2, 7), stage.ask(1, 9)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in asked)
    await stage.parts(16)
    answers = await asyncio.gather(*asked)
    assert [answer.freshness for answer in answers] == [Freshness.STATE] * 3


@pytest.mark.parametrize("stage", [ReloadLimits(outage_answer_s=0.05)], indirect=True)
async def test_in_an_outage_a_reload_is_answered_unchanged(stage: Stage) -> None:
    await stage.parts(8)
    stage.channel.end_broadcast()
    await stage.channel.settled()
    before = await stage.text()
    answer = await stage.ask(2, 0)
    assert answer.freshness is Freshness.UNCHANGED
    assert answer.body.decode() == before


@pytest.mark.parametrize("stage", [ReloadLimits(block_max_s=0.05)], indirect=True)
async def test_a_position_that_never_comes_is_given_up_on(stage: Stage) -> None:
    await stage.parts(8)
    asked = stage.ask(3)
    with pytest.raises(ReloadTimeout):
        await asked


@pytest.mark.parametrize("stage", [ReloadLimits(waiters_max=3)], indirect=True)
async def test_too_many_waiting_are_turned_away(stage: Stage) -> None:
    await stage.parts(8)
    waiting = [stage.ask(1, 2) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ReloadTimeout):
        await stage.ask(1, 2)
    await stage.parts(1)
    assert len({id(await task) for task in waiting}) == 1  # rendered once for all


@pytest.mark.parametrize(
    "stage", [ReloadLimits(outage_answer_s=30, waiters_max=5000)], indirect=True
)
async def test_crowd_of_waiters_gets_one_rendering_and_those_who_left_leave_nothing(
    stage: Stage,
) -> None:
    await stage.parts(8)
    gc.collect()
    tracemalloc.start()
    waiting = [stage.ask(1, 2) for _ in range(500)]
    await asyncio.sleep(0)
    each = tracemalloc.get_traced_memory()[0] / len(waiting)
    tracemalloc.stop()
    assert each < 10_000  # bytes
    waiting += [stage.ask(1, 2) for _ in range(4500)]
    await asyncio.sleep(0)
    for left in waiting[1000:]:
        left.cancel()
    await asyncio.wait(waiting[1000:])
    again = [stage.ask(1, 2) for _ in range(4000)]  # their places are free
    await asyncio.sleep(0)
    await stage.parts(1)
    bodies = {id((await task).body) for task in waiting[:1000] + again}
    assert len(bodies) == 1
    assert stage.channel._notifier.waiters == set()


async def test_the_hinted_part_is_waited_for_and_others_are_not(stage: Stage) -> None:
    await stage.parts(8)
    hinted = asyncio.create_task(stage.channel.part(1, "480p", 1, 2, preview=False))
    await asyncio.sleep(0)
    assert not hinted.done()
    for broadcast, msn, index in ((1, 1, 3), (1, 2, 0), (2, 1, 2), (1, 0, 6)):
        with pytest.raises(NotFound):
            await stage.channel.part(broadcast, "480p", msn, index, preview=False)
    await stage.parts(1)
    assert await hinted == payload(1, "480p", 1, 2)


async def test_a_hinted_part_that_will_not_come_is_not_found(stage: Stage) -> None:
    await stage.parts(8)
    hinted = asyncio.create_task(stage.channel.part(1, "480p", 1, 2, preview=False))
    await asyncio.sleep(0)
    stage.channel.end_broadcast()
    with pytest.raises(NotFound):
        await hinted


# --- discontinuity and restart ---


async def test_a_lost_encoder_closes_the_half_segment_and_comes_back_with_a_discontinuity(
    stage: Stage,
) -> None:
    await stage.parts(8)
    stage.channel.end_broadcast()
    await stage.channel.settled()
    assert not stage.channel.on_air
    assert (await stage.text()).splitlines()[17:] == [
        "1/720p/0.m4s",
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:01.999Z",
        '#EXT-X-PART:DURATION=0.33333,INDEPENDENT=YES,URI="1/720p/1.0.m4s"',
        '#EXT-X-PART:DURATION=0.33333,URI="1/720p/1.1.m4s"',
        "#EXTINF:0.66667,",
        "1/720p/1.m4s",
        '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="2/720p/init.mp4"',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="2/720p/2.0.m4s"',
        '#EXT-X-RENDITION-REPORT:URI="480p.m3u8",LAST-MSN=1,LAST-PART=1',
        '#EXT-X-RENDITION-REPORT:URI="360p.m3u8",LAST-MSN=1,LAST-PART=1',
        '#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=1,LAST-PART=1',
    ]
    stage.clock.advance(60)
    stage.begin()
    await stage.parts(1)
    assert (await stage.text()).splitlines()[23:27] == [
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="2/720p/init.mp4"',
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:31:02.666Z",
        '#EXT-X-PART:DURATION=0.33333,INDEPENDENT=YES,URI="2/720p/2.0.m4s"',
    ]


async def test_numbers_go_on_after_a_restart_and_addresses_are_never_used_again(
    stage: Stage,
) -> None:
    await stage.parts(8)  # two parts of segment 1 were served: it ends with them
    again = Stage(stage.recording, stage.clock)
    again.channel.set_public(True)
    again.begin()
    await again.parts(6)
    assert again.broadcast == 2
    text = await again.text()
    assert [uri for uri in uris(text) if uri.count(".") == 1] == [
        "1/720p/0.m4s", "1/720p/1.m4s", "2/720p/2.m4s"
    ]  # fmt: skip
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert "#EXTINF:0.66667,\n1/720p/1.m4s\n" in text
    served = [payload(1, "720p", 1, index) for index in range(2)]
    assert await again.channel.segment(1, "720p", 1, preview=False) == b"".join(served)
    assert await again.channel.segment(1, "720p", 0, preview=False)
    assert await again.channel.init(1, "720p", preview=False) == b"720p"
    await again.channel.close()


async def test_a_rung_that_a_source_cannot_fill_is_the_next_lower_one(stage: Stage) -> None:
    await stage.parts(6)
    stage.channel.end_broadcast()
    low = RUNGS[1:]
    stage.channel.begin_broadcast(low, INITS[1:])
    for number in range(6):
        stage.channel.add_part(part(number, broadcast=2, rungs=low), T0)
    await stage.channel.settled()
    text = await stage.text()
    assert [uri for uri in uris(text) if uri.count(".") == 1] == ["1/720p/0.m4s", "2/480p/1.m4s"]
    assert '#EXT-X-MAP:URI="2/480p/init.mp4"' in text
    assert b"720p.m3u8" in stage.channel.multivariant(preview=False).body


async def test_fault_in_one_broadcast_does_not_stop_the_channel(stage: Stage) -> None:
    await stage.parts(2)
    stage.channel.add_part(replace(part(0), index=0), T0)  # a second beginning: a bug upstream
    await stage.channel.settled()
    stage.channel.end_broadcast()
    stage.begin()
    await stage.parts(6)
    assert [uri for uri in uris(await stage.text()) if uri.count(".") == 1] == [
        "1/720p/0.m4s", "2/720p/1.m4s"
    ]  # fmt: skip


# --- preview, public, ended ---


async def test_viewers_see_only_what_was_opened_while_the_show_was_live() -> None:
    stage = Stage(MemoryRecording(), FixedClock())
    stage.begin()
    await stage.parts(8)
    with pytest.raises(NotFound):
        stage.channel.multivariant(preview=False)
    for preview_only in (
        stage.channel.segment(1, "720p", 0, preview=False),
        stage.channel.part(1, "720p", 1, 1, preview=False),
        stage.channel.part(1, "720p", 1, 2, preview=False),
        stage.channel.init(1, "720p", preview=False),
        stage.channel.playlist("720p", NOW, preview=False),
    ):
        with pytest.raises(NotFound):
            await preview_only
    stage.channel.set_public(True)
    await stage.parts(10)
    assert [uri for uri in uris(await stage.text()) if uri.count(".") == 1] == ["1/720p/2.m4s"]
    assert "#EXT-X-MEDIA-SEQUENCE:2\n" in await stage.text()
    preview = await stage.text(preview=True)
    assert [u for u in uris(preview) if u.count(".") == 1] == [
        "1/720p/0.m4s", "1/720p/1.m4s", "1/720p/2.m4s"
    ]  # fmt: skip
    await stage.channel.close()


async def test_previews_are_removed_after_a_minute() -> None:
    stage = Stage(MemoryRecording(), FixedClock())
    stage.begin()
    await stage.parts(6 * 40)
    await await_until(lambda: (1, "720p", 9) not in stage.recording.bodies)
    text = await stage.text(preview=True)
    assert "#EXT-X-MEDIA-SEQUENCE:10\n" in text
    assert (1, "720p", 10) in stage.recording.bodies
    await stage.channel.close()
    # The next process removes the rest: nobody can ask for it.
    again = Stage(stage.recording, stage.clock)
    await await_until(lambda: not [key for key in stage.recording.bodies if key[2] != "init"])
    with pytest.raises(NotFound):
        await again.text(preview=True)
    assert again.recording.load().msn_next == 40
    await again.channel.close()
    assert stage.recording.removals == 40  # each of them once
    # The one after that has nothing to remove, and finds that out at once.
    looks = stage.recording.looks
    third = Stage(stage.recording, stage.clock)
    await await_until(lambda: stage.recording.looks > looks)
    await third.channel.close()
    third.channel.recorder._thread.shutdown(wait=True)
    assert (stage.recording.looks - looks, stage.recording.removals) == (1, 40)


async def test_the_end_waits_for_the_last_segment_and_answers_everyone(stage: Stage) -> None:
    await stage.parts(8)
    asked = stage.ask(1, 2)
    hinted = asyncio.create_task(stage.channel.part(1, "480p", 1, 2, preview=False))
    stage.channel.end()
    await asyncio.sleep(0)
    assert not stage.channel.ended
    assert "ENDLIST" not in await stage.text()
    stage.channel.add_part(part(8, duration=Fraction(1, 30), ends_segment=True))
    stage.channel.end_broadcast()
    await stage.channel.settled()
    assert await hinted == payload(1, "480p", 1, 2)
    assert b"1/720p/1.m4s" in (await asked).body
    assert stage.channel.ended
    assert (await stage.text()).splitlines()[-6:] == [
        "#EXTINF:2.00000,",
        "1/720p/0.m4s",
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T18:30:01.999Z",
        "#EXTINF:0.70000,",
        "1/720p/1.m4s",
        "#EXT-X-ENDLIST",
    ]


async def test_an_end_without_a_broadcast_wakes_those_who_wait(stage: Stage) -> None:
    await stage.parts(8)
    stage.channel.end_broadcast()
    await stage.channel.settled()
    asked = stage.ask(2, 0)
    await asyncio.sleep(0)
    stage.channel.end()
    answer = await asked
    assert answer.freshness is Freshness.ENDED
    assert b"#EXT-X-ENDLIST\n" in answer.body


async def test_after_the_end_the_replay_is_whole_but_followers_keep_their_numbers(
    stage: Stage,
) -> None:
    await stage.open(window_s=20)
    await stage.parts(6 * 15)
    stage.channel.end()
    stage.channel.end_broadcast()
    await stage.channel.settled()
    whole, follower = await stage.text(), await stage.text(Directives(15, 0))
    assert "#EXT-X-MEDIA-SEQUENCE:0\n" in whole
    assert len(uris(whole)) == 15
    assert "#EXT-X-MEDIA-SEQUENCE:5\n" in follower
    assert [uri for uri in uris(follower) if uri.count(".") == 1] == uris(whole)[5:]
    # The last parts too, which hls.js would else not load of a segment that it has begun.
    assert follower.endswith(
        '#EXT-X-PART:DURATION=0.33333,URI="2/720p/14.5.m4s"\n'
        "#EXTINF:2.00000,\n"
        "2/720p/14.m4s\n"
        "#EXT-X-ENDLIST\n"
    )
    assert "HINT" not in follower


async def test_rewind_is_made_anew_with_a_segment_and_not_with_a_part(stage: Stage) -> None:
    async def body() -> bytes:
        return (await stage.channel.rewind_playlist("720p", NOW)).body

    await stage.parts(7)
    first = await body()
    await stage.parts(4)
    assert await body() is first
    await stage.parts(1)
    second = await body()
    assert uris(second.decode().replace("../", "")) == ["1/720p/0.m4s", "1/720p/1.m4s"]
    stage.channel.set_ranges((DateRange("a", "kind", T0),))
    assert b"EXT-X-DATERANGE" in await body()


async def test_what_a_trim_cuts_off_is_served_from_memory_no_more(stage: Stage) -> None:
    await stage.parts(6 * 3)
    stage.channel.end()
    stage.channel.end_broadcast()
    await stage.channel.settled()
    assert await stage.channel.part(1, "720p", 2, 0, preview=False)
    stage.channel.trim(None, T0 + timedelta(seconds=3))
    for directives in (NOW, Directives(2, 0)):
        assert uris(await stage.text(directives)) == ["1/720p/0.m4s", "1/720p/1.m4s"]
    with pytest.raises(NotFound):
        await stage.channel.part(1, "720p", 2, 0, preview=False)
    assert await stage.channel.part(1, "720p", 1, 0, preview=False)


async def test_a_show_that_ended_in_an_earlier_process_is_a_replay(stage: Stage) -> None:
    await stage.parts(12)
    again = LiveStream("c", stage.recording, stage.recording.load(), clock=stage.clock)
    answer = await again.playlist("360p", NOW, preview=False, ended=True)
    assert answer.body.endswith(b"1/360p/1.m4s\n#EXT-X-ENDLIST\n")
    await again.close()


# --- the registry ---


async def test_a_channel_is_opened_once_and_closed_when_idle() -> None:
    registry = LiveStreamRegistry(lambda _: MemoryRecording(), channels_max=2, idle_s=0)
    first, same = await asyncio.gather(registry.open("a"), registry.open("a"))
    assert first is same
    first.begin_broadcast(RUNGS, INITS)
    await registry.open("b")
    await registry.open("c")  # takes the place of b, which nobody uses
    assert await registry.open("a") is first
    await registry.close()


async def test_more_channels_in_use_than_allowed_are_refused() -> None:
    registry = LiveStreamRegistry(lambda _: MemoryRecording(), channels_max=1, idle_s=60)
    channel = await registry.open("a")
    channel.held = True  # a publisher who has not sent a picture yet
    with pytest.raises(Unavailable):
        await registry.open("b")
    assert await registry.open("a") is channel
    await registry.close()


async def test_many_replays_do_not_keep_a_publisher_out() -> None:
    registry = LiveStreamRegistry(lambda _: MemoryRecording(), channels_max=2, idle_s=60)
    oldest = await registry.open("a")
    other = await registry.open("b")
    await registry.open("c")  # closes the one that was asked for longest ago
    assert await registry.open("b") is other
    assert await registry.open("a") is not oldest
    await registry.close()
