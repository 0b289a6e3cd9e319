"""The recorder of one channel: it writes in a thread of its own, and counts lost segments."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from showfloor.media.recording.index import BroadcastRecord, Recording, SegmentRecord, still_kept
from showfloor.media.recording.storage import Storage

log = logging.getLogger(__name__)

WRITE_PATIENCE_S: Final = 3.0  # a disk slower than this does not hold back the live picture
PART_PATIENCE_S: Final = 0.5  # the same for a part, which is not waited for until the disk has it
WRITES_WAITING_MAX: Final = 8  # segments that wait for the disk before the next are given up


class Recorder:
    """Used by one channel, on the event loop. `begun`: broadcasts whose record is on disk."""

    def __init__(
        self, channel_id: str, recording: Recording, begun: Iterable[int], storage: Storage
    ) -> None:
        self.is_failing = False  # the last write failed
        self.segments_lost = 0  # of the public ones in this process: live only, a gap in the replay
        self.waiting = 0  # writes
        self.patience_s = WRITE_PATIENCE_S
        self._channel_id = channel_id
        self._recording = recording
        self._storage = storage
        self._begun = set(begun)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")

    async def begin(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> None:
        """Record a broadcast before its first part is offered; so its number is used once only."""
        await self._write(lambda: self._ensure_begun(broadcast, inits))

    async def append(
        self,
        record: SegmentRecord,
        bodies: Mapping[str, bytes],
        broadcast: BroadcastRecord,
        inits: Mapping[str, bytes],
    ) -> bool:
        """Write a complete segment; return False when that failed."""

        def write() -> bool:
            self._ensure_begun(broadcast, inits)
            if not self._storage.may_record():
                # A line of 200 bytes still fits: after a restart its number is not given again.
                self._recording.append(replace(record, sizes={}), {})
                self._recording.remove(record)  # parts from when there was room
                return False
            self._recording.append(record, bodies)
            self._storage.wrote(sum(map(len, bodies.values())))
            return True

        kept = await self._write(write)
        self.segments_lost += record.public and not kept
        return kept

    async def add_part(self, so_far: SegmentRecord, bodies: Mapping[str, bytes]) -> None:
        """Write the next part of the open segment before it is listed. A slow or full disk gets
        complete segments only; these tell whether recording works."""
        if self.waiting:
            return

        def write() -> bool:
            if self._storage.may_record():
                self._recording.add_part(so_far, bodies)
            return True

        await self._run(write, self._part_written, PART_PATIENCE_S)

    def remove(self, records: Sequence[SegmentRecord]) -> None:
        """Delete the media of previews that are not offered any more."""
        if records:
            self._thread.submit(self._remove, records)

    def remove_old_previews(self, previews: Sequence[SegmentRecord]) -> None:
        """Delete the media of an earlier process's previews."""
        written = [record for record in previews if record.sizes]
        if written:
            self._thread.submit(lambda: self._remove(still_kept(self._recording, written)))

    def close(self) -> None:
        """Stop after the writes that have begun."""
        self._thread.shutdown(wait=False)

    def _remove(self, records: Sequence[SegmentRecord]) -> None:
        """In the thread."""
        for record in records:
            try:
                self._recording.remove(record)
            except OSError as error:
                log.warning("preview_not_removed channel=%s reason=%s", self._channel_id, error)

    def _ensure_begun(self, broadcast: BroadcastRecord, inits: Mapping[str, bytes]) -> bool:
        """In the thread."""
        if broadcast.number not in self._begun:
            self._recording.begin(broadcast, inits)
            self._begun.add(broadcast.number)
        return True

    async def _write(self, write: Callable[[], bool]) -> bool:
        """Run a write in the thread; False when it failed."""
        if self.waiting >= WRITES_WAITING_MAX:
            self._failed("too many writes are waiting")
            return False
        return await self._run(write, self._written, self.patience_s)

    async def _run(
        self,
        write: Callable[[], bool],
        written: Callable[[asyncio.Future[bool]], None],
        patience_s: float,
    ) -> bool:
        """Run a write. A slow one goes on and counts as done, because the live picture does not
        wait for a slow disk."""
        self.waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, write)
        future.add_done_callback(written)
        done, _ = await asyncio.wait([future], timeout=patience_s)
        return not done or (future.exception() is None and future.result())

    def _part_written(self, future: asyncio.Future[bool]) -> None:
        self.waiting -= 1
        if not future.cancelled() and (error := future.exception()) is not None:
            log.debug("part_not_recorded channel=%s reason=%s", self._channel_id, error)

    def _written(self, future: asyncio.Future[bool]) -> None:
        self.waiting -= 1
        if future.cancelled():
            return
        if (error := future.exception()) is not None:
            self._failed(str(error))
        elif self.is_failing:
            self.is_failing = False
            log.warning(
                "recording_works_again channel=%s lost=%d", self._channel_id, self.segments_lost
            )

    def _failed(self, reason: str) -> None:
        """Log a failure once, not with every segment."""
        if not self.is_failing:
            self.is_failing = True
            log.error("recording_failed channel=%s reason=%s", self._channel_id, reason)
