"""Aligned ranges of entries: what late joiners and replays read, and caches keep for a year.

Range `k` of an epoch is entries `k·500+1 … (k+1)·500`. Once it is complete it never changes, but
for what is taken back: then it is rendered anew and the caches in front are told (`redactions`).
The same range asked for by many at once is read from the log once.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from showfloor.edge.http import etag, json_bytes
from showfloor.edge.ports import LogStore
from showfloor.timeline.log import RANGE_ENTRIES, Head

KEPT_S: Final = 1.0  # a crowd comes within this; nothing that was taken back is kept for longer
KEPT_MAX: Final = 64  # rendered ranges, of some 100 KB each
RENDERS_MAX: Final = 3  # while more is taken back all the time; the last one no cache keeps
IS_COMPLETE: Final = "public, max-age=0, s-maxage=31536000"  # a year, where purges reach


@dataclass(frozen=True, slots=True)
class Rendered:
    """A range as bytes. `kept`: caches may, because no entry will be added."""

    body: bytes
    tag: str
    kept: bool


class Ranges:
    """Ranges of all timelines. Belongs to the event loop."""

    def __init__(self, store: LogStore) -> None:
        self._store = store
        self._kept: dict[tuple[str, int], asyncio.Task[Rendered]] = {}
        self._forgotten = 0

    async def get(self, timeline_id: str, epoch: str, number: int) -> Rendered | None:
        """None for an epoch that is not the timeline's, and for a range that has not begun.

        NoTimeline where there is none. `number` 0 is the first.
        """
        head = await self._store.head(timeline_id)
        if epoch != head.epoch or number * RANGE_ENTRIES > head.seq:
            return None
        complete = (number + 1) * RANGE_ENTRIES <= head.seq
        if not complete:
            return await self._render(timeline_id, number, head)
        key = (timeline_id, number)
        task = self._kept.get(key)
        if task is None:
            task = asyncio.ensure_future(self._render(timeline_id, number, head))
            self._keep(key, task)
        return await asyncio.shield(task)

    def forget(self, timeline_id: str) -> None:
        """Something in it was taken back, or the show is no longer public."""
        self._forgotten += 1
        for key in [key for key in self._kept if key[0] == timeline_id]:
            del self._kept[key]

    def _keep(self, key: tuple[str, int], task: "asyncio.Task[Rendered]") -> None:
        while len(self._kept) >= KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = task
        asyncio.get_running_loop().call_later(KEPT_S, self._drop, key, task)

    def _drop(self, key: tuple[str, int], task: "asyncio.Task[Rendered]") -> None:
        if self._kept.get(key) is task:
            del self._kept[key]

    async def _render(self, timeline_id: str, number: int, head: Head) -> Rendered:
        forgotten = self._forgotten
        rendered = await self._read(timeline_id, number, head)
        for _ in range(RENDERS_MAX):
            if forgotten == self._forgotten:
                return rendered
            forgotten = self._forgotten  # what was read may be from before it
            rendered = await self._read(timeline_id, number, head)
        return replace(rendered, kept=False)

    async def _read(self, timeline_id: str, number: int, head: Head) -> Rendered:
        first = number * RANGE_ENTRIES + 1
        last = min((number + 1) * RANGE_ENTRIES, head.seq)
        entries = await self._store.read(timeline_id, first - 1, RANGE_ENTRIES, last)
        complete = last == (number + 1) * RANGE_ENTRIES
        body = json_bytes(
            {
                "type": "range", "epoch": head.epoch, "range": number,
                "from": first, "to": last, "complete": complete,
                "entries": [entry.wire() for entry in entries],
            }
        )  # fmt: skip
        return Rendered(body, etag(body), complete)
