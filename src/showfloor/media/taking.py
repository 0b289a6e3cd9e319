"""One source's media on its way to its sink, for sources that give items: SRT and files."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from showfloor.media.kicked import take_until_kicked
from showfloor.media.packets import SourceItem
from showfloor.media.ports import Ingest, MediaSink, PublishRejected, PublishRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingLimits:
    """Times in seconds."""

    silence_s: float = 5.0
    stall_s: float = 30.0  # of the sink
    close_s: float = 10.0


class Taking:
    """Takes one source from its first item to its end, and is used once."""

    def __init__(self, ingest: Ingest, request: PublishRequest, limits: TakingLimits) -> None:
        self._ingest = ingest
        self._request = request
        self._limits = limits
        self._sink: MediaSink | None = None
        self._outcome = "lost"

    async def take(self, items: AsyncGenerator[SourceItem]) -> None:
        first = await anext(items, None)
        if first is None:
            return
        self._sink = sink = await self._ingest.open(self._request)
        await take_until_kicked(
            self._pass_on(first, items, sink), sink, lambda reason: self._reject(sink, reason)
        )

    async def _pass_on(
        self, item: SourceItem, items: AsyncGenerator[SourceItem], sink: MediaSink
    ) -> None:
        while True:
            try:
                sink.write(item)
            except PublishRejected as rejection:
                self._reject(sink, rejection)
            async with asyncio.timeout(self._limits.stall_s):
                await sink.drain()
            async with asyncio.timeout(self._limits.silence_s):
                following = await anext(items, None)
            if following is None:
                return
            item = following

    def _reject(self, sink: MediaSink, rejection: PublishRejected) -> None:
        self._outcome = "refused"
        sink.rejected(rejection)
        raise rejection

    async def close(self) -> None:
        if self._sink is None:
            return
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._sink.close(self._outcome)
        except TimeoutError:
            log.warning("close_late source=%s", self._request.remote)
