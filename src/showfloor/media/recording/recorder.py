"""The recorder of one channel: it writes in a thread of its own, and the live picture waits for it
only while the disk works. Segments that the disk does not take wait in memory."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from showfloor.media.recording.backlog import Backlog, WaitingSegment
from showfloor.media.recording.index import BroadcastRecord, Recording, SegmentRecord, still_kept
from showfloor.media.recording.storage import Storage

log = logging.getLogger(__name__)

WRITE_PATIENCE_S: Final = 1.0  # a disk slower than this does not hold back the live picture
PART_PATIENCE_S: Final = 0.3  # the same for a part, which is not waited for until the disk has it
RETRY_S: Final = 2.0
FINISH_PATIENCE_S: Final = 6.0  # for what waits in memory when the server stops


class Recorder:
    """Used by one channel, on the event loop. `begun`: broadcasts whose record is on disk.
    `on_lost` hears of each segment whose media will not be recorded."""

    def __init__(
        self, channel_id: str, recording: Recording, begun: Iterable[int], storage: Storage,
        on_lost: Callable[[SegmentRecord], object],
    ) -> None:  # fmt: skip
        self.is_failing = False  # the last write failed, or goes on for too long
        self.is_losing = False  # memory is full: media is given up until the disk has caught up
        self.segments_lost = 0  # of the public ones in this process: live only, a gap in the replay
        self.patience_s = WRITE_PATIENCE_S
        self._small_writes = 0  # parts and broadcasts that are being written
        self._channel_id = channel_id
        self._recording = recording
        self._storage = storage
        self._on_lost = on_lost
        self._begun = set(begun)
        self._backlog = Backlog(storage.memory)
        self._try_again = asyncio.Event()
        self._is_closing = False
        self._draining: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")

    @property
    def waiting(self) -> int:
        """Return the count of writes that are not done."""
        return len(self._backlog) + self._small_writes

    @property
    def held_s(self) -> float:
        """Return the length of the public picture that waits in memory for the disk, s."""
        return float(self._backlog.held_s)

    def held_body(self, msn: int, rung: str) -> bytes | None:
        """Return a segment's media while it waits in memory."""
        return self._backlog.body(msn, rung)

    async def begin(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> None:
        """Record a broadcast before its first part is offered; so its number is used once only."""
        await self._write_small(lambda: self._ensure_begun(broadcast, inits), self.patience_s)

    async def append(
        self,
        record: SegmentRecord,
        bodies: Mapping[str, bytes],
        broadcast: BroadcastRecord,
        inits: Mapping[str, bytes],
    ) -> bool:
        """Write a complete segment, or keep it in memory until the disk takes it; return False when
        there is no room in either."""
        segment = WaitingSegment(record, bodies, broadcast, inits)
        self._give_up(self._backlog.add(segment))
        self._drain_on()
        if not self.is_failing:  # else it would be waited for with each segment
            try:
                async with asyncio.timeout(self.patience_s):
                    await segment.tried.wait()
            except TimeoutError:
                self._failed(f"no answer within {self.patience_s:g} s")
        return bool(segment.bodies)

    async def add_part(self, so_far: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        """Write the next part of the open segment before it is listed. A slow or full disk gets
        complete segments only; these tell whether recording works."""
        if self.waiting:
            return

        def write() -> None:
            if self._storage.may_record():
                self._recording.add_part(so_far, bodies)

        await self._write_small(write, PART_PATIENCE_S)

    def remove(self, records: Sequence[SegmentRecord]) -> None:
        """Delete the media of previews that are not offered any more."""
        if records:
            self._backlog.drop(records)
            self._thread.submit(self._remove, records)

    def remove_old_previews(self, previews: Sequence[SegmentRecord]) -> None:
        """Delete the media of an earlier process's previews."""
        written = [record for record in previews if record.sizes]
        if written:
            self._thread.submit(lambda: self._remove(still_kept(self._recording, written)))

    async def close(self) -> None:
        """Write what waits in memory if the disk takes it soon, and stop."""
        self._is_closing = True
        if self._draining is not None and not self._draining.done():
            self._try_again.set()
            await asyncio.wait(
                [self._draining], timeout=min(FINISH_PATIENCE_S, 3 * self.patience_s)
            )
            self._draining.cancel()
            with suppress(asyncio.CancelledError):
                await self._draining
        if left := self._backlog.close():
            log.error("recording_given_up channel=%s segments=%d", self._channel_id, len(left))
        self._thread.shutdown(wait=False)

    # --- segments ---

    def _drain_on(self) -> None:
        self._try_again.set()
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain(), name=f"record {self._channel_id}")

    async def _drain(self) -> None:
        """Write the waiting segments in order, each until it is on disk or given up."""
        while (segment := self._backlog.first) is not None:
            self._try_again.clear()
            waiting = self._backlog.all()
            is_written = await self._try_to_write(segment, waiting)
            if is_written:
                self._backlog.written(segment)
                self._works()
                segment.tried.set()
                continue
            for one in waiting:
                one.tried.set()
            if self._is_closing:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S):
                    await self._try_again.wait()

    async def _try_to_write(
        self, segment: WaitingSegment, waiting: Sequence[WaitingSegment]
    ) -> bool:
        """Return whether all that is to be recorded of a segment is on disk."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._write, segment, waiting)
        except OSError as error:
            self._failed(str(error))
        except Exception:  # a fault with one segment must not stop the recording
            log.exception("segment_not_recorded channel=%s", self._channel_id)
            self._failed("a fault of the server")
        return False

    def _write(self, segment: WaitingSegment, waiting: Sequence[WaitingSegment]) -> bool:
        """In the thread. `waiting`: the segment and those behind it."""
        self._ensure_begun(segment.broadcast, segment.inits)
        bodies = segment.bodies
        if not bodies:
            if not segment.is_gap_recorded:
                self._record_gap(segment)
            return True
        if not self._storage.may_record():
            # Lines of 200 bytes still fit: after a restart their numbers are not given again.
            for one in (one for one in waiting if not one.is_gap_recorded):
                self._ensure_begun(one.broadcast, one.inits)
                self._record_gap(one)
            return False
        self._recording.append(segment.record, bodies)
        self._storage.wrote(sum(map(len, bodies.values())))
        return True

    def _record_gap(self, segment: WaitingSegment) -> None:
        """In the thread."""
        self._recording.append(segment.gap, {})
        segment.is_gap_recorded = True
        self._recording.remove(segment.record)  # parts from when there was room

    def _give_up(self, segments: Sequence[WaitingSegment]) -> None:
        for segment in segments:
            self.is_losing = True
            self.segments_lost += segment.record.public
            self._on_lost(segment.record)

    def _works(self) -> None:
        if self.is_failing:
            self.is_failing = False
            log.warning(
                "recording_works_again channel=%s lost=%d", self._channel_id, self.segments_lost
            )
        if not self._backlog:
            self.is_losing = False

    def _failed(self, reason: str) -> None:
        """Log a failure once, not with every segment."""
        if not self.is_failing:
            self.is_failing = True
            log.error("recording_failed channel=%s reason=%s", self._channel_id, reason)

    # --- small writes ---

    async def _write_small(self, write: Callable[[], object], patience_s: float) -> None:
        """Run a write that is made again, as a whole, with its segment. A slow one goes on alone,
        because the live picture does not wait for a slow disk."""
        self._small_writes += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, write)
        future.add_done_callback(self._small_written)
        await asyncio.wait([future], timeout=0 if self.is_failing else patience_s)

    def _small_written(self, future: asyncio.Future[object]) -> None:
        self._small_writes -= 1
        if not future.cancelled() and (error := future.exception()) is not None:
            log.debug("part_not_recorded channel=%s reason=%s", self._channel_id, error)

    def _ensure_begun(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> None:
        """In the thread."""
        if broadcast.number not in self._begun:
            self._recording.begin(broadcast, inits)
            self._begun.add(broadcast.number)

    def _remove(self, records: Sequence[SegmentRecord]) -> None:
        """In the thread."""
        for record in records:
            try:
                self._recording.remove(record)
            except OSError as error:
                log.warning("preview_not_removed channel=%s reason=%s", self._channel_id, error)
