"""The latest group of pictures of a source that stands by: a key frame and all that came since."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from showfloor.media.hub.events import is_key_frame
from showfloor.media.packets import MediaPacket, held_bytes

GROUP_MAX_BYTES: Final = 8 << 20
GROUP_MAX_PACKETS: Final = 600  # four seconds of 60 pictures and of sound, whose burst is decoded


class LatestGroup:
    """Keeps what a decoder needs for the source's latest picture, within bounds.

    A group that grows beyond them is dropped: the source can go on air with its next key frame.
    """

    def __init__(self) -> None:
        self._packets: list[tuple[MediaPacket, datetime]] = []
        self._bytes = 0

    @property
    def packets(self) -> Sequence[tuple[MediaPacket, datetime]]:
        """The packets, each with its arrival; empty, or from a key frame on."""
        return self._packets

    def add(self, packet: MediaPacket, at: datetime) -> None:
        if is_key_frame(packet):
            self.clear()
        elif not self._packets:
            return
        self._packets.append((packet, at))
        self._bytes += held_bytes(packet)
        if self._bytes > GROUP_MAX_BYTES or len(self._packets) > GROUP_MAX_PACKETS:
            self.clear()

    def clear(self) -> None:
        self._packets = []
        self._bytes = 0
