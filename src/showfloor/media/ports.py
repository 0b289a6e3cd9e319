"""The ports of the media engine: its ingest, its sinks and its encoder."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from showfloor.media.packets import MediaPacket, SourceItem, Track


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """The request of a publisher, before a byte of media is taken."""

    app: str
    key: str = field(repr=False)  # a secret: never in a log
    encoder: str  # the encoder's own name, for people
    remote: str  # "address:port"
    show: str = ""  # the slug that the key must belong to; empty where a protocol names none


class Cause(StrEnum):
    """The cause of a rejection, as the people of the show learn it."""

    UNKNOWN_KEY = "unknown-key"
    OLD_KEY = "old-key"  # the show's, before a rotation
    ENDED = "ended"
    BUSY = "busy"  # another encoder sends
    LIMIT = "limit"
    CODEC = "codec"  # `detail`: what it sent
    NO_PICTURE = "no-picture"
    FAILED = "failed"
    NOT_PROVEN = "wrong-passphrase"  # by SRT


class PublishRejected(Exception):
    """A publisher is rejected, or is cut.

    `code`: unauthorized, busy, limit, unsupported, failed. The people of the show learn the `cause`
    and its `detail`; None keeps it from them.
    """

    def __init__(
        self, code: str, message: str, *, cause: Cause | None = None, detail: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.cause = cause
        self.detail = detail


class MediaSink(Protocol):
    """Takes the media of one accepted publisher."""

    @property
    def kicked(self) -> asyncio.Event:
        """The event that the owner sets to cut the publisher: key rotated, taken over, ended."""

    @property
    def kick_reason(self) -> PublishRejected:
        """The answer to the publisher when `kicked` is set."""

    def write(self, item: SourceItem) -> None:
        """Take what the source gives next, without blocking; raise PublishRejected to cut it."""

    async def drain(self) -> None:
        """Wait until there is room again; the server awaits this between two reads."""

    def note_line(self, round_trip_s: float | None, packets_lost: int) -> None:
        """Note what the protocol knows of the line; packets that were never repaired."""

    def rejected(self, rejection: PublishRejected) -> None:
        """Note that the publisher was told this and is cut; `close` follows."""

    async def close(self, reason: str) -> None:
        """End; called exactly once with `ended` (the encoder said so), `lost`, or `refused`."""


class Ingest(Protocol):
    """Admits publishers, for every ingest protocol."""

    async def open(self, request: PublishRequest) -> MediaSink:
        """Return a sink for this publisher, or raise PublishRejected."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    width: int
    height: int
    fps: Fraction
    has_audio: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """One rendition of the ladder."""

    name: str
    width: int
    height: int
    kbps: int
    fps: Fraction


AUDIO = -1  # the "rung" of the audio pipe
OnPacket = Callable[[int, MediaPacket], None]


class Encoder(Protocol):
    """One child that turns a source into all rungs; one instance for one broadcast."""

    async def start(
        self,
        source: SourceInfo,
        tracks: Sequence[Track],
        rungs: Sequence[Rung],
        on_packet: OnPacket,
    ) -> None:
        """Start with the configuration of all `tracks`; OSError when there can be no child.

        `on_packet` is called with each packet and the index of its rung, or `AUDIO`.
        """

    def write(self, packet: MediaPacket) -> None: ...

    @property
    def has_room(self) -> bool:
        """Return whether `drain` would return at once."""
        return False

    async def drain(self) -> None:
        """Wait until the child takes more."""

    async def finish(self) -> None:
        """End after the last output; there is no more input. Bounded in time."""

    async def kill(self) -> None: ...

    async def wait(self) -> str:
        """Wait until the child is gone and its output is read; return its last complaint."""
