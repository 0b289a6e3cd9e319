"""The time that a disk lasts, and the moment at which recording stops."""

import pytest

from showfloor.media.recording.storage import Storage, StorageReport
from tests.media.test_origin import MemoryRecording, Stage, uris
from tests.support.media import FixedClock

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


async def test_full_disk_stops_the_recording_and_the_live_picture_goes_on() -> None:
    disk = Disk(2000)
    stage = await live(disk)
    await stage.parts(6)
    disk.free = 1000 * MIB
    await stage.parts(12)
    assert stage.recording.bodies.keys() >= {(1, "720p", 0)}
    assert not {(1, "720p", 1), (1, "720p", 2)} & stage.recording.bodies.keys()
    assert "EXT-X-GAP" not in await stage.text()
    assert uris(await stage.text())[-2:] == ["1/720p/2.m4s", "1/720p/3.0.m4s"]
    assert await stage.channel.segment(1, "720p", 2, preview=False)  # from memory
    assert stage.channel.recorder.segments_lost == 2
    assert not stage.channel.recorder.is_failing
    disk.free = 2000 * MIB
    await stage.parts(6)
    assert (1, "720p", 3) in stage.recording.bodies
    await stage.channel.close()


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
    assert (stage.channel.recorder.is_failing, stage.channel.recorder.segments_lost) == (False, 6)
    assert [record.getMessage() for record in caplog.records] == [
        "recording_failed channel=c reason=[Errno 28] No space left on device",
        "recording_works_again channel=c lost=6",
    ]
    await stage.channel.close()
