"""Viewers who have everything, as parallel lists that one C loop walks.

`list(map(socket.send, sockets, repeat(data)))` costs the system call and little more; a Python
loop, a transport's `write` or a queue per viewer each cost as much again (`os.write` costs 7 % more
than `send`: the kernel takes a longer way). The price is care: a broadcast goes in chunks, with
turns of the event loop between them, and who leaves or comes meanwhile must neither miss a frame
nor get one twice.

* Who leaves during a pass leaves an empty place (a socket without a file), so that places do not
  shift; they are closed up after the pass.
* Who comes during a pass stands outside until it is over; they have got its frames already.
* A number of a closed file may be someone else's by now. It is never written to: a viewer's socket
  is an object of its own, detached in `connection_lost`, and no transport closes its file before
  it has called that. After it, sending by the object is an error (and there is no race, for all of
  this is one thread).
"""

import asyncio
import socket
from collections.abc import Sequence
from itertools import repeat
from typing import Final, Protocol

from showfloor.edge.fanout.feed import BATCH_BYTES_MAX, Feed
from showfloor.edge.fanout.ring import touches
from showfloor.edge.fanout.viewer import State, Viewer

CHUNK: Final = 1000  # writes in one turn of the event loop: about 5 ms
_NO_FILE: Final = socket.socket()
_NO_FILE.detach()  # sending by it is an error, to nobody


class GroupOwner(Protocol):
    """Who has the group, and all who are not in it."""

    @property
    def feed(self) -> Feed: ...

    def send_rest(self, viewer: Viewer, rest: memoryview) -> None:
        """Someone who is not in the group any more did not take this."""

    def drop(self, viewer: Viewer) -> None:
        """Someone's connection is broken."""

    def catch_up(self, viewer: Viewer) -> None:
        """Someone is not in the group any more, and has nothing waiting."""

    def read_back(self) -> None:
        """Have the feed read back to `sent`, and come back with a kick."""

    def pass_ended(self) -> None:
        """A pass is over."""


class ViewerGroup:
    """`sent`: the last entry of the frames that everyone in it has, or is being given."""

    def __init__(self, owner: GroupOwner, *, full: bool) -> None:
        self.sent = 0
        self._owner = owner
        self._full = full
        self._socks: list[socket.socket] = []
        self._viewers: list[Viewer | None] = []
        self._joining: dict[Viewer, None] = {}
        self._has_gaps = False
        self._announcements: list[bytes] = []  # frames for everyone that are no entries
        # A pass: `data` goes to the places `at .. upto`; before it they had `before`.
        self._is_passing = False
        self._is_held = False  # until what it sends was read again
        self._data = b""
        self._announced = b""
        self._before = 0
        self._at = 0
        self._upto = 0

    def __len__(self) -> int:
        return len(self._viewers) + len(self._joining)

    @property
    def lags(self) -> bool:
        """Whether there is more to send."""
        return bool(self._announcements) or self.sent < self._owner.feed.head

    def add(self, viewer: Viewer) -> None:
        """Someone who has everything up to `sent`, with nothing waiting in the transport."""
        if self._is_passing:
            viewer.state = State.JOINING
            self._joining[viewer] = None
            return
        viewer.state = State.IN_GROUP
        viewer.slot = len(self._viewers)
        self._viewers.append(viewer)
        self._socks.append(viewer.sock)

    def remove(self, viewer: Viewer) -> int:
        """The last entry that the viewer has got."""
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
        """Send everyone out; who was in it."""
        everyone = [viewer for viewer in self._viewers if viewer is not None]
        everyone += self._joining
        self._viewers, self._socks = [], []
        self._joining.clear()
        self._is_passing = self._is_held = self._has_gaps = False
        return everyone

    def broadcast(self, frame: bytes) -> None:
        """Send a frame that is no entries with the next pass."""
        if self._viewers or self._joining:
            self._announcements.append(frame)
            self.flush()

    def flush(self) -> None:
        """Begin a pass if there is something to send, or go on with one that was held."""
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
        """Stop a pass that is sending one of these, until it was read again."""
        if self._is_passing and touches(seqs, self._before, self.sent):
            self._is_held = True

    def _entries(self, until: int | None, bytes_max: int) -> bytes:
        """Frames of what follows `_before`; moves `sent` on."""
        found = self._owner.feed.ring.after(
            self._before, full=self._full, bytes_max=bytes_max, until=until
        )
        if not found:
            return b""
        self.sent = found[-1].last
        # More than one only when the passes are slower than the ticks; then it is made up for.
        return found[0].ws if len(found) == 1 else b"".join(frame.ws for frame in found)

    def _begin(self, data: bytes) -> None:
        self._data = data + self._announced if self._announced else data
        self._at, self._upto = 0, len(self._viewers)
        self._is_passing = True
        self._chunk()

    def _go_on(self) -> None:
        """With what the entries say now, for those who have not got it yet."""
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
            self.sent = until  # not all of it has been read again

    def _scatter(self) -> None:
        """The ring begins anew: those who wait are served one by one."""
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
        end = min(self._at + CHUNK, self._upto)
        start, self._at = self._at, end
        self._write(start, end)
        if end < self._upto:
            asyncio.get_running_loop().call_soon(self._chunk)
        else:
            self._end()

    def _write(self, start: int, end: int) -> None:
        """Give everyone in these places the data."""
        socks = self._socks[start:end]
        written: list[int] = []
        left = iter(socks)
        # What a write raises ends the map; what was written before it stands in the list, and the
        # iterator stands behind who raised.
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
        """Outside a pass: the last one moves there."""
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
