"""The listeners for encoders that send by SRT: one for each show that wants it.

An encoder proves by its pass phrase that it may send, before libsrt takes a byte of its media. Then
it is admitted like any other publisher. A listener that ends, for whatever reason, is started
again after a pause, for as long as its show wants it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from showfloor.media.ports import Ingest, PublishRejected, PublishRequest
from showfloor.media.srt.ports import SrtPlace, SrtReceiver
from showfloor.media.taking import Taking, TakingLimits

log = logging.getLogger(__name__)

ENCODER: Final = "SRT"
REFUSED_EVERY_S: Final = 1.0  # for one port: a stranger can be refused a thousand times a second


@dataclass(frozen=True, slots=True, kw_only=True)
class SrtLimits(TakingLimits):
    """Times in seconds. `look_s`: between two looks at which shows want a listener."""

    look_s: float = 2.0
    pause_s: float = 1.0  # before a listener is started again


class SrtListeners:
    """All listeners of this process. Belongs to the event loop."""

    def __init__(
        self, ingest: Ingest, wanted: Callable[[], Awaitable[Sequence[SrtPlace]]],
        new_receiver: Callable[[], SrtReceiver], on_refused: Callable[[SrtPlace], None],
        limits: SrtLimits | None = None,
    ) -> None:  # fmt: skip
        """`wanted` gives the places of all shows that want one, and may fail; `on_refused` hears of
        encoders with a wrong pass phrase, now and then of each place."""
        self._ingest = ingest
        self._wanted = wanted
        self._new_receiver = new_receiver
        self._on_refused = on_refused
        self._limits = limits or SrtLimits()
        self._refused_at: dict[int, float] = {}  # by port, of the last one that was told
        self._listening: dict[SrtPlace, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._looking = asyncio.create_task(self._look_on(), name="srt listeners")

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await self._end(list(self._listening))

    async def _look_on(self) -> None:
        while True:
            try:
                wanted = set(await self._wanted())
            except Exception:  # a database may raise anything; those that listen go on
                log.exception("srt_not_looked_up")
            else:
                await self._end([one for one in self._listening if one not in wanted])
                for place in wanted - set(self._listening):
                    task = asyncio.create_task(self._listen(place), name=f"srt {place.port}")
                    self._listening[place] = task
            await asyncio.sleep(self._limits.look_s)

    async def _end(self, places: Sequence[SrtPlace]) -> None:
        tasks = [self._listening.pop(place) for place in places]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _listen(self, place: SrtPlace) -> None:
        log.info("srt_listening port=%d channel=%s", place.port, place.channel_id)
        told = ""  # one fault may come again each second
        while True:
            try:
                await self._take_one(place)
                told = ""
            except PublishRejected as rejection:
                log.info("srt_cut channel=%s: %s", place.channel_id, rejection.message)
            except (OSError, TimeoutError) as error:
                if str(error) != told:
                    log.warning("srt_lost channel=%s reason=%s", place.channel_id, error)
                told = str(error)
            except Exception:  # a bug here must not end the listener
                log.exception("srt_failed channel=%s", place.channel_id)
            await asyncio.sleep(self._limits.pause_s)

    def _refused(self, place: SrtPlace) -> None:
        now, told_at = asyncio.get_running_loop().time(), self._refused_at.get(place.port)
        if told_at is None or now - told_at >= REFUSED_EVERY_S:
            self._refused_at[place.port] = now
            self._on_refused(place)

    async def _take_one(self, place: SrtPlace) -> None:
        """Take one encoder from its first packet to its end."""
        receiver = self._new_receiver()
        request = PublishRequest("srt", place.key, ENCODER, f"srt:{place.port}")
        taking = Taking(self._ingest, request, self._limits)
        try:
            async with aclosing(receiver.items(place, lambda: self._refused(place))) as items:
                await taking.take(items)
        finally:
            await receiver.close()
            await taking.close()
