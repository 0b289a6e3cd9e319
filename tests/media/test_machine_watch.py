"""The findings about the machine that takes the streams."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from showfloor.adapters.filesystem import disk
from showfloor.adapters.filesystem.disk import DiskReserve, free_bytes
from showfloor.adapters.memory.link import MemoryExchange
from showfloor.media.diagnostics import latest
from showfloor.media.diagnostics.findings import Finding, Level
from showfloor.media.diagnostics.machine_watch import LAGS_KEPT, MachineWatch
from showfloor.media.diagnostics.rules import event_loop_findings
from showfloor.media.recording.storage import Storage, StorageReport
from showfloor.shows.stream_health import SILENT_S, HealthListener
from showfloor.site.stream_words import warnings
from showfloor.timeline.bus import Bus
from tests.support.waiting import await_until

HERE = "this machine"
GIB = 1 << 30
SIZE = 1 << 20


class Disk:
    free = 100 * GIB

    def __call__(self) -> int:
        return self.free


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    latest.forget_machine(HERE)


def watch(room: Disk, folder: Path) -> MachineWatch:
    storage = Storage(room, reserve_bytes=GIB, show_bytes_per_s=GIB / 3600)
    return MachineWatch(storage, DiskReserve(folder, SIZE), partial(latest.report_machine, HERE))


@pytest.mark.parametrize(
    ("free_gib", "findings"),
    [
        (4.5, []),
        (3.5, [Finding("disk-low", Level.FAIR, 2.5)]),
        (1.5, [Finding("disk-low", Level.BAD, 0.5)]),
        (0.5, [Finding("recording-stopped", Level.BAD, 0.5)]),
    ],
)
async def test_disk_is_judged_by_the_hours_it_lasts(
    tmp_path: Path, free_gib: float, findings: list[Finding]
) -> None:
    room = Disk()
    room.free = int(free_gib * GIB)
    machine = watch(room, tmp_path)
    await machine.start()
    assert machine.findings() == findings
    await await_until(lambda: latest.machine() == tuple(findings))
    await machine.stop()


async def test_disk_is_told_in_figures(tmp_path: Path) -> None:
    room = Disk()
    room.free = 3 * GIB
    machine = watch(room, tmp_path)
    assert machine.report() == {}
    await machine.start()
    assert machine.report() == {
        "disk": {
            "free_mb": 3072, "reserve_mb": 1024, "hours_left": 2.0, "recording": True,
            "waiting_in_memory_mb": 0,
        }
    }  # fmt: skip
    await await_until(lambda: latest.disk() == StorageReport(3 * GIB, GIB, 2.0, is_recording=True))
    await machine.stop()


async def test_pauses_of_the_event_loop_count_when_they_come_again(tmp_path: Path) -> None:
    machine = watch(Disk(), tmp_path)
    machine._lags.extend([0.0] * LAGS_KEPT)
    machine._lags.extend([4.0, 1.0])
    assert machine.findings() == []
    machine._lags.append(1.2)
    assert machine.findings() == [Finding("server-busy", Level.FAIR, 1.0)]
    assert event_loop_findings(2.0) == [Finding("server-busy", Level.BAD, 2.0)]


async def test_consoles_of_other_processes_hear_of_the_machine() -> None:
    class Clock:
        now = 1000.0

        def __call__(self) -> float:
            return self.now

    exchange, clock, far = MemoryExchange(), Clock(), Bus()
    near = Bus()
    exchange.join(near)
    exchange.join(far)
    listener = HealthListener(far, clock)
    await listener.start()
    finding = {"code": "disk-low", "level": "bad", "figure": 0.5}
    report = StorageReport(GIB, GIB // 2, 0.5, is_recording=True)
    told = {"machine": "one", "findings": [finding], "disk": asdict(report)}
    near.publish("machine-health", told)
    assert latest.machine() == (Finding("disk-low", Level.BAD, 0.5),)
    assert latest.disk() == report
    near.publish("machine-health", {"machine": "one", "findings": [{"code": "x"}]})  # passed over
    assert latest.machine() == (Finding("disk-low", Level.BAD, 0.5),)
    clock.now += SILENT_S / 2
    busy = {"code": "server-busy", "level": "fair", "figure": 1.0}
    less = {**finding, "level": "fair", "figure": 2.0}
    other = {"machine": "two", "findings": [busy, less], "disk": None}
    near.publish("machine-health", other)
    assert latest.machine("one") == (Finding("disk-low", Level.BAD, 0.5),)
    assert [one.code for one in latest.machine("two")] == ["server-busy", "disk-low"]
    assert latest.machine() == (  # of a show that nobody sends
        Finding("disk-low", Level.BAD, 0.5), Finding("server-busy", Level.FAIR, 1.0)
    )  # fmt: skip
    assert (latest.disk("two"), latest.disk()) == (None, report)
    clock.now += SILENT_S / 2 + 1
    listener.forget_silent()
    assert [one.code for one in latest.machine()] == ["server-busy", "disk-low"]
    clock.now += SILENT_S
    listener.forget_silent()
    assert (latest.machine(), latest.disk()) == ((), None)
    await listener.stop()


def test_warning_says_figure_and_remedy() -> None:
    assert warnings([Finding("disk-low", Level.BAD, 0.5)]) == [
        {
            "code": "disk-low",
            "level": "bad",
            "words": "The disk has room for 0.5 more hours of recording.",
            "advice": "Free space on the server, or delete old recordings, before it is full.",
        }
    ]


def test_reserve_is_given_back_to_the_database_when_others_fill_the_disk(tmp_path: Path) -> None:
    room = Disk()
    reserve = DiskReserve(tmp_path, SIZE, room)
    reserve.settle()
    file = tmp_path / disk.NAME
    assert file.stat().st_blocks * 512 >= SIZE  # not a hole
    room.free = SIZE // 2
    reserve.settle()
    assert file.exists()
    room.free -= 1
    reserve.settle()
    assert not file.exists()
    room.free = 4 * SIZE
    reserve.settle()
    assert not file.exists()  # not as soon as there is room for it again
    room.free += 1
    reserve.settle()
    assert file.exists()
    reserve.release()
    assert not file.exists()


def test_free_space_of_a_folder_that_is_not_made_yet_is_its_disks(tmp_path: Path) -> None:
    assert abs(free_bytes(tmp_path / "a" / "b") - free_bytes(tmp_path)) < GIB
