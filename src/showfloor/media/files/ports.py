"""The ports of files that are played as live."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from showfloor.media.packets import SourceItem


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file that one show plays. `path`: on this machine; `name`: for people; `key`: the stream
    key, for the admission."""

    channel_id: str
    path: str
    name: str
    duration_s: float
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file holds, by FFmpeg's names of codecs; `audio` is empty without sound."""

    video: str
    audio: str
    duration_s: float


class FilePlayer(Protocol):
    """Plays one file once, at the pace of its pictures."""

    def items(self, place: FilePlace, offset_s: float) -> AsyncGenerator[SourceItem]:
        """Yield what the file holds from an offset on, until its end; OSError when it can't be
        read."""

    async def close(self) -> None:
        """End, also in the middle. Bounded in time."""


class FileProbe(Protocol):
    def facts(self, path: str) -> FileFacts | None:
        """Return what a file holds; None for one without a picture or a length. Blocking, bounded
        in time."""


_probe: FileProbe | None = None


def use_probe(probe: FileProbe | None) -> None:
    """Set how this process looks into files."""
    global _probe
    _probe = probe


def probe() -> FileProbe:
    assert _probe is not None, "the composition sets it"
    return _probe
