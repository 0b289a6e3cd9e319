"""All recordings below one folder, to read, to move and to delete."""

from pathlib import Path
from typing import override

from showfloor.adapters.filesystem.disk import free_bytes
from showfloor.adapters.filesystem.stored_recording import StoredRecording
from showfloor.media.recording.object_store import ObjectStore
from showfloor.replays.recordings import Archive, Archives


class FileArchives(Archives):
    def __init__(self, folder: Path, reserve_bytes: int, store: ObjectStore | None = None) -> None:
        self._folder = folder
        self._store = store
        self._reserve_bytes = reserve_bytes

    @override
    def archive(self, channel_id: str) -> Archive:
        assert channel_id.isalnum(), "the id names a folder"
        return StoredRecording(self._folder / channel_id, self._store)

    @override
    def may_write(self, size: int) -> bool:
        return free_bytes(self._folder) - size >= self._reserve_bytes
