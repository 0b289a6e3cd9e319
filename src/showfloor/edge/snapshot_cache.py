"""A cache of snapshots: each is made once for everyone who asks within a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from showfloor.timeline.bus import Bus, Wake

SNAPSHOT_KEPT_S: Final = 1.0
SNAPSHOTS_MAX: Final = 1000
_TRIES_MAX: Final = 3  # while entries are redacted all the time

# Makes the snapshot of a timeline as JSON text; NoTimeline where no show has it.
type MakeSnapshot = Callable[[str], Awaitable[bytes]]


class SnapshotCache:
    """`edge.ports.Snapshots`. Belongs to the event loop.

    A snapshot that is given out after a redaction never holds the redacted text: the redaction
    drops the kept snapshot, and one that is being made meanwhile is made again.
    """

    def __init__(self, make: MakeSnapshot, bus: Bus) -> None:
        self._make_snapshot = make
        self._bus = bus
        self._kept: dict[str, tuple[float, asyncio.Task[bytes]]] = {}
        self._redactions: dict[str, int] = {}
        self._unsubscribe: Callable[[], None] = lambda: None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def woken(wake: Wake) -> None:
            if wake.redacted and not loop.is_closed():
                loop.call_soon_threadsafe(self.forget, wake.timeline_id)

        self._unsubscribe = self._bus.subscribe(woken)

    async def stop(self) -> None:
        self._unsubscribe()

    def forget(self, timeline_id: str) -> None:
        """Drop the kept snapshot, because an entry was redacted or the show is hidden."""
        self._kept.pop(timeline_id, None)
        self._redactions[timeline_id] = self._redactions.get(timeline_id, 0) + 1

    async def snapshot(self, timeline_id: str) -> bytes:
        """Return the snapshot, at most a second old; NoTimeline where no show has this timeline."""
        made_at, task = self._kept.get(timeline_id, (0.0, None))
        if task is None or (task.done() and time.monotonic() - made_at > SNAPSHOT_KEPT_S):
            if len(self._kept) >= SNAPSHOTS_MAX:
                self._kept.clear()
            task = asyncio.create_task(self._make(timeline_id))
            self._kept[timeline_id] = (time.monotonic(), task)
            task.add_done_callback(lambda done: self._made(timeline_id, done))
        return await asyncio.shield(task)

    async def _make(self, timeline_id: str) -> bytes:
        for _ in range(_TRIES_MAX):
            before = self._redactions.get(timeline_id, 0)
            made = await self._make_snapshot(timeline_id)
            if before == self._redactions.get(timeline_id, 0):
                return made
        raise TimeoutError("entries are redacted all the time")

    def _made(self, timeline_id: str, task: "asyncio.Task[bytes]") -> None:
        """Drop a failed attempt: everyone who waited for it has got its error."""
        failed = task.cancelled() or task.exception() is not None
        if failed and self._kept.get(timeline_id, (0.0, None))[1] is task:
            del self._kept[timeline_id]
