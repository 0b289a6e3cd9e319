"""Files that were made of recordings move to the store of objects, too, and are downloaded from it.

A file that moves has a mark in its folder from before its first byte is sent, which names the key:
the sweep that deletes files without a row finds the object by it, whatever became of the row.
"""

import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, override

from showfloor.accounts.transactions import verb, write
from showfloor.kernel.errors import Unavailable
from showfloor.media.recording.object_store import ObjectSource
from showfloor.replays.models import FileState, ReplayFile, replay_files
from showfloor.replays.moving import prefix_of
from showfloor.replays.recordings import store

log = logging.getLogger(__name__)

MARK: Final = ".stored"
_needed: Callable[[], Collection[str]] | None = None


def use_needed(needed: Callable[[], Collection[str]]) -> None:
    """Set who says which files (ids) stay on this machine for now. A room above needs them."""
    global _needed
    _needed = needed


def store_next() -> bool:
    """Move the oldest file that is ready; return False when there is none, or no store. The error
    of a store that does not answer is the job's: it is logged, and tried again."""
    objects = store()
    if objects is None:
        return False
    rows = ReplayFile.objects.all_brands().filter(state=FileState.READY, is_stored=False)
    if _needed is not None:
        rows = rows.exclude(pk__in=_needed())
    file = rows.select_related("show").order_by("created_at", "pk").first()
    if file is None:
        return False
    path = Path(replay_files().path(file.name))
    if path.exists():
        key = key_of(file)
        _mark(path, key)  # first: what is there of an upload that is cut off is found by it
        try:
            objects.upload(key, _File(path), lambda _sent: None)
        finally:
            _mark(path, key)  # again: a sweep may have followed the first one meanwhile
    _note_stored(file)
    path.unlink(missing_ok=True)
    log.info("replay_file_stored show=%s bytes=%d", file.show.slug, file.bytes)
    return True


def key_of(file: ReplayFile) -> str:
    """Return the key of a file. It has a prefix of its own, so that it is deleted by it."""
    return f"{prefix_of(file.show)}files/{file.pk}/{Path(file.name).name}"


def download_url(file: ReplayFile, filename: str) -> str:
    """Return an address for a few minutes; Unavailable without the store that the file is in."""
    objects = store()
    if objects is None:
        raise Unavailable("This server has no object storage set up (any more).")
    return objects.signed_url(key_of(file), filename)


def delete_marked(path: Path) -> bool:
    """Delete the object that a mark names; return whether it is gone. OSError: not now."""
    objects = store()
    if objects is None:
        return False
    objects.delete_below(path.read_text("utf-8").rpartition("/")[0] + "/")
    return True


def mark_again(file: ReplayFile) -> None:
    """Write the mark of a file in the store where it is not on the disk (any more)."""
    path = Path(replay_files().path(file.name))
    if not path.with_name(path.name + MARK).exists():
        _mark(path, key_of(file))


def _mark(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + MARK).write_text(key, "utf-8")


@verb
def _note_stored(file: ReplayFile) -> None:
    with write():
        ReplayFile.objects.all_brands().filter(pk=file.pk).update(is_stored=True)


class _File(ObjectSource):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size

    @property
    @override
    def size(self) -> int:
        return self._size

    @override
    def read(self, start: int, length: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(length)
