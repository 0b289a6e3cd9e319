"""One reader of a hub: its queue, its task, its failure."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from showfloor.media.hub.events import (
    FullPolicy,
    HubEvent,
    HubReader,
    ReaderLimits,
    SourceEnded,
    SourceJoined,
    is_key_frame,
)
from showfloor.media.packets import ITEM_OVERHEAD, MediaPacket, held_bytes, is_further

log = logging.getLogger(__name__)

CUT_GRACE_S: Final = 10.0  # for a reader that was cut to return from its last `take`
END_TIMEOUT_S: Final = 20.0


class ReaderTask:
    """Hands events to one reader from a bounded queue, in a task of its own.

    `failure` says why the reader was ended; it is empty while all is well.
    """

    def __init__(
        self,
        name: str,
        reader: HubReader,
        limits: ReaderLimits,
        on_end: "Callable[[ReaderTask], None]",
    ) -> None:
        self.name = name
        self.limits = limits
        self.failure = ""
        self.skipped = 0  # packets that a full queue has cost
        self._reader = reader
        self._on_end = on_end
        # With each event's size; bounded by queue_max_bytes.
        self._queue: deque[tuple[HubEvent, datetime, int]] = deque()
        self._queued_bytes = 0
        self._awaits_key = True
        self._is_skipping = False  # it awaits a key frame because its queue was full
        self._follows: SourceJoined | None = None  # as the reader knows
        self._closing = False
        self._giving_up: asyncio.TimerHandle | None = None
        self._arrived = asyncio.Event()
        self._has_room = asyncio.Event()
        self._idle = asyncio.Event()
        self._has_room.set()
        self._idle.set()
        self._task = asyncio.create_task(self._run(), name=f"reader {name}")

    # --- the hub's side ---

    @property
    def is_full(self) -> bool:
        return self._queued_bytes > self.limits.queue_max_bytes

    @property
    def is_waiting(self) -> bool:
        """Return whether something waits for the reader."""
        return bool(self._queue)

    def is_for(self, event: HubEvent) -> bool:
        """Return whether the reader takes this kind of event at all."""
        return self.limits.takes_all_pictures or not is_further(event)

    def put(self, event: HubEvent, at: datetime) -> bool:
        """Queue an event; return False when a full queue has dropped what waited before it: the
        source on air has to be told anew."""
        if self._closing or not self.is_for(event):
            return True
        if self.is_full and self.limits.policy is FullPolicy.SKIP:
            self._is_skipping = True
            self._count_skipped(event)
            self.drop_waiting()
            return False
        if self.is_full and self.limits.policy is FullPolicy.CUT:
            self.cut("it took too long")
            return True
        if isinstance(event, SourceJoined):
            self._awaits_key = True
        elif isinstance(event, MediaPacket) and self._awaits_key:
            if not is_key_frame(event):
                self.skipped += self._is_skipping
                return True
            self._awaits_key = self._is_skipping = False
        size = _size(event)
        self._queue.append((event, at, size))
        self._queued_bytes += size
        if self._queued_bytes > self.limits.hold_bytes:
            self._has_room.clear()
        self._idle.clear()
        self._arrived.set()
        return True

    def put_anew(
        self, current: SourceJoined | None, told: Sequence[HubEvent], at: datetime
    ) -> None:
        """Tell a reader that has nothing in its queue which source is on air, and what that has
        told."""
        if self._follows is not None and self._follows != current:
            before = self._follows
            is_followed = current is not None
            self.put(SourceEnded(before.name, before.number, is_followed=is_followed), at)
        if current is not None:
            for event in told if self._follows == current else (current, *told):
                self.put(event, at)

    def drop_waiting(self) -> None:
        """Drop all that waits; the reader goes on with the next key frame."""
        for event, _at, _held in self._queue:
            self._count_skipped(event)
        self._queue.clear()
        self._queued_bytes = 0
        self._awaits_key = True
        self._has_room.set()

    async def room(self) -> None:
        """Wait until the source may give more; only a HOLD reader ever lets it wait."""
        if self.limits.policy is FullPolicy.HOLD:
            await self._has_room.wait()

    async def caught_up(self) -> None:
        """Wait until the reader has taken all that waits, or has ended."""
        await self._idle.wait()

    def cut(self, failure: str) -> None:
        """End the reader; it is given up if it does not return soon."""
        if self._closing:
            return
        log.warning("reader_cut reader=%s reason=%s", self.name, failure)
        self.failure = failure
        self.drop_waiting()
        self.close()
        loop = asyncio.get_running_loop()
        self._giving_up = loop.call_later(CUT_GRACE_S, self._task.cancel)

    def close(self) -> None:
        """Take nothing more; the reader is ended when it has taken what waits."""
        self._closing = True
        self._arrived.set()

    async def closed(self) -> None:
        """Wait until the reader has ended."""
        await asyncio.wait([self._task])

    def _count_skipped(self, event: HubEvent) -> None:
        self.skipped += isinstance(event, MediaPacket)

    # --- the task ---

    async def _run(self) -> None:
        try:
            while (entry := await self._next()) is not None:
                event, at = entry
                if isinstance(event, SourceJoined):
                    self._follows = event
                elif isinstance(event, SourceEnded):
                    self._follows = None
                await self._reader.take(event, at)
        except Exception as error:  # a reader's bug ends that reader, and touches nothing else
            log.exception("reader_failed reader=%s", self.name)
            self.failure = self.failure or f"{type(error).__name__}: {error}"
        finally:
            self._closing = True
            if self._giving_up is not None:
                self._giving_up.cancel()  # it has returned, and its end has a time of its own
            self.drop_waiting()
            self._on_end(self)
            try:
                await self._end()
            finally:
                self._idle.set()

    async def _next(self) -> tuple[HubEvent, datetime] | None:
        """Return the next event; None when the reader is closed and has taken all."""
        while not self._queue:
            self._idle.set()
            if self._closing:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        event, at, size = self._queue.popleft()
        self._queued_bytes -= size
        if self._queued_bytes <= self.limits.hold_bytes:
            self._has_room.set()
        return event, at

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await self._reader.ended(self.failure)
        except Exception:  # as in `_run`
            log.exception("reader_did_not_end reader=%s", self.name)


def _size(event: HubEvent) -> int:
    if isinstance(event, SourceJoined | SourceEnded):
        return ITEM_OVERHEAD
    return held_bytes(event)
