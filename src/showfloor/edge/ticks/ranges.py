"""Aligned ranges of entries, which late joiners and replays read and caches keep for a year.

Range `k` of an epoch is entries `k·500+1 … (k+1)·500`. A complete range changes only by redactions:
it is then rendered again, and the caches in front purge it (`timeline.cache_invalidation`). Many
requests for the same range at once read the log once.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from showfloor.edge.fanout.tick_codec import entry_text
from showfloor.edge.http.responses import etag
from showfloor.edge.ports import LogStore
from showfloor.kernel.json_text import json_bytes
from showfloor.timeline.log import RANGE_ENTRIES

KEPT_S: Final = 1.0  # long enough for many requests at once
KEPT_MAX: Final = 64  # rendered ranges, of some 100 KB each
RENDERS_MAX: Final = 3  # while redactions never stop; no cache keeps the last one
IS_COMPLETE: Final = "public, max-age=0, s-maxage=31536000"  # a year, where purges reach

type _Key = tuple[str, str, int, int]  # timeline, epoch, range, its last entry so far


@dataclass(frozen=True, slots=True)
class Rendered:
    """A range as bytes. `kept`: caches may keep it, because no entry will be added."""

    body: bytes
    tag: str
    kept: bool


class Ranges:
    """Ranges of all timelines. Belongs to the event loop."""

    def __init__(self, store: LogStore) -> None:
        self._store = store
        self._kept: dict[_Key, asyncio.Task[Rendered]] = {}
        self._forgotten = 0

    async def get(self, timeline_id: str, epoch: str, number: int) -> Rendered | None:
        """Return a range; None for a wrong epoch, and for a range that has not begun.

        NoTimeline where there is none. `number` 0 is the first.
        """
        head = await self._store.head(timeline_id)
        if epoch != head.epoch or number * RANGE_ENTRIES > head.seq:
            return None
        last = min((number + 1) * RANGE_ENTRIES, head.seq)
        key = (timeline_id, epoch, number, last)
        task = self._kept.get(key)
        if task is None:
            task = asyncio.ensure_future(self._render(key))
            self._keep(key, task)
        return await asyncio.shield(task)

    def forget(self, timeline_id: str) -> None:
        """Drop the ranges of a timeline, because an entry was redacted or the show is hidden."""
        self._forgotten += 1
        for key in [key for key in self._kept if key[0] == timeline_id]:
            del self._kept[key]

    def _keep(self, key: _Key, task: "asyncio.Task[Rendered]") -> None:
        while len(self._kept) >= KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = task
        asyncio.get_running_loop().call_later(KEPT_S, self._drop, key, task)

    def _drop(self, key: _Key, task: "asyncio.Task[Rendered]") -> None:
        if self._kept.get(key) is task:
            del self._kept[key]

    async def _render(self, key: _Key) -> Rendered:
        forgotten = self._forgotten
        rendered = await self._read(key)
        for _ in range(RENDERS_MAX):
            if forgotten == self._forgotten:
                return rendered
            forgotten = self._forgotten  # the entries may be older than the redaction
            rendered = await self._read(key)
        return replace(rendered, kept=False)

    async def _read(self, key: _Key) -> Rendered:
        timeline_id, epoch, number, last = key
        first, complete = number * RANGE_ENTRIES + 1, last == (number + 1) * RANGE_ENTRIES
        entries = await self._store.read(timeline_id, first - 1, RANGE_ENTRIES, last)
        facts = {
            "type": "range", "epoch": epoch, "range": number, "from": first, "to": last,
            "complete": complete,
        }  # fmt: skip
        texts = b",".join(entry_text(entry) for entry in entries)
        body = json_bytes(facts)[:-1] + b',"entries":[' + texts + b"]}"
        return Rendered(body, etag(body), complete)
