"""The group of viewers that have everything, as parallel lists that one C loop walks.

`list(map(socket.send, sockets, repeat(data)))` costs the system call and little more; a Python
loop, a transport's `write` or a queue per viewer each cost as much again (`os.write` costs 7 % more
than `send`: the kernel takes a longer way). The price is care: a broadcast goes in chunks, with
turns of the event loop between them, and a viewer that leaves or joins meanwhile must neither miss
a frame nor get one twice.

* A viewer that leaves during a pass leaves an empty place (a socket without a file), so that places
do not shift; the gaps are closed after the pass.
* A viewer that joins during a pass stays outside until it is over; it has those frames already.
* The number of a closed file may belong to another connection by now, and must not be written to. A
viewer's socket is an object of its own, detached in `connection_lost`, and no transport closes its
file before it has called that. Afterwards sending by the object is an error. There is no race,
because all of this runs on one thread.
"""

import asyncio
import socket
from collections.abc import Sequence
from itertools import repeat
from typing import Final, Protocol

from showfloor.edge.fanout.feed import BATCH_BYTES_MAX, Feed
from showfloor.edge.fanout.ring import touches
from showfloor.edge.fanout.viewer import State, Viewer

_NO_FILE: Final = socket.socket()
_NO_FILE.detach()  # sending by it is an error and reaches no one


class GroupOwner(Protocol):
    """The fan-out that owns the group and serves all viewers outside of it."""

    @property
    def feed(self) -> Feed: ...

    def send_rest(self, viewer: Viewer, rest: memoryview) -> None:
        """Send the rest to a viewer that has left the group because it did not take this."""

    def drop(self, viewer: Viewer) -> None:
        """Drop a viewer whose connection is broken."""

    def catch_up(self, viewer: Viewer) -> None:
        """Serve a viewer that has left the group with an empty transport."""

    def read_back(self) -> None:
        """Read the feed back to `sent`, and flush the group afterwards."""

    def pass_ended(self) -> None:
        """Continue after a pass."""


class ViewerGroup:
    """Viewers that have, or are being sent, all frames up to entry `sent`."""

    def __init__(self, owner: GroupOwner, *, full: bool, writes_at_once: int) -> None:
        self.sent = 0
        self._owner = owner
        self._full = full
        self._writes_at_once = writes_at_once
        self._socks: list[socket.socket] = []
        self._viewers: list[Viewer | None] = []
        self._joining: dict[Viewer, None] = {}
        self._has_gaps = False
        self._announcements: list[bytes] = []  # frames without entries
        # A pass sends `data` to the places `at .. upto`; until then they had entries up to
        # `before`.
        self._is_passing = False
        self._is_held = False  # until a redacted tick was read again
        self._data = b""
        self._announced = b""
        self._before = 0
        self._at = 0
        self._upto = 0

    def __len__(self) -> int:
        return len(self._viewers) + len(self._joining)

    @property
    def lags(self) -> bool:
        """Return whether there is more to send."""
        return bool(self._announcements) or self.sent < self._owner.feed.head

    def add(self, viewer: Viewer) -> None:
        """Add a viewer that has everything up to `sent` and whose transport is empty."""
        if self._is_passing:
            viewer.state = State.JOINING
            self._joining[viewer] = None
            return
        viewer.state = State.IN_GROUP
        viewer.slot = len(self._viewers)
        self._viewers.append(viewer)
        self._socks.append(viewer.sock)

    def remove(self, viewer: Viewer) -> int:
        """Remove the viewer; return the last entry that was sent to it."""
        if viewer in self._joining:
            del self._joining[viewer]
            return self.sent
        slot = viewer.slot
        has_got = self.sent if not self._is_passing or slot < self._at else self._before
        self._socks[slot], self._viewers[slot] = _NO_FILE, None
        self._has_gaps = True
        if not self._is_passing:
            self._close_gap(slot)
        return has_got

    def clear(self) -> list[Viewer]:
        """Remove and return everyone."""
        everyone = [viewer for viewer in self._viewers if viewer is not None]
        everyone += self._joining
        self._viewers, self._socks = [], []
        self._joining.clear()
        self._is_passing = self._is_held = self._has_gaps = False
        return everyone

    def broadcast(self, frame: bytes) -> None:
        """Send a frame without entries in the next pass."""
        if self._viewers or self._joining:
            self._announcements.append(frame)
            self.flush()

    def flush(self) -> None:
        """Begin a pass if there is something to send, or continue a paused one."""
        if self._is_passing:
            if self._is_held:
                self._go_on()
            return
        if not self._viewers:
            self.sent = self._owner.feed.head
            self._announcements.clear()
            return
        if not self._owner.feed.ring.covers(self.sent):
            self._owner.read_back()
            return
        self._before = self.sent
        data = self._entries(None, BATCH_BYTES_MAX)
        self._announced = b"".join(self._announcements)
        self._announcements.clear()
        if data or self._announced:
            self._begin(data)

    def pause(self, seqs: Sequence[int]) -> None:
        """Pause a pass that is sending one of these redacted entries, until it was read again."""
        if self._is_passing and touches(seqs, self._before, self.sent):
            self._is_held = True

    def _entries(self, until: int | None, bytes_max: int) -> bytes:
        """Return the frames after `_before` and move `sent` on."""
        found = self._owner.feed.ring.after(
            self._before, full=self._full, bytes_max=bytes_max, until=until
        )
        if not found:
            return b""
        self.sent = found[-1].last
        # There is more than one only when passes are slower than ticks; this catches up.
        return found[0].ws if len(found) == 1 else b"".join(frame.ws for frame in found)

    def _begin(self, data: bytes) -> None:
        self._data = data + self._announced if self._announced else data
        self._at, self._upto = 0, len(self._viewers)
        self._is_passing = True
        self._chunk()

    def _go_on(self) -> None:
        """Continue a paused pass with the redacted entries, for those who have not got them yet."""
        until = self.sent
        ring = self._owner.feed.ring
        if not ring.covers(self._before):
            self._scatter()
            return
        data = self._entries(until, 2 * len(self._data) + BATCH_BYTES_MAX)
        if self.sent == until and data:
            self._is_held = False
            self._data = data + self._announced
            self._chunk()
        else:
            self.sent = until  # a part of it is still to be read again

    def _scatter(self) -> None:
        """End a paused pass whose ring was replaced: the rest is served one by one."""
        late = [v for v in self._viewers[self._at :] if v is not None]
        for viewer in late:
            viewer.cursor = self.remove(viewer)
        self._is_held = False
        self._at = self._upto
        self._end()
        for viewer in late:
            self._owner.catch_up(viewer)

    def _chunk(self) -> None:
        if not self._is_passing or self._is_held:
            return
        end = min(self._at + self._writes_at_once, self._upto)
        start, self._at = self._at, end
        self._write(start, end)
        if end < self._upto:
            asyncio.get_running_loop().call_soon(self._chunk)
        else:
            self._end()

    def _write(self, start: int, end: int) -> None:
        """Send the data to everyone in these places."""
        socks = self._socks[start:end]
        written: list[int] = []
        left = iter(socks)
        # An error of a write ends the map. The list then has the writes before it, and the iterator
        # is behind the socket that raised it.
        while len(written) < len(socks):
            try:
                written.extend(map(socket.socket.send, left, repeat(self._data)))
            except BlockingIOError:
                written.append(0)
            except OSError:
                written.append(-1)
        size = len(self._data)
        if written.count(size) != len(written):
            for place, count in enumerate(written, start):
                if count != size:
                    self._handle_short_write(place, count)

    def _handle_short_write(self, place: int, count: int) -> None:
        viewer = self._viewers[place]
        if viewer is None:
            return
        viewer.cursor = self.remove(viewer)
        if count >= 0:
            viewer.unsent_from = self._before
            self._owner.send_rest(viewer, memoryview(self._data)[count:])
        else:
            self._owner.drop(viewer)

    def _end(self) -> None:
        self._is_passing = False
        self._data = self._announced = b""
        if self._has_gaps:
            self._close_gaps()
        joining, self._joining = self._joining, {}
        for viewer in joining:
            self.add(viewer)
        self._owner.pass_ended()

    def _close_gap(self, slot: int) -> None:
        """Move the last viewer into a gap, outside a pass."""
        last, sock = self._viewers.pop(), self._socks.pop()
        if slot < len(self._viewers) and last is not None:
            self._viewers[slot], self._socks[slot] = last, sock
            last.slot = slot
        self._has_gaps = False

    def _close_gaps(self) -> None:
        self._viewers = [viewer for viewer in self._viewers if viewer is not None]
        self._socks = [viewer.sock for viewer in self._viewers if viewer is not None]
        for slot, viewer in enumerate(self._viewers):
            if viewer is not None:
                viewer.slot = slot
        self._has_gaps = False
