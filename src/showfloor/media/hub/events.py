"""The events that a hub hands to its readers, and the port of a reader."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from showfloor.media.packets import MediaPacket, SourceItem, is_main_picture

KEEP_MAX_BYTES: Final = 32 << 20  # ten seconds of the heaviest source that is let in, and more
HOLD_BYTES: Final = 4 << 20


class FullPolicy(StrEnum):
    """The policy of a reader whose queue is full.

    HOLD: the source waits, so that nothing is lost. This is for the reader without which no viewer
    has a picture; a source that does not wait is refused its next packet.
    SKIP: everything that waits is dropped, and the reader goes on with the next key frame.
    CUT: the reader is ended.
    """

    HOLD = "hold"
    SKIP = "skip"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """The bounds of one reader. `hold_bytes` is where a source has to wait for a HOLD reader.
    `takes_all_pictures`: also those of a source that sends several, not the main one alone."""

    policy: FullPolicy
    queue_max_bytes: int = KEEP_MAX_BYTES
    hold_bytes: int = HOLD_BYTES
    takes_all_pictures: bool = False


@dataclass(frozen=True, slots=True)
class SourceJoined:
    """What follows is of this source: its claims and tracks, then packets from a key frame on.

    `earlier`: so many of these packets came before it joined, counted for each reader as it takes
    them. They bring a decoder up to the source's latest picture, and are no news themselves.
    """

    name: str
    number: int  # counts the hub's sources, so that one that comes back is another
    earlier: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SourceEnded:
    """The source that had joined gives nothing more. `is_followed`: another one joins at once."""

    name: str
    number: int
    is_followed: bool = field(default=False, compare=False)


type HubEvent = SourceItem | SourceJoined | SourceEnded


class HubReader(Protocol):
    """Takes what the source on air gives. One task of its own calls it, in order."""

    async def take(self, event: HubEvent, at: datetime) -> None:
        """Take an event that came at `at`; an exception ends this reader, and no other."""

    async def ended(self, failure: str) -> None:
        """End; called exactly once. `failure` is empty when the hub was closed, or else says why
        the reader gets nothing more."""


def is_key_frame(item: HubEvent) -> bool:
    """Return whether an item is a key frame of its source's main picture."""
    return isinstance(item, MediaPacket) and item.is_key and is_main_picture(item)
