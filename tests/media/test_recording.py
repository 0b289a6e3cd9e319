"""The index on disk: what a crash may and may not take away."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from showfloor.adapters.filesystem import recording as files
from showfloor.adapters.filesystem.recording import INDEX_NAME, FileRecording
from showfloor.media.recording.index import (
    BroadcastRecord,
    RecordingIndex,
    RungInfo,
    SegmentRecord,
    still_kept,
)
from tests.support.media import T0
from tests.support.waiting import wait_until

RUNG = RungInfo("720p", 1280, 720, 30, 2500, "avc1.64001f,mp4a.40.2")
BROADCAST = BroadcastRecord(1, (RUNG,))


def segment(msn: int, *, duration: Fraction = Fraction(2), broadcast: int = 1) -> SegmentRecord:
    start = T0 + timedelta(seconds=2 * msn)
    return SegmentRecord(msn, broadcast, False, start, duration, True, {"720p": 4})


def filled(folder: Path, count: int = 3) -> FileRecording:
    recording = FileRecording(folder)
    recording.begin(BROADCAST, {"720p": b"init"})
    for msn in range(count):
        recording.append(segment(msn), {"720p": b"%04d" % msn})
    return recording


def test_written_records_are_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "channel"
    recording = filled(folder, 2)
    recording.append(segment(2, duration=Fraction(23, 30)), {"720p": b"0002"})
    assert FileRecording(folder).load() == RecordingIndex(
        {1: BROADCAST}, (segment(0), segment(1), segment(2, duration=Fraction(23, 30))), 2, 3
    )
    assert recording.read_init(1, "720p") == b"init"
    assert recording.read_segment(1, "720p", 1) == b"0001"
    assert json.loads((folder / INDEX_NAME).read_text().splitlines()[3]) == {
        "msn": 2, "broadcast": 1, "discontinuity": False, "pdt": "2026-03-01T18:30:04.000Z",
        "duration": "23/30", "public": True, "rungs": {"720p": {"bytes": 4}}, "init": 1,
    }  # fmt: skip


def test_a_channel_without_a_folder_is_empty(tmp_path: Path) -> None:
    assert FileRecording(tmp_path / "none").load() == RecordingIndex({}, (), 1, 0)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "torn", [b'{"msn":3,"broadc', b"\0\0\0\0", b'{"msn":3}', b'{"msn":3}\n', b"[1]\n", b"x\n"]
)
def test_a_torn_tail_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    recording = filled(tmp_path)
    path = tmp_path / INDEX_NAME
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert FileRecording(tmp_path).load().msn_next == 3
    assert path.read_bytes() == whole
    recording.append(segment(3), {"720p": b"0003"})
    assert [s.msn for s in FileRecording(tmp_path).load().segments] == [0, 1, 2, 3]


def test_a_damaged_line_in_the_middle_costs_only_itself(tmp_path: Path) -> None:
    filled(tmp_path)
    path = tmp_path / INDEX_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"#" + lines[2], lines[3]]))
    index = FileRecording(tmp_path).load()
    assert ([s.msn for s in index.segments], index.msn_next) == ([0, 2], 3)


def test_files_without_a_line_are_ignored_but_their_broadcast_is_used_up(tmp_path: Path) -> None:
    filled(tmp_path)
    orphan = tmp_path / "7" / "720p"
    orphan.mkdir(parents=True)
    (orphan / "3.m4s").write_bytes(b"served")
    index = FileRecording(tmp_path).load()
    assert (index.msn_next, index.broadcast_next, len(index.segments)) == (3, 8, 3)


def add_parts(recording: FileRecording, msn: int, count: int) -> None:
    for n in range(1, count + 1):
        so_far = replace(
            segment(msn, duration=Fraction(n, 3)), sizes={"720p": 2 * n, "360p": 3 * n}
        )
        recording.add_part(so_far, {"720p": b"%02d" % n, "360p": b"%03d" % n})


def test_open_segment_is_completed_with_the_parts_that_it_had(tmp_path: Path) -> None:
    recording = filled(tmp_path)
    add_parts(recording, 3, 2)
    for _ in range(2):  # the second time it stands in the index
        index = FileRecording(tmp_path).load()
        assert [s.msn for s in index.segments] == [0, 1, 2, 3]
        assert index.segments[3] == replace(
            segment(3, duration=Fraction(2, 3)), sizes={"720p": 4, "360p": 6}
        )
        assert (index.msn_next, index.broadcast_next) == (4, 2)
        assert recording.read_segment(1, "720p", 3) == b"0102"
        assert recording.read_segment(1, "360p", 3) == b"001002"


@pytest.mark.parametrize("left", [b"0102", b"010", b"0103xx", b"01\0\0\0\0"])
def test_part_that_is_not_all_there_is_left_out(tmp_path: Path, left: bytes) -> None:
    """As a power cut leaves it: the line is there, its bytes are not."""
    recording = filled(tmp_path)
    add_parts(recording, 3, 3)
    (tmp_path / "1" / "720p" / "3.m4s").write_bytes(left)
    kept = 2 if left.startswith(b"0102") else 1
    index = FileRecording(tmp_path).load()
    assert index.segments[3].duration == Fraction(kept, 3)
    assert recording.read_segment(1, "720p", 3) == b"0102"[: 2 * kept]
    assert recording.read_segment(1, "360p", 3) == b"001002"[: 3 * kept]


def test_number_of_an_open_segment_that_is_gone_is_not_given_again(tmp_path: Path) -> None:
    add_parts(filled(tmp_path), 3, 2)
    (tmp_path / "1" / "360p" / "3.m4s").unlink()
    index = FileRecording(tmp_path).load()
    assert ([s.msn for s in index.segments], index.msn_next) == ([0, 1, 2], 4)


def test_part_behind_a_missing_one_is_passed_over(tmp_path: Path) -> None:
    recording = filled(tmp_path)
    add_parts(recording, 3, 1)
    third = replace(segment(3, duration=Fraction(1)), sizes={"720p": 6, "360p": 9})
    recording.add_part(third, {"720p": b"03", "360p": b"003"})
    assert FileRecording(tmp_path).load().segments[3].duration == Fraction(1, 3)
    assert recording.read_segment(1, "720p", 3) == b"01"


def test_complete_segment_counts_and_not_its_parts(tmp_path: Path) -> None:
    recording = filled(tmp_path)
    add_parts(recording, 3, 3)
    recording.append(segment(3), {"720p": b"0003"})
    index = FileRecording(tmp_path).load()
    assert (index.segments[3:], index.msn_next) == ((segment(3),), 4)
    assert recording.read_segment(1, "720p", 3) == b"0003"


def test_a_failed_write_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = filled(tmp_path)
    before = (tmp_path / INDEX_NAME).read_bytes()
    real_fsync = os.fsync

    def fail_for_the_index(fd: int) -> None:
        if Path(f"/proc/self/fd/{fd}").readlink().name == INDEX_NAME:
            raise OSError(28, "No space left on device")
        real_fsync(fd)

    monkeypatch.setattr(os, "fsync", fail_for_the_index)
    with pytest.raises(OSError, match="No space"):
        recording.append(segment(3), {"720p": b"0003"})
    assert (tmp_path / INDEX_NAME).read_bytes() == before


def test_segment_that_does_not_fit_leaves_nothing_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = filled(tmp_path)
    write = files._write_file

    def runs_out(path: Path, data: bytes) -> None:
        if "360p" in path.parts:
            write(path, data[:1])
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(files, "_write_file", runs_out)
    with pytest.raises(OSError, match="No space"):
        recording.append(segment(3), {"720p": b"0003", "360p": b"0003"})
    assert not list(tmp_path.rglob("3.m4s"))
    assert [record.msn for record in recording.load().segments] == [0, 1, 2]


def test_removed_media_is_gone_and_removing_it_again_is_fine(tmp_path: Path) -> None:
    recording = filled(tmp_path)
    recording.remove(segment(0))
    recording.remove(segment(0))
    with pytest.raises(FileNotFoundError):
        recording.read_segment(1, "720p", 0)
    assert recording.read_segment(1, "720p", 1) == b"0001"


def test_deleted_recording_is_gone_and_a_deletion_that_stopped_can_go_on(tmp_path: Path) -> None:
    recording = filled(tmp_path / "c")
    add_parts(recording, 3, 1)
    assert recording.peek() == RecordingIndex({1: BROADCAST}, (segment(0), segment(1), segment(2)))
    (tmp_path / "c" / "1" / "720p" / "0.m4s").unlink()  # where it stopped
    recording.delete()
    recording.delete()
    assert list(tmp_path.iterdir()) == []


def test_later_record_of_a_segment_fills_the_gap_of_the_first(tmp_path: Path) -> None:
    recording = filled(tmp_path, 1)
    gaps = [replace(segment(msn), sizes={}) for msn in (1, 2)]
    for gap in gaps:
        recording.append(gap, {})
    recording.append(segment(1), {"720p": b"0001"})
    for index in (recording.peek(), FileRecording(tmp_path).load()):
        assert list(index.segments) == [segment(0), segment(1), gaps[1]]


# Runs a channel on made-up parts as fast as the disk takes them and says what it lists.
WRITER = """
import asyncio, sys
from pathlib import Path
from showfloor.adapters.filesystem.recording import FileRecording
from showfloor.media.hls.blocking_reload import Directives
from showfloor.media.hls.live_streams import LiveStreamRegistry
from tests.support.media import INITS, RUNGS, part

async def main():
    registry = LiveStreamRegistry(lambda name: FileRecording(Path(sys.argv[1]) / name))
    channel = await registry.open("c")
    channel.set_public(True)
    channel.begin_broadcast(RUNGS, INITS)
    number = 0
    while True:
        channel.add_part(part(number))
        number += 1
        await channel.settled()
        if number < 6:
            continue
        text = (await channel.playlist("720p", Directives(), preview=False)).body.decode()
        parts = [line for line in text.splitlines() if line.startswith("#EXT-X-PART:")]
        sys.stdout.write(parts[-1].split('URI="')[1].rstrip('"') + "\\n")
        sys.stdout.flush()

asyncio.run(main())
"""


def test_twenty_random_kills_lose_no_listed_part(tmp_path: Path) -> None:
    chance = random.Random(20)
    listed: set[str] = set()
    environ: Mapping[str, str] = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for kill in range(20):
        out = tmp_path / f"listed-{kill}"
        with out.open("wb") as stdout:
            child = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(tmp_path)], stdout=stdout, env=environ
            )
        wanted = chance.randint(1, 40)
        wait_until(lambda out=out, n=wanted: out.read_bytes().count(b"\n") >= n, 30)  # type: ignore[misc]
        child.send_signal(signal.SIGKILL)
        child.wait(10)
        # A line that was cut by the kill was not shown to anyone.
        listed |= {line for line in out.read_text().split("\n")[:-1] if line}
    index = FileRecording(tmp_path / "c").load()
    parts = ((s, n) for s in index.segments for n in range(round(s.duration * 3)))
    recorded = {f"{s.broadcast}/720p/{s.msn}.{n}.m4s" for s, n in parts}
    assert len(listed) >= 20
    assert listed <= recorded
    assert [s.msn for s in index.segments] == list(range(len(index.segments)))
    assert index.broadcast_next == 21
    for s in index.segments:
        body = FileRecording(tmp_path / "c").read_segment(s.broadcast, "360p", s.msn)
        assert len(body) == s.sizes["360p"]


def test_kept_segments_are_found_from_the_newest_on(tmp_path: Path) -> None:
    recording = FileRecording(tmp_path)
    segments = [segment(msn) for msn in range(4)]
    for one in segments:
        recording.append(one, dict.fromkeys(one.sizes, b"media"))
    assert still_kept(recording, segments) == segments
    for one in segments[:2]:
        recording.remove(one)
    assert still_kept(recording, segments) == segments[2:]
    for one in segments[2:]:
        recording.remove(one)
    assert still_kept(recording, segments) == []
