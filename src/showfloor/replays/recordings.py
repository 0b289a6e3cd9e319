"""The port to the recordings of shows that are, or were, on air. The composition sets it."""

from collections.abc import Callable
from typing import Protocol

from showfloor.kernel.errors import Unavailable
from showfloor.media.recording.index import RecordedMedia, RecordingIndex
from showfloor.media.recording.object_store import ObjectStore


class Archive(RecordedMedia, Protocol):
    """The recording of one channel, to read while another writes it. Blocking."""

    def peek(self) -> RecordingIndex:
        """Return the complete records, and change nothing; no open segment is completed."""

    def move_away(
        self, store: ObjectStore, prefix: str, on_sent: Callable[[int, int], None]
    ) -> int:
        """Upload all media below a prefix of keys, then delete it here; return its bytes. A move
        that was cut off goes on. `on_sent` hears how many bytes of how many are there, and may
        raise to stop it. OSError, ValueError: nothing is deleted."""

    def copy_index(self, store: ObjectStore, prefix: str) -> bool:
        """Put a copy of the index into the store, below a prefix of keys; return False where it is
        not on the disk (any more). OSError."""

    def find_again(self, store: ObjectStore, prefix: str) -> bool:
        """Write the index from its copy in the store, where it is not on the disk (any more);
        return whether it is there now. OSError."""

    def delete(self) -> None:
        """Delete all media on the disk, and the index. It may be stopped at any moment, and done
        again."""


class Archives(Protocol):
    """All recordings of this installation."""

    def archive(self, channel_id: str) -> Archive:
        """Return a channel's recording, also when there is nothing in it."""

    def may_write(self, size: int) -> bool:
        """Return whether a file of so many bytes fits above the reserve of the disk."""


_archives: Archives | None = None
_store: ObjectStore | None = None


def use(archives: Archives | None) -> None:
    """Set the recordings of this process; None where it has none at hand."""
    global _archives
    _archives = archives


def use_store(store: ObjectStore | None) -> None:
    """Set the store to which recordings move; None keeps them on the disk."""
    global _store
    _store = store


def store() -> ObjectStore | None:
    return _store


def archives() -> Archives:
    """Return the recordings; Unavailable in a process that has none at hand."""
    if _archives is None:
        raise Unavailable("This process has no recordings.")
    return _archives
