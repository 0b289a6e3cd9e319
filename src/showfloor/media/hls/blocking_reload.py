"""Blocking reload: what a player asks, how it waits, what it is given.

Clauses are those of draft-pantos-hls-rfc8216bis.
"""

import asyncio
import gzip
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

WAITERS_MAX: Final = 10_000  # about 10 kB each


class BadDirective(ValueError):
    """Delivery directives that the spec wants answered with 400."""


class ReloadTimeout(Exception):
    """Blocked for three target durations, or too many are waiting already: 503."""


class Freshness(Enum):
    """How long an answer stays true, for its cache headers."""

    STATE = auto()  # asked for by its position: true for ever
    NOW = auto()  # whatever is current
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
    """Wakes everyone who waits for a change."""

    waiters: set[asyncio.Future[None]] = field(default_factory=set)

    def notify(self) -> None:
        waiters, self.waiters = self.waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout_s: float) -> bool:
        """False when nothing changed in time."""
        if len(self.waiters) >= WAITERS_MAX:
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
