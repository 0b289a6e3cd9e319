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
from showfloor.replays import encoded_clip, queries, spoken
from showfloor.replays.burnt_captions import BurntCue
from showfloor.replays.encoded_clip import ClipSource
from showfloor.replays.models import FileKind, FileShape, FileState, ReplayFile, replay_files
from showfloor.replays.recordings import Archive, archives

log = logging.getLogger(__name__)

BEST_SIDE: Final = 10_000  # pixels: the best rung there is
COPY_SHARE: Final = 0.05  # of the work on a file that is encoded anew
PERCENT_EVERY_S: Final = 1.0
ENDINGS: Final = {FileKind.VIDEO: "mp4", FileKind.SOUND: "m4a"}


class Failure(StrEnum):
    """The reason why there is no file, for `site` to put into words."""

    NOT_RECORDED = "not-recorded"
    DISK_FULL = "disk-full"
    DAMAGED = "damaged"
    BROKEN = "broken"
    SIZE_CHANGES = "size-changes"


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
    # What is encoded anew stands beside it, and what is looked at for it, which is smaller.
    if not archives().may_write(_size(found, index, side) * (3 if file.is_encoded else 1)):
        raise _Failed(Failure.DISK_FULL)
    chapters = queries.chapters(file.show, found, start, end)

    def write(target: Path, side: int, on_progress: Callable[[float], None]) -> None:
        with target.open("wb") as out:
            write_mp4(
                out, _sources(found, index, archive, side), start=found.start, end=found.end,
                chapters=chapters, has_picture=has_picture, on_progress=on_progress,
            )  # fmt: skip

    if not file.is_encoded:
        write(path, side, _progress(file))
        return
    source = ClipSource(
        path.with_suffix(".best.mp4"), path.with_suffix(".small.mp4"),
        *_dimensions(found, index), float(found.length),
    )  # fmt: skip
    try:
        write(source.best, BEST_SIDE, _progress(file, 0.0, COPY_SHARE / 2))
        write(source.small, 1, _progress(file, COPY_SHARE / 2, COPY_SHARE))
        encoded_clip.encode(
            source, path, _cues(file, found, start, end),
            is_portrait=file.shape == FileShape.PORTRAIT,
            on_progress=_progress(file, COPY_SHARE, 1.0),
        )  # fmt: skip
    finally:
        source.best.unlink(missing_ok=True)
        source.small.unlink(missing_ok=True)


def _cues(file: ReplayFile, found: Cut, start: datetime, end: datetime) -> list[BurntCue]:
    if not file.captions:
        return []
    said = spoken.words().between(file.show, file.captions, start, end)
    return [
        BurntCue(found.place_of(one.starts_at), found.place_of(one.ends_at), one.text)
        for one in said
    ]


def _dimensions(found: Cut, index: RecordingIndex) -> tuple[int, int]:
    """Return the pixels of the best rung, which are the same in the whole range."""
    sizes = set()
    for number in {segment.broadcast for segment in found.segments}:
        broadcast = index.broadcasts[number]
        best = rung_in(broadcast, BEST_SIDE)
        sizes |= {(one.width, one.height) for one in broadcast.rungs if one.name == best}
    if len(sizes) > 1:
        raise _Failed(Failure.SIZE_CHANGES)
    return sizes.pop()


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


def _progress(file: ReplayFile, first: float = 0.0, last: float = 1.0) -> Callable[[float], None]:
    """Return the teller of how far a file is, for one step of the work from `first` to `last`."""
    told_at = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PERCENT_EVERY_S:
            told_at = time.monotonic()
            _tell(file, percent=int(99 * (first + (last - first) * share)))

    return tell


@verb
def _tell(file: ReplayFile, **values: object) -> None:
    with write():
        if not ReplayFile.objects.all_brands().filter(pk=file.pk).update(**values):
            raise _GivenUp
