"""Blocking playlist reload: the directives of a request, the wait, and the answer.

Clauses are those of draft-pantos-hls-rfc8216bis.
"""

import asyncio
import gzip
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from showfloor.media.hls.playlist import TARGET_DURATION_S
from showfloor.media.packaging.segmenter import PART_TARGET_S

ADVANCE_PARTS_MAX: Final = int(3 / PART_TARGET_S)  # 6.2.5.2, Advance Part Limit


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


def check_directives(directives: Directives, open_msn: int, listed: int) -> None:
    """Raise BadDirective for a position that is too far ahead, or for half of one. `open_msn`: the
    first incomplete segment; `listed`: its parts."""
    msn, part = directives.msn, directives.part
    if msn is None:
        if part is not None:
            raise BadDirective("_HLS_part without _HLS_msn", "_HLS_part")
        return
    last_msn = open_msn if listed else open_msn - 1
    if msn > last_msn + 2:
        raise BadDirective("_HLS_msn is too far ahead", "_HLS_msn")
    # The listed parts of the requested segment, if it has begun.
    ahead_of = listed if msn == open_msn else 0
    if part is not None and msn >= open_msn and part >= ahead_of + ADVANCE_PARTS_MAX:
        raise BadDirective("_HLS_part is too far ahead", "_HLS_part")


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
