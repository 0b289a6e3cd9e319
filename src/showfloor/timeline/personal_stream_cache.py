"""A cache of how far personal streams go, so that a stream without new entries costs no query.

Ten thousand persons who come back at once each ask for news, and most of them never had any. A
wake-up moves a person on at once; the next look at the brand makes up for a lost one.
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
HEADS_MAX: Final = 100_000  # of a brand; beyond it each person costs a query


class _Heads:
    """The last numbers of one brand's streams. `known` is None for a brand with too many
    streams."""

    def __init__(self) -> None:
        self.known: dict[str, int] | None = None
        self.looked_at = 0.0
        self.moved: set[str] = set()  # persons with news since the last look began
        self.moved_again: set[str] = set()  # since the present look began
        self.look: asyncio.Task[None] | None = None


class PersonalStreamCache:
    """A component of a process, `edge.ports.PersonalStreamStore`. Belongs to the event loop."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Callable[[], float] = time.monotonic,
        heads_max: int = HEADS_MAX,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._heads_max = heads_max
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
            found = await self._database.run(personal_stream.heads, brand_id, self._heads_max)
            heads.known = found if len(found) < self._heads_max else None
            heads.moved = heads.moved_again
            heads.looked_at = self._clock()
        finally:
            heads.look = None

    def _moved(self, brand_id: str, subject: str) -> None:
        heads = self._brands.get(brand_id)
        if heads is not None:
            heads.moved.add(subject)
            heads.moved_again.add(subject)
