"""The port to the recordings of shows that are, or were, on air. The composition sets it."""

from typing import Protocol

from showfloor.kernel.errors import Unavailable
from showfloor.media.recording.index import RecordedMedia, RecordingIndex


class Archive(RecordedMedia, Protocol):
    """The recording of one channel, to read while another writes it. Blocking."""

    def peek(self) -> RecordingIndex:
        """Return the complete records, and change nothing; no open segment is completed."""

    def delete(self) -> None:
        """Delete all media and the index. It may be stopped at any moment, and done again."""


class Archives(Protocol):
    """All recordings of this installation."""

    def archive(self, channel_id: str) -> Archive:
        """Return a channel's recording, also when there is nothing in it."""

    def may_write(self, size: int) -> bool:
        """Return whether a file of so many bytes fits above the reserve of the disk."""


_archives: Archives | None = None


def use(archives: Archives | None) -> None:
    """Set the recordings of this process; None where it has none at hand."""
    global _archives
    _archives = archives


def archives() -> Archives:
    """Return the recordings; Unavailable in a process that has none at hand."""
    if _archives is None:
        raise Unavailable("This process has no recordings.")
    return _archives
