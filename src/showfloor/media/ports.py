"""What the media room needs from outside, as its own code sees it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from showfloor.media.diagnostics.rejections import Cause
from showfloor.media.formats.flv import FlvTag


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """Who wants to publish, before a byte of media is taken."""

    app: str
    key: str = field(repr=False)  # a secret: never in a log
    encoder: str  # what the encoder calls itself, for people
    remote: str  # "address:port"


class PublishRejected(Exception):
    """A publisher is not let in, or is cut.

    `code`: unauthorized, busy, limit, unsupported, failed. `cause`: what the people of the show are
    told of it, with a `detail`; None: nothing.
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
        """Set by the owner when the publisher must be cut: key rotated, taken over, show ended."""

    @property
    def kick_reason(self) -> PublishRejected:
        """What the publisher is told when `kicked` is set."""

    def write(self, tag: FlvTag) -> None:
        """Take one tag; never blocks; raises PublishRejected for media that is not supported."""

    async def drain(self) -> None:
        """Wait until there is room again; awaited between two reads of the socket."""

    def rejected(self, rejection: PublishRejected) -> None:
        """The publisher was told this and is cut; `close` follows."""

    async def close(self, reason: str) -> None:
        """Called exactly once: `ended` (the encoder said so), `lost`, or `refused`."""


class Ingest(Protocol):
    """The one authoriser for every way in."""

    async def open(self, request: PublishRequest) -> MediaSink:
        """A sink for this publisher; raises PublishRejected."""


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
OnTag = Callable[[int, FlvTag], None]


class Encoder(Protocol):
    """One child that turns a source into all rungs; one instance for one broadcast."""

    async def start(self, source: SourceInfo, rungs: Sequence[Rung], on_tag: OnTag) -> None: ...

    def write(self, tag: FlvTag) -> None: ...

    async def drain(self) -> None: ...

    async def finish(self) -> None:
        """No more input: let the tail come out, then end. Bounded in time."""

    async def kill(self) -> None: ...

    async def wait(self) -> str:
        """Until the child is gone and its output is read; what it complained of last."""
