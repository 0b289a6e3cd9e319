"""A recording in a folder: `index.jsonl`, and `<broadcast>/<rung>/<msn>.m4s` with `init.mp4`.

Each line of the index is written after the files that it speaks of are on the disk (fsync of the
files and of their folder), and is itself on the disk before the call returns. A crash can leave
files without a line, which are ignored, and half a line at the end, which is cut off.

The segment that is open grows in its files part by part, without fsync. `open.jsonl` has a line for
each of its parts: the segment's record so far, and a checksum of each file up to there. `load`
completes the segment with the last line that its files bear out.
"""

import json
import logging
import os
import shutil
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, override

from showfloor.media.recording.index import (
    BroadcastRecord,
    Recording,
    RecordingIndex,
    SegmentRecord,
    broadcast_from_json,
    broadcast_to_json,
    segment_from_json,
    segment_to_json,
)

log = logging.getLogger(__name__)

INDEX_NAME: Final = "index.jsonl"
OPEN_NAME: Final = "open.jsonl"
_syncing: Final = ThreadPoolExecutor(6, thread_name_prefix="fsync")  # for all recordings


class FileRecording(Recording):
    """A `Recording` in a folder, which is made with the first write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[Path] = set()
        self._open: _OpenFiles | None = None

    def peek(self) -> RecordingIndex:
        """Return the complete records, and change nothing: the recording may be written now."""
        path = self._folder / INDEX_NAME
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        records = [record for record in map(_parse_line, lines) if record is not None]
        broadcasts, segments = _sorted_records(records)
        return RecordingIndex(broadcasts, tuple(segments))

    def delete(self) -> None:
        """Delete the whole recording: its index last, so that a deletion that was stopped is seen
        and done again."""
        if not self._folder.exists():
            return
        for path in sorted(self._folder.iterdir(), key=lambda one: one.name == INDEX_NAME):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        self._folder.rmdir()

    @override
    def load(self) -> RecordingIndex:
        broadcasts, segments = _sorted_records(self._read_records())
        msn_next = segments[-1].msn + 1 if segments else 0
        parts = [part for part in self._read_parts() if part.so_far.msn >= msn_next]
        if parts:
            msn_next = parts[-1].so_far.msn + 1  # also when it is not to be completed
            if (completed := self._complete(parts, broadcasts)) is not None:
                segments.append(completed)
        # A broadcast that has a folder but no line may have been served: its number is used up.
        used = [*broadcasts, *self._numbered_folders()]
        return RecordingIndex(
            broadcasts, tuple(segments), max(used, default=0) + 1, msn_next
        )  # fmt: skip

    @override
    def begin(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> None:
        self._write(
            {self._rung_folder(broadcast.number, rung) / "init.mp4": inits[rung] for rung in inits}
        )
        self._append_line(broadcast_to_json(broadcast))

    @override
    def add_part(self, so_far: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        before = {rung: so_far.sizes[rung] - len(body) for rung, body in bodies.items()}
        crcs = dict.fromkeys(bodies, 0)
        is_first = not any(before.values())
        if not is_first:
            opened = self._open
            if opened is None or (opened.msn, opened.sizes) != (so_far.msn, before):
                return  # one of its parts is missing, and a hole cannot be completed
            crcs = dict(opened.crcs)
        self._open = None  # until all of it is written
        for rung, body in bodies.items():
            folder = self._rung_folder(so_far.broadcast, rung)
            self._make_folder(folder)
            _write_at(folder / f"{so_far.msn}.m4s", before[rung], body)
            crcs[rung] = zlib.crc32(body, crcs[rung])
        line = json.dumps(
            {"segment": segment_to_json(so_far), "crc32": crcs}, separators=(",", ":")
        )
        with (self._folder / OPEN_NAME).open("wb" if is_first else "ab") as file:
            file.write(line.encode() + b"\n")
        self._open = _OpenFiles(so_far.msn, dict(so_far.sizes), crcs)

    @override
    def append(self, segment: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        name = f"{segment.msn}.m4s"
        self._write(
            {self._rung_folder(segment.broadcast, rung) / name: bodies[rung] for rung in bodies}
        )
        self._append_line(segment_to_json(segment))

    @override
    def read_init(self, broadcast: int, rung: str) -> bytes:
        return (self._rung_folder(broadcast, rung) / "init.mp4").read_bytes()

    @override
    def read_segment(self, broadcast: int, rung: str, msn: int) -> bytes:
        return (self._rung_folder(broadcast, rung) / f"{msn}.m4s").read_bytes()

    @override
    def keeps(self, segment: SegmentRecord) -> bool:
        folders = (self._rung_folder(segment.broadcast, rung) for rung in segment.sizes)
        return any((folder / f"{segment.msn}.m4s").exists() for folder in folders)

    @override
    def remove(self, segment: SegmentRecord) -> None:
        for rung in segment.sizes:
            path = self._rung_folder(segment.broadcast, rung) / f"{segment.msn}.m4s"
            path.unlink(missing_ok=True)

    def _rung_folder(self, broadcast: int, rung: str) -> Path:
        return self._folder / str(broadcast) / rung

    def _numbered_folders(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        return [int(path.name) for path in self._folder.iterdir() if path.name.isdecimal()]

    def _read_records(self) -> list[SegmentRecord | BroadcastRecord]:
        """Return the records of the complete lines; the rest is cut off the file."""
        path = self._folder / INDEX_NAME
        if not path.exists():
            return []
        data = path.read_bytes()
        records: list[SegmentRecord | BroadcastRecord] = []
        good = position = 0
        for raw in data.splitlines(keepends=True):
            position += len(raw)
            record = _parse_line(raw)
            if record is None:
                log.error("recording_index_damaged folder=%s at=%d", self._folder, position)
                continue
            records.append(record)
            good = position
        if good < len(data):
            log.warning("recording_index_cut folder=%s bytes=%d", self._folder, len(data) - good)
            with path.open("r+b") as file:
                file.truncate(good)
                os.fsync(file.fileno())
        return records

    def _read_parts(self) -> list["_PartLine"]:
        """Return the lines about the parts of the segment that was open."""
        path = self._folder / OPEN_NAME
        if not path.exists():
            return []
        lines = (_parse_part(raw) for raw in path.read_bytes().splitlines(keepends=True))
        return [line for line in lines if line is not None]

    def _complete(
        self, parts: Sequence["_PartLine"], broadcasts: Mapping[int, BroadcastRecord]
    ) -> SegmentRecord | None:
        """Put the open segment into the index, with those of its parts that are whole."""
        for part in reversed(parts):
            record = part.so_far
            if record.broadcast not in broadcasts:
                continue
            bodies = {rung: self._read_start(record, rung) for rung in record.sizes}
            if all(zlib.crc32(body) == part.crcs.get(rung) for rung, body in bodies.items()):
                log.warning(
                    "recording_open_segment_completed folder=%s msn=%d duration_s=%.2f",
                    self._folder, record.msn, float(record.duration),
                )  # fmt: skip
                try:
                    self._close_files(record)
                except OSError as error:  # tried again with the next load
                    log.warning("recording_index_behind folder=%s reason=%s", self._folder, error)
                return record
        return None

    def _close_files(self, record: SegmentRecord) -> None:
        """Cut off the bytes after a record's parts, and list it."""
        for rung in record.sizes:
            path = self._rung_folder(record.broadcast, rung) / f"{record.msn}.m4s"
            with path.open("r+b") as file:
                file.truncate(record.sizes[rung])
                os.fsync(file.fileno())
            sync_folder(path.parent)
        self._append_line(segment_to_json(record))

    def _read_start(self, record: SegmentRecord, rung: str) -> bytes:
        path = self._rung_folder(record.broadcast, rung) / f"{record.msn}.m4s"
        try:
            with path.open("rb") as file:
                return file.read(record.sizes[rung])
        except FileNotFoundError:
            return b""

    def _write(self, files: Mapping[Path, bytes]) -> None:
        """Write files of different folders and make them durable, side by side: a file system
        commits them together, which takes a third of the time of one after the other."""
        for path in files:
            self._make_folder(path.parent)
        try:
            list(_syncing.map(_write_file, files.keys(), files.values()))
            list(_syncing.map(sync_folder, {path.parent for path in files}))
        except OSError:
            # No line will name them, and a full disk needs every byte.
            for path in files:
                path.unlink(missing_ok=True)
            raise

    def _append_line(self, line: Mapping[str, object]) -> None:
        path = self._folder / INDEX_NAME
        is_new = not path.exists()
        with path.open("ab") as file:
            start = file.tell()
            try:
                file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                # Half a line must not stand before the next one.
                os.ftruncate(file.fileno(), start)
                raise
        if is_new:
            sync_folder(self._folder)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._made:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for parent in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
            sync_folder(parent)
        self._made.add(folder)


@dataclass(frozen=True, slots=True)
class _OpenFiles:
    """The open segment: the content of its files, by rung."""

    msn: int
    sizes: Mapping[str, int]
    crcs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _PartLine:
    so_far: SegmentRecord
    crcs: Mapping[str, int]


def _sorted_records(
    records: Sequence[SegmentRecord | BroadcastRecord],
) -> tuple[dict[int, BroadcastRecord], list[SegmentRecord]]:
    """Return broadcasts and segments by their numbers. Of two records of a segment the later one
    counts: it fills the gap that the first one was."""
    broadcasts = {one.number: one for one in records if isinstance(one, BroadcastRecord)}
    by_msn = {one.msn: one for one in records if isinstance(one, SegmentRecord)}
    return broadcasts, [by_msn[msn] for msn in sorted(by_msn)]


def _write_file(path: Path, data: bytes) -> None:
    """Write over the file's parts: a death in the middle destroys no part that was served."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _write_at(path: Path, position: int, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    with os.fdopen(fd, "wb") as file:
        file.seek(position)
        file.write(data)


def _parse_part(raw: bytes) -> _PartLine | None:
    """Return a part's line; None for a torn one."""
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
        return _PartLine(segment_from_json(line["segment"]), dict(line["crc32"]))
    except (ValueError, KeyError, TypeError):
        return None


def _parse_line(raw: bytes) -> SegmentRecord | BroadcastRecord | None:
    """Return a line's record; None for a torn or damaged one."""
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
        return segment_from_json(line) if "msn" in line else broadcast_from_json(line)
    except (ValueError, KeyError, TypeError):
        return None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
