"""Blocking playlist reload: the directives of a request, the wait, and the answer.

Clauses are those of draft-pantos-hls-rfc8216bis.
"""

import asyncio
import gzip
from dataclasses import dataclass, field
from enum import Enum, auto

from showfloor.media.hls.playlist import TARGET_DURATION_S


@dataclass(frozen=True, slots=True)
class ReloadLimits:
    """The bounds of blocked reloads.

    After `block_max_s` the answer is 503 (6.2.5.2). After `outage_answer_s` without a change it is
    the old playlist, because hls.js gives up on a blocked reload after 1.6 s at our settings. Each
    of `waiters_max` takes about 10 kB.
    """

    block_max_s: float = 3 * TARGET_DURATION_S
    outage_answer_s: float = 1.2
    waiters_max: int = 10_000


class BadDirective(ValueError):
    """The delivery directives are of the kind that the specification answers with 400. `field` is
    the directive at fault; empty: the query as a whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ReloadTimeout(Exception):
    """A reload was blocked for three target durations, or too many wait already: 503."""


class Freshness(Enum):
    """The time for which an answer stays true, for its cache headers."""

    STATE = auto()  # the request names a position: true for ever
    NOW = auto()  # the current state
    UNCHANGED = auto()  # a blocked reload that found nothing new
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Directives:
    """`_HLS_msn`, `_HLS_part`, `_HLS_skip`."""

    msn: int | None = None
    part: int | None = None
    skip: bool = False


@dataclass(slots=True)
class RenderedPlaylist:
    """A playlist as bytes, compressed once when first asked for."""

    body: bytes
    freshness: Freshness
    _gzipped: bytes | None = None

    @property
    def gzipped(self) -> bytes:
        if self._gzipped is None:
            self._gzipped = gzip.compress(self.body, 6, mtime=0)
        return self._gzipped


@dataclass(slots=True)
class Notifier:
    """Wakes all requests that wait for a change."""

    waiters_max: int
    waiters: set[asyncio.Future[None]] = field(default_factory=set)

    def notify(self) -> None:
        waiters, self.waiters = self.waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout_s: float) -> bool:
        """Wait for a change; return False when none came in time."""
        if len(self.waiters) >= self.waiters_max:
            raise ReloadTimeout
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            self.waiters.discard(waiter)
        return True
