"""A recording whose media has moved to a store of objects, while its index stays in its folder.

Each rung of a broadcast is one object: its init segment and its segments in their order, which is
a fragmented MP4 that plays by itself. `stored.json` names the objects and the place of each
segment; it is on the disk before the first file of media is deleted, so that a stop at any moment
leaves each segment in at least one place. Copies of the index and of `stored.json` go into the
store with the media, so that a recording can be found again after the disk was lost.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, override

from showfloor.adapters.filesystem.recording import (
    INDEX_NAME,
    FileRecording,
    sync_folder,
)
from showfloor.media.recording.index import SegmentRecord
from showfloor.media.recording.object_store import ObjectSource, ObjectStore, ObjectStoreError

STORED_NAME: Final = "stored.json"
COPIED: Final = (INDEX_NAME, STORED_NAME)
COPY_BYTES_MAX: Final = 256 << 20  # of a day there are 30 MB


class StoredRecording(FileRecording):
    """A recording in a folder, in the store, or partly in both. `store` None: this installation
    has none (any more)."""

    def __init__(self, folder: Path, store: ObjectStore | None) -> None:
        super().__init__(folder)
        self._store = store
        self._stored_path = folder / STORED_NAME
        self._stored: _Stored | None = None

    @property
    @override
    def is_remote(self) -> bool:
        return self._find_stored() is not None

    @override
    def read_init(self, broadcast: int, rung: str) -> bytes:
        try:
            return super().read_init(broadcast, rung)
        except FileNotFoundError:
            return self._fetch(broadcast, rung, None)

    @override
    def read_segment(self, broadcast: int, rung: str, msn: int) -> bytes:
        try:
            return super().read_segment(broadcast, rung, msn)
        except FileNotFoundError:
            return self._fetch(broadcast, rung, msn)

    @override
    def keeps(self, segment: SegmentRecord) -> bool:
        stored = self._find_stored()
        if stored is not None and stored.has(segment):
            return True
        return super().keeps(segment)

    def move_away(
        self, store: ObjectStore, prefix: str, on_sent: Callable[[int, int], None]
    ) -> int:
        """Upload all media below a prefix of keys, then delete it here; return its bytes. A move
        that was cut off goes on. `on_sent` hears how many bytes of how many are there."""
        if not self._folder.exists():
            return 0  # nothing was ever recorded, or it is deleted
        stored = self._find_stored()
        if stored is None:
            stored = self._upload_all(store, prefix, on_sent)
            _write_durably(self._stored_path, json.dumps(stored.as_json()).encode())
            self._stored = stored
        if not self.copy_index(store, prefix):
            raise FileNotFoundError(f"{self._folder} has no index")
        for path in self._folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        return stored.size

    def copy_index(self, store: ObjectStore, prefix: str) -> bool:
        """Put copies of the index and of the places of the media into the store; return False
        where they are not on the disk (any more)."""
        if not all((self._folder / name).exists() for name in COPIED):
            return False
        for name in COPIED:
            store.put(_copy_key(prefix, name), (self._folder / name).read_bytes())
        return True

    def find_again(self, store: ObjectStore, prefix: str) -> bool:
        """Write the index and the places of the media from their copies below a prefix of keys,
        where they are not on the disk (any more); return whether they are there now."""
        if all((self._folder / name).exists() for name in COPIED):
            return True
        copies = [store.fetch(_copy_key(prefix, name), COPY_BYTES_MAX) for name in COPIED]
        if None in copies:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, data in zip(COPIED, copies, strict=True):
            assert data is not None
            _write_durably(self._folder / name, data)
        self._stored = None
        return True

    def _upload_all(
        self, store: ObjectStore, prefix: str, on_sent: Callable[[int, int], None]
    ) -> "_Stored":
        tracks = self._tracks(prefix)
        total = sum(track.size for track in tracks.values())
        done = 0
        for (broadcast, rung), track in tracks.items():
            source = _Files(self._rung_folder(broadcast, rung), track)

            def tell(sent: int, before: int = done) -> None:
                on_sent(before + sent, total)

            store.upload(track.key, source, tell)
            done += track.size
            on_sent(done, total)
        return _Stored(tracks)

    def _tracks(self, prefix: str) -> dict[tuple[int, str], "_Track"]:
        """Return what is in the folder as tracks. A file of another size than the index says is
        damage, which is not carried on in silence: ValueError."""
        index = self.peek()
        found: dict[tuple[int, str], _Track] = {}
        for broadcast in index.broadcasts.values():
            for rung in broadcast.rungs:
                place = self._rung_folder(broadcast.number, rung.name)
                segments = [
                    (one.msn, one.sizes[rung.name]) for one in index.segments
                    if one.broadcast == broadcast.number and rung.name in one.sizes
                    and (place / f"{one.msn}.m4s").exists()
                ]  # fmt: skip
                if segments:
                    key = f"{prefix}recording/{broadcast.number}-{rung.name}.mp4"
                    init = (place / "init.mp4").stat().st_size
                    found[broadcast.number, rung.name] = _Track(key, init, segments)
        return found

    def _fetch(self, broadcast: int, rung: str, msn: int | None) -> bytes:
        stored = self._find_stored()
        track = stored.tracks.get((broadcast, rung)) if stored is not None else None
        if track is None:
            raise FileNotFoundError(f"{broadcast}/{rung}/{msn}")
        if self._store is None:
            raise ObjectStoreError("this server has no object storage set up")
        return self._store.read(track.key, *track.place_of(msn))

    def _find_stored(self) -> "_Stored | None":
        if self._stored is None and self._stored_path.exists():
            self._stored = _Stored.from_json(json.loads(self._stored_path.read_bytes()))
        return self._stored


class _Track:
    """One rung of a broadcast as an object. `segments`: number and bytes, in order."""

    def __init__(self, key: str, init: int, segments: Sequence[tuple[int, int]]) -> None:
        self.key, self.init, self.segments = key, init, segments
        starts = accumulate((size for _msn, size in segments), initial=init)
        self._places = {
            msn: (start, size) for (msn, size), start in zip(segments, starts, strict=False)
        }
        self.size = init + sum(size for _msn, size in segments)

    def place_of(self, msn: int | None) -> tuple[int, int]:
        """Return where a segment stands: start and length in bytes; None is the init segment."""
        if msn is None:
            return 0, self.init
        if msn not in self._places:
            raise FileNotFoundError(f"{self.key}: {msn}")
        return self._places[msn]

    def has(self, msn: int) -> bool:
        return msn in self._places


@dataclass(frozen=True, slots=True)
class _Stored:
    tracks: dict[tuple[int, str], _Track]

    @property
    def size(self) -> int:
        return sum(track.size for track in self.tracks.values())

    def has(self, segment: SegmentRecord) -> bool:
        tracks = (self.tracks.get((segment.broadcast, rung)) for rung in segment.sizes)
        return any(track.has(segment.msn) for track in tracks if track is not None)

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {"broadcast": number, "rung": rung, "key": one.key, "init": one.init,
             "segments": list(one.segments)}
            for (number, rung), one in self.tracks.items()
        ]  # fmt: skip

    @classmethod
    def from_json(cls, lines: Sequence[dict[str, Any]]) -> "_Stored":
        return cls(
            {
                (one["broadcast"], one["rung"]): _Track(
                    one["key"], one["init"], [(msn, size) for msn, size in one["segments"]]
                )
                for one in lines
            }
        )


class _Files(ObjectSource):
    """The files of a track, one after the other."""

    def __init__(self, folder: Path, track: _Track) -> None:
        self._track = track
        self._files = [
            (folder / "init.mp4", *track.place_of(None)),
            *((folder / f"{msn}.m4s", *track.place_of(msn)) for msn, _size in track.segments),
        ]

    @property
    @override
    def size(self) -> int:
        return self._track.size

    @override
    def read(self, start: int, length: int) -> bytes:
        end, parts = start + length, []
        for path, begins, size in self._files:
            if begins + size <= start or begins >= end:
                continue
            data = path.read_bytes()
            if len(data) != size:
                raise ValueError(f"{path.name} has {len(data)} bytes, and not {size}")
            parts.append(data[max(0, start - begins) : min(size, end - begins)])
        return b"".join(parts)


def _copy_key(prefix: str, name: str) -> str:
    return f"{prefix}recording/{name}"


def _write_durably(path: Path, data: bytes) -> None:
    made = path.with_suffix(".new")
    with made.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
    sync_folder(path.parent)
