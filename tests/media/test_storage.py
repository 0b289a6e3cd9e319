"""The time that a disk lasts, and the moment at which recording stops."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.media.hls.origin import LiveStream
from showfloor.media.recording.backlog import MemoryBudget
from showfloor.media.recording.storage import Storage, StorageReport
from tests.media.test_origin import MemoryRecording, Stage, uris
from tests.support.media import INITS, RUNGS, FixedClock, part, payload
from tests.support.waiting import await_until

MIB = 1 << 20
RESERVE = 1024 * MIB
HOUR_BYTES = 3600 * MIB  # of one show, by its ladder


class Disk:
    """A disk whose free space the test sets."""

    def __init__(self, free_mib: int) -> None:
        self.free: int | OSError = free_mib * MIB

    def __call__(self) -> int:
        if isinstance(self.free, OSError):
            raise self.free
        return self.free


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def storage(disk: Disk, clock: Seconds | None = None) -> Storage:
    return Storage(
        disk, reserve_bytes=RESERVE, show_bytes_per_s=HOUR_BYTES / 3600, clock=clock or Seconds()
    )


def test_disk_that_was_not_asked_is_not_reported() -> None:
    assert storage(Disk(5000)).report() is None


def test_hours_left_are_those_of_one_show_before_anything_is_recorded() -> None:
    room = storage(Disk(1024 + 7200))
    assert room.may_record()
    assert room.report() == StorageReport((1024 + 7200) * MIB, RESERVE, 2.0, True)


def test_hours_left_follow_the_rate_of_the_last_minute() -> None:
    clock = Seconds()
    room = storage(Disk(1024 + 7200), clock)
    room.may_record()
    for _ in range(30):
        room.wrote(8 * MIB)  # 4 MiB/s, as four shows
        clock.now += 2
    report = room.report()
    assert report is not None
    assert report.hours_left == pytest.approx(0.5, rel=0.04)
    clock.now += 61  # all shows are over
    report = room.report()
    assert report is not None
    assert report.hours_left == 2.0


def test_first_segment_does_not_count_as_a_rate_of_its_own() -> None:
    room = storage(Disk(1024 + 7200))
    room.may_record()
    room.wrote(10 * MIB)
    report = room.report()
    assert report is not None
    assert report.hours_left == pytest.approx(2.0)


def test_recording_stops_at_the_reserve_and_resumes_well_above_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk = Disk(1024)
    room = storage(disk)
    said = []
    for free in (1024, 1023, 1023, 1100, 1279, 1280, 1100):
        disk.free = free * MIB
        said.append(room.may_record())
    assert said == [True, False, False, False, False, True, True]
    assert [record.getMessage() for record in caplog.records] == [
        "recording_stopped free_mb=1023 reserve_mb=1024",
        "recording_goes_on free_mb=1280 reserve_mb=1024",
    ]


def test_disk_that_does_not_answer_changes_nothing() -> None:
    disk = Disk(5000)
    room = storage(disk)
    disk.free = OSError(5, "Input/output error")
    assert room.may_record()
    assert room.report() is None


async def test_full_disk_is_caught_up_with_from_memory_when_it_has_room() -> None:
    disk = Disk(2000)
    stage = await live(disk)
    await stage.parts(6)
    disk.free = 1000 * MIB
    await stage.parts(6 * 13)
    recorder = stage.channel.recorder
    assert (recorder.held_s, recorder.is_failing, recorder.segments_lost) == (26.0, False, 0)
    assert {key[2] for key in stage.recording.bodies} == {"init", 0}
    # The index names them as gaps, for a restart; viewers have them, also behind the live edge.
    assert {record.msn for record in stage.recording.segments if not record.sizes} == set(
        range(1, 14)
    )
    assert "EXT-X-GAP" not in await stage.text()
    assert await stage.channel.segment(1, "480p", 2, preview=False) == whole(2, "480p")
    disk.free = 2000 * MIB
    await stage.parts(6)
    await await_until(lambda: not recorder.waiting)
    assert (recorder.held_s, recorder.segments_lost) == (0, 0)
    await stage.open(window_s=600)
    assert "EXT-X-GAP" not in await stage.text()
    assert await stage.channel.segment(1, "480p", 2, preview=False) == whole(2, "480p")
    await stage.channel.close()


def whole(msn: int, rung: str) -> bytes:
    return b"".join(payload(1, rung, msn, index) for index in range(6))


async def test_media_beyond_the_bound_of_memory_is_a_gap_and_the_latest_is_kept() -> None:
    disk = Disk(1000)
    size = sum(len(whole(19, rung.name)) for rung in RUNGS)
    memory = MemoryBudget(4 * size)
    room = Storage(disk, reserve_bytes=RESERVE, show_bytes_per_s=1.0, memory=memory)
    stage = Stage(MemoryRecording(), FixedClock(), storage=room)
    stage.channel.set_public(True)
    stage.begin()
    await stage.parts(6 * 20)
    recorder = stage.channel.recorder
    assert (recorder.segments_lost, recorder.is_losing, recorder.held_s) == (16, True, 8)
    assert 3 * size < memory.used <= memory.bytes_max
    lost = [int(msn) for msn in re.findall(r"EXT-X-GAP\n.*\n1/720p/(\d+)", await stage.text())]
    assert lost == list(range(1, 10))  # the ten after them are in memory for the live edge
    assert await stage.channel.segment(1, "720p", 0, preview=False) == whole(0, "720p")
    disk.free = 2000 * MIB
    await stage.parts(6)
    await await_until(lambda: not recorder.waiting)
    assert (recorder.is_losing, memory.used) == (False, 0)
    kept = [record.msn for record in stage.recording.segments if record.sizes]
    assert kept == [0, 18, 19, 20]
    assert [record.msn for record in stage.recording.segments] == list(range(21))
    await stage.channel.close()


async def test_show_on_a_dead_disk_closes_in_time_and_says_what_it_gave_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(MemoryRecording(), FixedClock())
    stage.channel.set_public(True)
    stage.begin()
    stage.channel.recorder.patience_s = 0.05
    stage.recording.broken = True
    await stage.parts(18)
    assert not stage.channel.idle
    await stage.channel.close()
    assert "recording_given_up channel=c segments=3" in caplog.messages
    assert stage.recording.segments == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of 1 MiB; skips where nobody may mount one."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a disk")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


async def test_real_disk_that_is_full_is_caught_up_with(small_disk: Path) -> None:
    filler = small_disk / "others.bin"
    recording = FileRecording(small_disk / "c")
    channel = LiveStream("c", recording, recording.load())
    channel.set_public(True)
    channel.begin_broadcast(RUNGS, INITS)
    await channel.settled()
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    for number in range(12):
        channel.add_part(part(number))
    await channel.settled()
    assert channel.recorder.is_failing
    filler.unlink()
    await await_until(lambda: not channel.recorder.waiting)
    assert not channel.recorder.is_failing
    await channel.close()
    loaded = FileRecording(small_disk / "c").load()
    assert [(one.msn, sorted(one.sizes)) for one in loaded.segments] == [
        (msn, sorted(rung.name for rung in RUNGS)) for msn in (0, 1)
    ]
    assert recording.read_segment(1, "720p", 1) == whole(1, "720p")


async def test_disk_that_fills_in_mid_segment_keeps_none_of_its_parts() -> None:
    disk = Disk(2000)
    stage = await live(disk)
    await stage.parts(8)
    assert (1, "720p", 1) in stage.recording.bodies  # the parts that were listed
    disk.free = 1000 * MIB
    await stage.parts(4)
    assert (1, "720p", 1) not in stage.recording.bodies
    assert await stage.channel.segment(1, "720p", 1, preview=False)  # from memory
    await stage.channel.close()


async def test_number_of_an_unrecorded_segment_is_not_given_again_after_a_restart() -> None:
    disk = Disk(1000)
    stage = await live(disk)
    stage.channel.recorder.patience_s = 0.05
    await stage.parts(18)
    assert {record.msn: dict(record.sizes) for record in stage.recording.segments} == {
        0: {}, 1: {}, 2: {}
    }  # fmt: skip
    await stage.open(window_s=600)
    await stage.parts(6)
    text = await stage.text()
    assert "#EXT-X-GAP\n#EXTINF:2.00000,\n1/720p/2.m4s\n" in text
    assert "2/720p/3.m4s" in uris(text)
    await stage.channel.close()


async def test_unrecorded_previews_do_not_hide_those_that_are_to_be_removed() -> None:
    disk = Disk(2000)
    stage = await live(disk, public=False)
    await stage.parts(6)
    disk.free = 1000 * MIB
    await stage.parts(6)
    assert [bool(record.sizes) for record in stage.recording.segments] == [True, False]
    assert stage.channel.recorder.segments_lost == 0  # nobody misses a preview
    await stage.channel.close()
    again = Stage(stage.recording, stage.clock)
    again.channel.recorder._thread.shutdown(wait=True)
    assert not [key for key in stage.recording.bodies if key[2] != "init"]
    await again.channel.close()


async def live(disk: Disk, *, public: bool = True) -> Stage:
    """A channel on that disk, with a broadcast."""
    stage = Stage(MemoryRecording(), FixedClock(), storage=storage(disk))
    stage.channel.set_public(public)
    stage.begin()
    return stage


async def test_failing_disk_is_said_once_and_again_when_it_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recording = MemoryRecording()
    stage = Stage(recording, FixedClock())
    stage.channel.set_public(True)
    stage.begin()
    await stage.channel.settled()
    recording.broken = True
    await stage.parts(36)
    assert stage.channel.recorder.is_failing
    recording.broken = False
    await stage.parts(6)
    await await_until(lambda: not stage.channel.recorder.waiting)
    assert (stage.channel.recorder.is_failing, stage.channel.recorder.segments_lost) == (False, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "recording_failed channel=c reason=[Errno 28] No space left on device",
        "recording_works_again channel=c lost=0",
    ]
    await stage.channel.close()
