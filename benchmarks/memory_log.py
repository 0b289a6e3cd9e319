"""A log in memory, by the rules of the one in SQL: what the edge reads and how ticks are cut.

It serves the figures that are about delivery alone. The cost of SQL is in `append`,
`tick_to_last` and `event`, which run the whole server.
"""

import time

from showfloor.timeline.log import (
    TICK_ENTRIES_MAX,
    TICK_MS,
    Entry,
    Head,
    NewEntry,
    NoTimeline,
    Tick,
)


class MemoryLog:
    """`edge.ports.LogStore` and `Ticker` of one timeline."""

    def __init__(self, timeline_id: str) -> None:
        self._timeline_id = timeline_id
        self._entries: list[Entry] = []
        self._ticks: list[Tick] = []

    def append(self, new: list[NewEntry]) -> None:
        at = int(time.time() * 1000)
        for one in new:
            seq = len(self._entries) + 1
            self._entries.append(Entry(seq, at, one.kind, one.body, None, one.actor))

    async def head(self, timeline_id: str) -> Head:
        self._check(timeline_id)
        return Head(len(self._entries), "measured", len(self._ticks), self._ticked)

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]:
        self._check(timeline_id)
        end = len(self._entries) if until is None else until
        return self._entries[after : min(end, after + limit)]

    async def ticks(self, timeline_id: str, after: int, limit: int) -> list[Tick]:
        self._check(timeline_id)
        return self._ticks[after : after + limit]

    async def close_tick(self, timeline_id: str, *, empty: bool = False) -> None:
        self._check(timeline_id)
        now, waiting = int(time.time() * 1000), len(self._entries) - self._ticked
        young = bool(self._ticks) and now - self._ticks[-1].at < TICK_MS
        if (waiting == 0 and not empty) or (young and waiting <= TICK_ENTRIES_MAX):
            return
        last = self._ticked + min(waiting, TICK_ENTRIES_MAX)
        self._ticks.append(Tick(len(self._ticks) + 1, self._ticked + 1, last, now))

    @property
    def _ticked(self) -> int:
        return self._ticks[-1].last if self._ticks else 0

    def _check(self, timeline_id: str) -> None:
        if timeline_id != self._timeline_id:
            raise NoTimeline(timeline_id)
