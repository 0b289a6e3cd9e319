"""People's own streams for the doors: read when there is something, and only then.

Ten thousand who come back at once ask each whether there is news for them. For most there never
was any: which streams there are, and how far each goes, is known here, so that asking costs no
query. A wake-up moves a person on at once; a lost one is made up for when the brand is looked at
again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

from showfloor.accounts.database_threads import Database
from showfloor.timeline import personal_stream
from showfloor.timeline.bus import Bus, Wake
from showfloor.timeline.log import Entry

LOOK_AGAIN_S: Final = 15.0
HEADS_MAX: Final = 100_000  # of a brand; one with more is asked about each person


class _Heads:
    """How far the streams of one brand go. `known` is None for a brand with too many of them."""

    def __init__(self) -> None:
        self.known: dict[str, int] | None = None
        self.looked_at = 0.0
        self.moved: set[str] = set()  # since the look began that is known by now
        self.moved_again: set[str] = set()  # since the one that is going on
        self.look: asyncio.Task[None] | None = None


class PersonalStreamCache:
    """A part of a process, `edge.ports.Private`. Belongs to the event loop."""

    def __init__(
        self, database: Database, bus: Bus, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._brands: dict[str, _Heads] = {}
        self._undo: Callable[[], None] = lambda: None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def woken(wake: Wake) -> None:
            if wake.person and not loop.is_closed():
                loop.call_soon_threadsafe(self._moved, wake.brand_id, wake.person)

        self._undo = self._bus.subscribe(woken)

    async def stop(self) -> None:
        self._undo()
        for heads in self._brands.values():
            if heads.look is not None:
                heads.look.cancel()

    async def read(self, brand_id: str, subject: str, after: int, limit: int) -> list[Entry]:
        heads = await self._heads(brand_id)
        is_known = heads.known is not None and subject not in heads.moved
        if is_known and (heads.known or {}).get(subject, 0) <= after:
            return []
        return await self._database.run(personal_stream.read, brand_id, subject, after, limit)

    async def ahead(self, brand_id: str, told: Mapping[str, int]) -> list[str]:
        known = (await self._heads(brand_id)).known
        if known is None:
            known = await self._database.run(personal_stream.heads_of, brand_id, list(told))
        return [subject for subject, seq in told.items() if known.get(subject, 0) > seq]

    async def _heads(self, brand_id: str) -> _Heads:
        heads = self._brands.setdefault(brand_id, _Heads())
        if self._clock() - heads.looked_at >= LOOK_AGAIN_S and heads.look is None:
            heads.look = asyncio.create_task(self._look(brand_id, heads))
        if heads.looked_at == 0.0 and heads.look is not None:
            await asyncio.shield(heads.look)
        return heads

    async def _look(self, brand_id: str, heads: _Heads) -> None:
        heads.moved_again = set()
        try:
            found = await self._database.run(personal_stream.heads, brand_id, HEADS_MAX)
            heads.known = found if len(found) < HEADS_MAX else None
            heads.moved = heads.moved_again
            heads.looked_at = self._clock()
        finally:
            heads.look = None

    def _moved(self, brand_id: str, subject: str) -> None:
        heads = self._brands.get(brand_id)
        if heads is not None:
            heads.moved.add(subject)
            heads.moved_again.add(subject)
