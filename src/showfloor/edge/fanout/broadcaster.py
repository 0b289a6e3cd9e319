"""One timeline's WebSocket viewers. A viewer is a cursor; nobody has a queue or a task.

A viewer that has everything stands in a `ViewerGroup` and is written to by a bare system call. A
viewer whose transport is full (`BLOCKED`), or whose position is elsewhere (`WAITING`), is served
from the ring when that ends, and comes back into the group. Invariant: the transport of a viewer in
the group has an empty buffer, so that a write past it cannot overtake anything.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from typing import Final

from showfloor.edge import websocket_frames
from showfloor.edge.fanout.feed import BATCH_BYTES_MAX, Feed
from showfloor.edge.fanout.limits import FanoutLimits
from showfloor.edge.fanout.ring import touches
from showfloor.edge.fanout.viewer import State, Viewer
from showfloor.edge.fanout.viewer_group import ViewerGroup
from showfloor.edge.ports import Snapshots
from showfloor.edge.websocket_frames import CloseCode

log = logging.getLogger(__name__)

_SNAPSHOT_WITHIN_S: Final = 10.0
_SNAPSHOT_TRIES: Final = 3
_AT_ONCE: Final = 200  # viewers served in one turn of the loop, where each is served by itself


class Fanout:
    """Everything here belongs to the event loop."""

    def __init__(
        self, feed: Feed, snapshots: Snapshots, limits: FanoutLimits | None = None
    ) -> None:
        self.feed = feed
        self.count_frame = b""  # the viewer count that was sent last
        self._snapshots = snapshots
        self._limits = limits or FanoutLimits()
        at_once = self._limits.writes_at_once
        self._groups = (
            ViewerGroup(self, full=False, writes_at_once=at_once),
            ViewerGroup(self, full=True, writes_at_once=at_once),
        )
        # By viewer: bytes that waited at the last sweep, and when they had last become fewer.
        self._blocked: dict[Viewer, tuple[int, float]] = {}
        self._waiting: dict[Viewer, None] = {}
        # Viewers that need a snapshot, and their first skipped entry.
        self._needs_snapshot: dict[Viewer, int] = {}
        self._snapshot = (b"", b"", 0)  # as the port gave it, as a frame, its position
        self._snapshot_task: asyncio.Task[None] | None = None
        self._read_back_task: asyncio.Task[None] | None = None
        feed.on_frames = self.flush
        feed.on_redacted.append(self._redacted)
        feed.on_reset = self._reset
        self._reset_groups()

    def stop(self) -> None:
        for task in (self._snapshot_task, self._read_back_task):
            if task is not None:
                task.cancel()

    # --- viewers ---------------------------------------------------------------------------------

    def add(self, viewer: Viewer, after: int) -> None:
        """Send the viewer all that follows entry `after`, until it leaves."""
        viewer.cursor = after
        self._place(viewer)

    def add_with_snapshot(self, viewer: Viewer) -> None:
        """Send a snapshot first, for a viewer whose position is unknown here."""
        self._needs_snapshot[viewer] = 0
        self._place(viewer)

    def _place(self, viewer: Viewer) -> None:
        if viewer.state is State.BLOCKED:  # the client has not even taken the greeting
            self._block(viewer)
        else:
            self.catch_up(viewer)

    def _block(self, viewer: Viewer) -> None:
        self._blocked[viewer] = (viewer.transport.get_write_buffer_size(), viewer.stalled_at)

    def remove(self, viewer: Viewer) -> None:
        self._step_out(viewer)
        self._blocked.pop(viewer, None)
        self._waiting.pop(viewer, None)
        self._needs_snapshot.pop(viewer, None)

    def paused(self, viewer: Viewer) -> None:
        """Send nothing more until the transport is empty: bytes wait in it."""
        if viewer.state is State.BLOCKED:
            return
        self._step_out(viewer)
        self._waiting.pop(viewer, None)
        viewer.state = State.BLOCKED
        viewer.stalled_at = time.monotonic()
        self._block(viewer)

    def resumed(self, viewer: Viewer) -> None:
        """Go on with a viewer whose transport is empty again."""
        if viewer.state is not State.BLOCKED:
            return
        self._blocked.pop(viewer, None)
        viewer.state = State.OUT
        stalled_s = time.monotonic() - viewer.stalled_at
        behind = self.feed.head - viewer.cursor
        is_lost = not self.feed.ring.covers(viewer.cursor) or (
            behind > self._limits.skip_behind and stalled_s > self._limits.skip_after_s
        )
        if is_lost and viewer not in self._needs_snapshot and not self._skip(viewer):
            return
        if self.count_frame:
            viewer.transport.write(self.count_frame)
        if viewer.state is State.OUT:
            self.catch_up(viewer)

    def catch_up(self, viewer: Viewer) -> None:
        """Send a viewer the frames that its group already got, until its transport is full."""
        if viewer in self._needs_snapshot:
            viewer.state = State.WAITING
            self._want_snapshot()
            return
        group, ring = self._groups[viewer.full], self.feed.ring
        while viewer.cursor < group.sent and ring.covers(viewer.cursor):
            found = ring.after(
                viewer.cursor, full=viewer.full, bytes_max=BATCH_BYTES_MAX, until=group.sent
            )
            if not found:
                break  # a redacted tick is being read again
            viewer.unsent_from, viewer.cursor = viewer.cursor, found[-1].last
            viewer.state = State.OUT
            # Not joined, so that waiting bytes are the ring's own, however many viewers wait for
            # them.
            viewer.transport.writelines([frame.ws for frame in found])
            if viewer.state is not State.OUT:
                return
        self._waiting.pop(viewer, None)
        if viewer.cursor == group.sent:
            group.add(viewer)
            return
        viewer.state = State.WAITING
        self._waiting[viewer] = None
        if viewer.cursor < group.sent and not ring.covers(viewer.cursor):
            self.read_back()

    def send_rest(self, viewer: Viewer, rest: bytes | memoryview) -> None:
        """Send the rest that a viewer did not take from the group, or all of it."""
        viewer.state = State.OUT
        if viewer.transport.is_closing():  # `connection_lost` follows
            return
        viewer.transport.write(rest)
        if viewer.state is State.OUT:  # the kernel took it after all
            self.catch_up(viewer)

    def drop(self, viewer: Viewer) -> None:
        """Drop a viewer whose connection is broken."""
        self.remove(viewer)
        viewer.transport.abort()

    # --- what happens to all ---------------------------------------------------------------------

    def flush(self) -> None:
        """Send whatever is new."""
        for group in self._groups:
            group.flush()
        self.catch_up_waiting()

    def pass_ended(self) -> None:
        """Continue after a group has finished a pass."""
        if self._waiting or any(group.lags for group in self._groups):
            asyncio.get_running_loop().call_soon(self.flush)

    def catch_up_waiting(self) -> None:
        for viewer in list(self._waiting):
            if viewer.state is State.WAITING:
                self.catch_up(viewer)

    def broadcast(self, frame: bytes) -> None:
        """Send a frame without entries to every viewer in a group."""
        for group in self._groups:
            group.broadcast(frame)

    def sweep(self, now: float) -> None:
        """Disconnect viewers that take nothing, or too little. `now`: monotonic; about once a
        second."""
        for viewer, (waited, moved_at) in list(self._blocked.items()):
            waits = viewer.transport.get_write_buffer_size()
            if waits < waited:
                moved_at = now
            if now - moved_at > self._limits.stalled_max_s:
                viewer.disconnect(CloseCode.TOO_SLOW, "took nothing")
            elif now - viewer.stalled_at > self._limits.blocked_max_s:
                viewer.disconnect(CloseCode.TOO_SLOW, "took too little")
            else:
                self._blocked[viewer] = (waits, moved_at)

    def read_back(self) -> None:
        """Read back in the log until waiting viewers can be served, or are known to need a
        snapshot."""
        if self._read_back_task is None:
            self._read_back_task = asyncio.create_task(self._read_back())

    async def _read_back(self) -> None:
        try:
            wanted = [g.sent for g in self._groups if not self.feed.ring.covers(g.sent)]
            wanted += [viewer.cursor for viewer in self._waiting]
            for seq in sorted(wanted, reverse=True):
                if not await self.feed.read_back_to(seq):
                    break
        except Exception:  # the database does not answer; the next try is soon
            log.exception("feed_reach_failed timeline=%s", self.feed.timeline_id)
            asyncio.get_running_loop().call_later(self._limits.retry_s, self.flush)
            return
        finally:
            self._read_back_task = None
        for viewer in list(self._waiting):
            if not self.feed.ring.covers(viewer.cursor):
                self._waiting.pop(viewer)
                self._skip(viewer)
        self.flush()

    # --- snapshots -------------------------------------------------------------------------------

    def _skip(self, viewer: Viewer) -> bool:
        """Send the viewer a snapshot; return False, with the viewer disconnected, when it had too
        many."""
        now = time.monotonic()
        if now - viewer.skipped_at > self._limits.skips_in_s:
            viewer.skips, viewer.skipped_at = 0, now
        viewer.skips += 1
        if viewer.skips > self._limits.skips_max:
            viewer.disconnect(CloseCode.TOO_SLOW, "too slow again and again")
            return False
        self._needs_snapshot[viewer] = viewer.cursor + 1
        viewer.state = State.WAITING
        self._want_snapshot()
        return True

    def _want_snapshot(self) -> None:
        if self._snapshot_task is None:
            self._snapshot_task = asyncio.create_task(self._send_snapshots())

    async def _send_snapshots(self) -> None:
        """Make one snapshot for all viewers that need one, until none is left."""
        failed = 0
        try:
            while waiting := [v for v in self._needs_snapshot if v.state is State.WAITING]:
                try:
                    async with asyncio.timeout(_SNAPSHOT_WITHIN_S):
                        made = await self._snapshots.snapshot(self.feed.timeline_id)
                    frame, seq = self._as_frame(made)
                except Exception:  # the database does not answer
                    log.exception("snapshot_failed timeline=%s", self.feed.timeline_id)
                    failed += 1
                    if failed >= _SNAPSHOT_TRIES:
                        for viewer in waiting:
                            viewer.disconnect(CloseCode.RESTART, "no snapshot to be had")
                    await asyncio.sleep(self._limits.retry_s)
                    continue
                await self._send_snapshot(waiting[:_AT_ONCE], frame, seq)
        finally:
            self._snapshot_task = None

    async def _send_snapshot(self, viewers: Sequence[Viewer], frame: bytes, seq: int) -> None:
        for viewer in viewers:
            if viewer.state is not State.WAITING or viewer not in self._needs_snapshot:
                continue
            skipped_from = self._needs_snapshot.pop(viewer)
            viewer.cursor, viewer.unsent_from, viewer.state = seq, -1, State.OUT
            if skipped_from:
                viewer.transport.write(_skip_frame(skipped_from, max(seq, skipped_from)))
            viewer.transport.write(frame)
            if viewer.state is State.OUT:
                self.catch_up(viewer)
        await asyncio.sleep(0)

    def _as_frame(self, made: bytes) -> tuple[bytes, int]:
        if self._snapshot[0] is not made:
            seq = int(json.loads(made)["timeline"]["seq"])
            frame = websocket_frames.text(b'{"type":"snapshot","snapshot":' + made + b"}")
            self._snapshot = (made, frame, seq)
        return self._snapshot[1], self._snapshot[2]

    # --- taking back -----------------------------------------------------------------------------

    def _redacted(self, seqs: Sequence[int]) -> None:
        """Keep redacted text from every viewer. Bytes that wait in a transport cannot be taken
        back, so that connection ends, and the client returns to the redacted text."""
        self._snapshot = (b"", b"", 0)
        for group in self._groups:
            group.pause(seqs)
        for viewer in list(self._blocked):
            if touches(seqs, viewer.unsent_from, viewer.cursor):
                viewer.transport.abort()
        asyncio.get_running_loop().call_soon(self.flush)

    def _reset(self) -> None:
        """Send everyone a snapshot, because the timeline's history was replaced."""
        everyone = [*(v for group in self._groups for v in group.clear()), *self._waiting]
        self._waiting.clear()
        self._reset_groups()
        for viewer in everyone:
            self.add_with_snapshot(viewer)
        for viewer in self._blocked:
            self._needs_snapshot[viewer] = 0

    def _reset_groups(self) -> None:
        for group in self._groups:
            group.sent = self.feed.head

    def _step_out(self, viewer: Viewer) -> None:
        if viewer.state in {State.IN_GROUP, State.JOINING}:
            viewer.unsent_from = viewer.cursor = self._groups[viewer.full].remove(viewer)
        viewer.state = State.OUT


def _skip_frame(first: int, last: int) -> bytes:
    return websocket_frames.text(b'{"type":"skip","from":%d,"to":%d}' % (first, last))
