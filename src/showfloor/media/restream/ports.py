"""The ports of a restream: its destination, the connection there, and the converter of sound."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from showfloor.media.packets import AudioTrack, MediaPacket, Track
from showfloor.media.rtmp.target import PublishFailed, PublishTarget


@dataclass(frozen=True, slots=True)
class Destination:
    """A foreign server to which a show's stream goes, too. `target` is None when its key cannot be
    opened any more."""

    id: str
    target: PublishTarget | None


class Outlet(Protocol):
    """One connection to a destination; `media.rtmp.publisher` says more of each method."""

    sent: int

    def begin(self, tracks: Sequence[Track]) -> None: ...
    def write_track(self, track: Track) -> None: ...
    def write(self, packet: MediaPacket) -> None: ...
    async def drain(self) -> None: ...
    async def wait(self) -> PublishFailed | None: ...
    async def close(self) -> None: ...
    def abort(self) -> None: ...


class Dial(Protocol):
    async def __call__(self, target: PublishTarget) -> Outlet:
        """Return a connection that takes media; PublishFailed."""


class SoundConverter(Protocol):
    """Turns one source's sound into AAC, which every server takes; one instance, one connection."""

    async def start(self, track: AudioTrack, on_packet: Callable[[MediaPacket], None]) -> None:
        """Begin; OSError when that cannot be. `on_packet` gets the packets of AAC, on the same
        clock."""

    @property
    def has_ended(self) -> bool:
        """Return whether nothing more comes out of it."""

    def write(self, packet: MediaPacket) -> None:
        """Take a packet; one that cannot be taken is dropped."""

    async def close(self) -> None:
        """End at once. Bounded in time."""
