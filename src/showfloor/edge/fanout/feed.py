"""The feed of one timeline: it reads each closed tick once, encodes it once, and keeps it in a
ring.

The log is the truth: a wake-up only says "read on", so a lost one costs the delay to the next
reading. Only closed ticks go out, so that all processes send the same ticks.

A follower gets its feed from the hub (`async with hub.following(timeline_id) as feed`):

    feed.head, feed.epoch, feed.tick      the last entry and tick that were sent
    await feed.wait_after(seq)            until there is an entry after `seq`
    await feed.frames_after(seq)          what follows `seq`; None: too far back, take a snapshot
    await feed.knows(seq)                 whether this position was ever given out
    await feed.next_frame(number)         the frame of the tick after `number`, once it is closed
    await feed.frame(number)              the frame of one tick, from memory or from the log
    await feed.cut_empty()                close a tick now, though nothing may be in it
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from showfloor.edge.fanout import tick_codec
from showfloor.edge.fanout.limits import FeedLimits
from showfloor.edge.fanout.ring import Ring
from showfloor.edge.fanout.tick_codec import EncodedTick, Frame, Thin
from showfloor.edge.ports import LogStore, Ticker
from showfloor.timeline.log import TICK_ENTRIES_MAX, TICK_MS, Entry, Head, Tick

log = logging.getLogger(__name__)

REREAD_S: Final = 2.0  # the log is read on this often even when nobody woke us
BATCH_BYTES_MAX: Final = 256 * 1024
_TICKS_AT_ONCE: Final = 500
_ENTRIES_AT_ONCE: Final = 1000  # encoded in one go: 15 ms of the event loop
_REFUSED_S: Final = 0.02  # by another's clock it is not time yet for a tick
_READS_MAX: Final = 5  # of the same, while something is taken back all the time


def _nothing() -> None:
    return


class Feed:
    """Reads one timeline's log on. Belongs to the event loop."""

    def __init__(
        self, timeline_id: str, store: LogStore, ticker: Ticker, thin: Thin | None = None,
        ring: Callable[[int, int], Ring] = Ring, limits: FeedLimits | None = None,
    ) -> None:  # fmt: skip
        self.timeline_id = timeline_id
        self.head = 0
        self.tick = 0
        self.epoch = ""
        # Callbacks: new frames are there, entries were redacted, history was replaced.
        self.on_frames: Callable[[], None] = _nothing
        self.on_redacted: list[Callable[[Sequence[int]], None]] = []  # given them ascending
        self.on_reset: Callable[[], None] = _nothing
        self._store = store
        self._ticker = ticker
        self._thin = thin
        self._new_ring = ring
        self._limits = limits or FeedLimits()
        self.ring = ring(0, 0)
        self._log_seq = 0  # the last entry that the log was seen to have
        self._redactions = 0  # of which this feed was told
        self._redactions_unseen = 0  # of which it was told since `_redactions_read`
        self._redactions_read = 0  # as the log counts them
        self._ticked_at = 0  # Unix milliseconds
        self._is_unsure = False  # whether to look at the log's head
        self._timer: asyncio.TimerHandle | None = None
        self._due: asyncio.TimerHandle | None = None
        self._woken = asyncio.Event()
        self._changed: asyncio.Event | None = None  # set at the next change, if anyone waits
        self._backwards = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._rebuild: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start at the log's last closed tick; NoTimeline if there is no such timeline."""
        self._begin(await self._store.head(self.timeline_id))
        if self._log_seq > self.head:
            self._woken.set()
        follow = asyncio.create_task(self._follow_log(), name=f"feed-{self.timeline_id}")
        self._tasks.append(follow)
        self._timer = asyncio.get_running_loop().call_later(REREAD_S, self._look_soon)

    def stop(self) -> None:
        for timer in (self._timer, self._due):
            if timer is not None:
                timer.cancel()
        for task in (*self._tasks, *([self._rebuild] if self._rebuild else [])):
            task.cancel()

    def wake(self) -> None:
        """Read new entries as soon as the last tick is old enough."""
        if self._due is None and not self._woken.is_set():
            young_s = self._young_s()
            if young_s:
                self._due = asyncio.get_running_loop().call_later(young_s, self._is_due)
            else:
                self._woken.set()

    def redact(self, seqs: Sequence[int]) -> None:
        """Redact these entries: frames made of them before are not sent again."""
        self._redactions_unseen += len(seqs)
        self._notify_redacted(sorted(seqs))
        self._mark_stale(seqs)

    async def wait_after(self, seq: int) -> None:
        """Wait until there is an entry after `seq`."""
        while self.head <= seq:
            await self._change()

    def is_near(self, seq: int) -> bool:
        """Return whether reading on from this position is cheaper than a snapshot."""
        return self.head - seq <= self._limits.catch_up_max

    async def knows(self, seq: int) -> bool:
        """Return whether this position was ever given out. It can be ahead of `head`, because a
        snapshot may be of an entry whose tick is still open."""
        if seq > max(self.head, self._log_seq):
            self._log_seq = (await self._store.head(self.timeline_id)).seq
        return seq <= max(self.head, self._log_seq)

    async def frames_after(self, seq: int, *, full: bool = False) -> list[Frame] | None:
        """Return frames of the entries after `seq`, in order, at most BATCH_BYTES_MAX and one frame
        more; empty at the head. None when `seq` is older than the ring: the follower needs a
        snapshot.

        `full`: for staff, without thinning. The first frame begins right behind `seq`. Empty ticks
        are left out.
        """
        if not await self.read_back_to(seq):
            return None
        while seq < self.head:
            found = self.ring.after(seq, full=full, bytes_max=BATCH_BYTES_MAX)
            if found:
                return found
            await self._change()  # a redacted tick is being read again
            if not self.ring.covers(seq):
                return None
        return []

    async def next_frame(self, number: int, *, full: bool = False) -> Frame:
        """Wait for tick `number + 1` to be closed and return its frame, which may be empty."""
        while self.tick <= number:
            await self._change()
        frame = await self.frame(number + 1, full=full)
        assert frame is not None, "a closed tick stays"
        return frame

    async def frame(self, number: int, *, full: bool = False) -> Frame | None:
        """Return the frame of a closed tick; None when there is none of that number."""
        kept = self.ring.number(number)
        if kept is not None:
            return kept.frame(full=full)
        if not 0 < number <= self.tick:
            return None
        for tick_frames in await self._encoded_ticks(number - 1, 1):
            if tick_frames.full.number == number:
                return tick_frames.frame(full=full)
        return None

    async def close_empty_tick(self) -> None:
        """Close a tick now, even an empty one, for requests that have waited long enough."""
        await self._ticker.close_tick(self.timeline_id, empty=True)
        self.wake()

    async def read_back_to(self, seq: int) -> bool:
        """Bring everything after `seq` into memory, reading back in the log where needed; False
        where that is too far."""
        if self.ring.covers(seq):
            return True
        async with self._backwards:
            while not self.ring.covers(seq):
                if not self.is_near(seq) or not self.ring.has_room:
                    return False
                if not await self._read_back():
                    return False
        return True

    # --- reading on ------------------------------------------------------------------------------

    def _look_soon(self) -> None:
        """Look at the log every REREAD_S, in case a wake-up was lost."""
        self._is_unsure = True
        self._woken.set()
        self._timer = asyncio.get_running_loop().call_later(REREAD_S, self._look_soon)

    def _is_due(self) -> None:
        self._due = None
        self._woken.set()

    def _young_s(self) -> float:
        """Return how long the last tick is still too young for a next one.

        The clock that wrote it may be another machine's. An impossible age then counts as old
        enough, and a tick that is asked for too early is refused and asked for again.
        """
        young_ms = TICK_MS - (int(time.time() * 1000) - self._ticked_at)
        return young_ms / 1000 if 0 < young_ms <= TICK_MS else 0.0

    async def _follow_log(self) -> None:
        while True:
            await self._woken.wait()
            if young_s := self._young_s():
                await asyncio.sleep(young_s)
            self._woken.clear()  # a wake-up from here on is for a later tick
            is_unsure, self._is_unsure = self._is_unsure, False
            try:
                if not is_unsure or await self._has_more():
                    await self._catch_up()
            except Exception:  # the loop goes on when the database does not answer
                log.exception("feed_read_failed timeline=%s", self.timeline_id)
                await asyncio.sleep(self._limits.retry_s)
                self._woken.set()

    async def _has_more(self) -> bool:
        """Look at the log's head, in case a wake-up was lost; return whether there is more."""
        head = await self._store.head(self.timeline_id)
        if head.epoch != self.epoch or head.seq < self.head or head.tick < self.tick:
            log.warning("feed_begins_anew timeline=%s", self.timeline_id)
            self._begin(head)
            self.on_reset()
            return head.seq > head.ticked_seq
        self._log_seq = head.seq
        if head.redactions - self._redactions_read != self._redactions_unseen:
            # A redaction of which no notice came: nothing in memory or in a transport can be
            # trusted.
            self.ring = self._new_ring(self.tick, self.head)
            self._notify_redacted(range(1, self.head + 1))
        self._redactions_read, self._redactions_unseen = head.redactions, 0
        return head.seq > self.head or head.tick > self.tick

    async def _catch_up(self) -> None:
        """Close and read ticks until nothing is left."""
        more: bool | None = True
        while more:
            await self._ticker.close_tick(self.timeline_id)
            more = await self._read_on()
            if more is None:
                head = await self._store.head(self.timeline_id)
                self._log_seq = max(self._log_seq, head.seq)
                more = head.seq > self.head
                if more:  # it was too early
                    await asyncio.sleep(max(_REFUSED_S, self._young_s()))

    async def _read_on(self) -> bool | None:
        """Take in closed ticks; return whether there is more to close or read, None where there was
        none."""
        encoded = await self._encoded_ticks(self.tick, _TICKS_AT_ONCE)
        if not encoded:
            return None
        for tick_frames in encoded:
            self.ring.add(tick_frames)
        last = encoded[-1].full
        self.head, self.tick = last.last, last.number
        self._log_seq = max(self._log_seq, self.head)
        self._ticked_at = encoded[-1].at
        self._notify()
        return len(encoded) > 1 or encoded[0].entries >= TICK_ENTRIES_MAX

    async def _encoded_ticks(self, after: int, limit: int) -> list[EncodedTick]:
        """Return ticks with numbers above `after` as frames; as many as are encoded in one go."""
        return await self._steady(lambda: self._read_batch(after, limit))

    async def _steady(self, read: Callable[[], Awaitable[list[EncodedTick]]]) -> list[EncodedTick]:
        """Read until no redaction comes in between; return nothing where redactions never stop."""
        for _ in range(_READS_MAX):
            redactions = self._redactions
            encoded = await read()
            if redactions == self._redactions:
                return encoded
        return []

    async def _read_batch(self, after: int, limit: int) -> list[EncodedTick]:
        ticks = _one_batch(await self._store.ticks(self.timeline_id, after, limit))
        return await self._encoded(ticks)

    async def _encoded(self, ticks: Sequence[Tick]) -> list[EncodedTick]:
        if not ticks:
            return []
        first, last = ticks[0].first, ticks[-1].last
        entries = (
            await self._store.read(self.timeline_id, first - 1, last - first + 1, last)
            if last >= first
            else []
        )
        if len(ticks) == 1:
            return [tick_codec.encode_tick(ticks[0], entries, self._thin)]
        by_seq = {entry.seq: entry for entry in entries}
        return [tick_codec.encode_tick(tick, _within(tick, by_seq), self._thin) for tick in ticks]

    async def _read_back(self) -> bool:
        """Put earlier ticks in front of the ring; return False where there are none."""
        ring, number = self.ring, self.ring.first_number
        after = max(0, number - 1 - _TICKS_AT_ONCE)
        encoded = await self._steady(lambda: self._read_batches(after, number))
        if not encoded:
            return False
        # otherwise the ring has moved on meanwhile
        if ring is self.ring and ring.first_number == number:
            ring.prepend(encoded)
        return True

    async def _read_batches(self, after: int, number: int) -> list[EncodedTick]:
        """Return ticks `after + 1 .. number - 1`, read in batches."""
        encoded: list[EncodedTick] = []
        while after < number - 1:
            more = await self._read_batch(after, number - 1 - after)
            if not more:
                return []
            encoded += more
            after = more[-1].full.number
        return encoded

    # --- taking back -----------------------------------------------------------------------------

    def _notify_redacted(self, seqs: Sequence[int]) -> None:
        self._redactions += 1
        for told in self.on_redacted:
            told(seqs)

    def _mark_stale(self, seqs: Sequence[int]) -> None:
        if self.ring.mark_stale(seqs) and self._rebuild is None:
            self._rebuild = asyncio.create_task(self._read_again())

    async def _read_again(self) -> None:
        """Read stale ticks again until none is left, also when the database fails meanwhile."""
        while self.ring.stale:
            try:
                for number in self.ring.stale:
                    await self._replace(number)
            except Exception:  # no viewer gets the tick until it can be read
                log.exception("feed_rebuild_failed timeline=%s", self.timeline_id)
                await asyncio.sleep(self._limits.retry_s)
        self._rebuild = None
        self._notify()

    async def _replace(self, number: int) -> None:
        redactions = self._redactions
        encoded = await self._encoded(await self._store.ticks(self.timeline_id, number - 1, 1))
        if not encoded or encoded[0].full.number != number:
            raise LookupError(f"tick {number} has gone")
        if redactions == self._redactions:  # otherwise it may be older than the last redaction
            self.ring.replace(encoded[0])

    # --------------------------------------------------------------------------------------------

    def _begin(self, head: Head) -> None:
        self.head, self.tick, self.epoch = head.ticked_seq, head.tick, head.epoch
        self._log_seq = head.seq
        self._redactions_read, self._redactions_unseen = head.redactions, 0
        self.ring = self._new_ring(head.tick, head.ticked_seq)

    async def _change(self) -> None:
        if self._changed is None:
            self._changed = asyncio.Event()
        await self._changed.wait()

    def _notify(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None
        self.on_frames()


def _one_batch(ticks: list[Tick]) -> list[Tick]:
    """Return as many of these ticks as are encoded in one go, at least one."""
    if len(ticks) < 2:
        return ticks
    taken, entries = 0, 0
    for tick in ticks:
        entries += tick.last - tick.first + 1
        if taken and entries > _ENTRIES_AT_ONCE:
            break
        taken += 1
    return ticks[:taken]


def _within(tick: Tick, by_seq: dict[int, Entry]) -> list[Entry]:
    return [by_seq[seq] for seq in range(tick.first, tick.last + 1) if seq in by_seq]
