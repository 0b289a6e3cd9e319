"""One timeline's followers. A frame is built once for everyone; a follower is a cursor.

The log is the truth: a wake-up only says "read on", so a lost one costs the delay to the next.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from showfloor.edge.ports import LogStore
from showfloor.timeline.log import READ_LIMIT, Entry

log = logging.getLogger(__name__)

TICK_S = 0.1  # entries within a tick go out in one frame
REREAD_S = 2.0  # the log is read on this often even when nobody woke us
FRAMES_KEPT = 64  # a follower further behind reads the log itself
COUNT_EVERY_S = 5.0  # the viewer count goes out on change, at most this often


@dataclass(frozen=True, slots=True)
class Frame:
    """Entries `first..last` as the text that goes to everyone."""

    first: int
    last: int
    text: str


def encode(entries: Sequence[Entry]) -> Frame:
    first, last = entries[0].seq, entries[-1].seq
    body = {
        "type": "entries",
        "from": first,
        "to": last,
        "entries": [entry.wire() for entry in entries],
    }
    return Frame(first, last, json.dumps(body, ensure_ascii=False, separators=(",", ":")))


class Feed:
    """Reads one timeline's log on and tells the followers."""

    def __init__(
        self, timeline_id: str, store: LogStore, report: Callable[[str, int], object]
    ) -> None:
        self.timeline_id = timeline_id
        self.head = 0
        self.epoch = ""
        self.viewers = 0
        self.followers = 0  # viewers and staff
        self.redactions = 0  # frames made before the last one are not to be sent any more
        self._store = store
        self._report = report
        self._frames: deque[Frame] = deque(maxlen=FRAMES_KEPT)
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin at the log's head; NoTimeline if there is no such timeline."""
        head = await self._store.head(self.timeline_id)
        self.head, self.epoch = head.seq, head.epoch
        self._task = asyncio.create_task(self._follow_log(), name=f"feed-{self.timeline_id}")

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def wake(self) -> None:
        """There may be something new. Called on the event loop."""
        self._woken.set()

    def forget_frames(self) -> None:
        """Something that was sent is no longer to be said: who is behind reads the log itself."""
        self.redactions += 1
        self._frames.clear()

    def joined(self, *, as_viewer: bool) -> None:
        """One more follower. Staff at work are not viewers."""
        self.followers += 1
        self._count(as_viewer)

    def left(self, *, as_viewer: bool) -> None:
        self.followers -= 1
        self._count(-as_viewer)

    async def wait_for(self, cursor: int) -> None:
        """Until there is something after `cursor`."""
        while self.head <= cursor:
            await self._changed.wait()

    async def frames_after(self, cursor: int) -> list[Frame]:
        """What follows `cursor`, from memory when it is still there, else from the log."""
        kept = [frame for frame in self._frames if frame.last > cursor]
        if kept and kept[0].first == cursor + 1:
            return kept
        entries = await self._store.read(self.timeline_id, cursor, READ_LIMIT, self.head)
        return [encode(entries)] if entries else []

    def _count(self, change: int) -> None:
        if change:
            self.viewers += change
            self._report(self.timeline_id, self.viewers)

    async def _follow_log(self) -> None:
        while True:
            try:
                async with asyncio.timeout(REREAD_S):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self._read_on()
            except Exception:  # the loop outlives a database that does not answer
                log.exception("feed_read_failed timeline=%s", self.timeline_id)
            await asyncio.sleep(TICK_S)

    async def _read_on(self) -> None:
        while True:
            redactions = self.redactions
            entries = await self._store.read(self.timeline_id, self.head, READ_LIMIT)
            if redactions != self.redactions:  # this may be from before it
                continue
            if not entries:
                return
            frame = encode(entries)
            self._frames.append(frame)
            self.head = frame.last
            self._changed.set()
            self._changed = asyncio.Event()
