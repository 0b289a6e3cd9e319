"""The job that makes files of recordings: MP4 and M4A, from segments as they are, one at a time."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from showfloor.accounts.transactions import verb, write
from showfloor.media.packaging.mp4_file import SourceSegment, write_mp4
from showfloor.media.recording.cut import Cut, cut, follows, rung_in
from showfloor.media.recording.index import RecordingIndex
from showfloor.replays import queries
from showfloor.replays.models import FileKind, FileState, ReplayFile, replay_files
from showfloor.replays.recordings import Archive, archives

log = logging.getLogger(__name__)

BEST_SIDE: Final = 10_000  # pixels: the best rung there is
PERCENT_EVERY_S: Final = 1.0
ENDINGS: Final = {FileKind.VIDEO: "mp4", FileKind.SOUND: "m4a"}


class Failure(StrEnum):
    """The reason why there is no file, for `site` to put into words."""

    NOT_RECORDED = "not-recorded"
    DISK_FULL = "disk-full"
    DAMAGED = "damaged"
    BROKEN = "broken"


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class _GivenUp(Exception):
    """The file, its clip or its show is deleted."""


def make_next() -> bool:
    """Make the file that waits longest; return False when none waits. One process runs this: what a
    stopped one left half done is begun again."""
    rows = ReplayFile.objects.all_brands().filter(state__in=[FileState.WAITING, FileState.WORKING])
    file = rows.select_related("show__brand", "clip").order_by("created_at", "pk").first()
    if file is None:
        return False
    path = Path(replay_files().path(f"{file.show_id}/{file.pk}.{ENDINGS[FileKind(file.kind)]}"))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _tell(file, state=FileState.WORKING, percent=0)
        _write(file, path)
        name = path.relative_to(replay_files().location).as_posix()
        size = path.stat().st_size
        _tell(file, state=FileState.READY, percent=100, name=name, bytes=size)
        log.info("replay_file_made show=%s kind=%s bytes=%d", file.show.slug, file.kind, size)
    except _GivenUp:
        path.unlink(missing_ok=True)
    except (_Failed, OSError, ValueError, LookupError) as error:
        path.unlink(missing_ok=True)
        failure = _failure_of(error)
        log.warning("replay_file_failed show=%s reason=%s", file.show.slug, error)
        ReplayFile.objects.all_brands().filter(pk=file.pk).update(
            state=FileState.FAILED, failure=failure
        )
    return True


def _failure_of(error: Exception) -> Failure:
    if isinstance(error, _Failed):
        return error.failure
    return Failure.DAMAGED if isinstance(error, (ValueError, LookupError)) else Failure.BROKEN


def _write(file: ReplayFile, path: Path) -> None:
    start, end = _range(file)
    archive = archives().archive(file.show.channel_id)
    index = archive.peek()
    found = cut(index.segments, start, end)
    if found is None:
        raise _Failed(Failure.NOT_RECORDED)
    has_picture = file.kind == FileKind.VIDEO
    side = BEST_SIDE if has_picture else 1  # the smallest rung holds the same sound
    if not archives().may_write(_size(found, index, side)):
        raise _Failed(Failure.DISK_FULL)
    with path.open("wb") as out:
        write_mp4(
            out, _sources(found, index, archive, side), start=found.start, end=found.end,
            chapters=queries.chapters(file.show, found, start, end), has_picture=has_picture,
            on_progress=_progress(file),
        )  # fmt: skip


def _range(file: ReplayFile) -> tuple[datetime, datetime]:
    if file.clip is not None:
        return file.clip.starts_at, file.clip.ends_at
    show = file.show
    if show.started_at is None or show.ended_at is None:
        raise _Failed(Failure.NOT_RECORDED)
    return show.replay_from or show.started_at, show.replay_until or show.ended_at


def _sources(found: Cut, index: RecordingIndex, archive: Archive, side: int) -> list[SourceSegment]:
    sources = []
    inits: dict[tuple[int, str], bytes] = {}
    before = None
    for segment in found.segments:
        rung = rung_in(index.broadcasts[segment.broadcast], side)
        key = segment.broadcast, rung
        if key not in inits:
            inits[key] = archive.read_init(*key)
        sources.append(
            SourceSegment(
                inits[key],
                partial(archive.read_segment, *key, segment.msn),
                continues=before is not None and follows(before, segment),
            )
        )
        before = segment
    return sources


def _size(found: Cut, index: RecordingIndex, side: int) -> int:
    """Return the bytes of the segments: somewhat more than those of the file."""
    return sum(
        one.sizes.get(rung_in(index.broadcasts[one.broadcast], side), 0) for one in found.segments
    )


def _progress(file: ReplayFile) -> Callable[[float], None]:
    told_at = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PERCENT_EVERY_S:
            told_at = time.monotonic()
            _tell(file, percent=int(99 * share))

    return tell


@verb
def _tell(file: ReplayFile, **values: object) -> None:
    with write():
        if not ReplayFile.objects.all_brands().filter(pk=file.pk).update(**values):
            raise _GivenUp
