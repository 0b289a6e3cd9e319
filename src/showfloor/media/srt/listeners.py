"""The listeners for encoders that send by SRT: one for each show that wants it.

An encoder proves by its pass phrase that it may send, before libsrt takes a byte of its media. Then
it is admitted like any other publisher. A listener that ends, for whatever reason, is started
again after a pause, for as long as its show wants it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from showfloor.media.packets import SourceItem
from showfloor.media.ports import Ingest, MediaSink, PublishRejected, PublishRequest
from showfloor.media.srt.ports import SrtPlace, SrtReceiver

log = logging.getLogger(__name__)

ENCODER: Final = "SRT"
REFUSED_EVERY_S: Final = 1.0  # for one port: a stranger can be refused a thousand times a second


@dataclass(frozen=True, slots=True, kw_only=True)
class SrtLimits:
    """Times in seconds. `look_s`: between two looks at which shows want a listener."""

    look_s: float = 2.0
    silence_s: float = 5.0
    stall_s: float = 30.0  # of the sink
    close_s: float = 10.0
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
        taking = _Taking(self._ingest, place, self._limits)
        try:
            async with aclosing(receiver.items(place, lambda: self._refused(place))) as items:
                await taking.take(items)
        finally:
            await receiver.close()
            await taking.close()


class _Taking:
    """One encoder's media on its way to its sink."""

    def __init__(self, ingest: Ingest, place: SrtPlace, limits: SrtLimits) -> None:
        self._ingest = ingest
        self._place = place
        self._limits = limits
        self._sink: MediaSink | None = None
        self._outcome = "lost"

    async def take(self, items: AsyncGenerator[SourceItem]) -> None:
        first = await anext(items, None)
        if first is None:
            return
        request = PublishRequest("srt", self._place.key, ENCODER, f"srt:{self._place.port}")
        self._sink = sink = await self._ingest.open(request)
        kicked = asyncio.create_task(sink.kicked.wait())
        media = asyncio.create_task(self._pass_on(first, items, sink))
        try:
            await asyncio.wait({media, kicked}, return_when=asyncio.FIRST_COMPLETED)
            if not media.done():
                self._reject(sink, sink.kick_reason)
        finally:
            kicked.cancel()
            media.cancel()
            await asyncio.wait({media, kicked})
        if not media.cancelled():
            media.result()

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
            log.warning("srt_close_late channel=%s", self._place.channel_id)
