"""Viewers of a fan-out over real pipes of small size, without a server: each step is the test's."""

import asyncio
import json
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, override

from showfloor.edge import websocket_frames
from showfloor.edge.fanout.broadcaster import Fanout
from showfloor.edge.fanout.feed import Feed
from showfloor.edge.fanout.limits import FanoutLimits
from showfloor.edge.fanout.tick_codec import Thin
from showfloor.edge.fanout.viewer import State, Viewer
from tests.edge.socket_harness import TIMELINE, LogSnapshots, MemoryLog
from tests.support.waiting import await_until

SEND_BUFFER = 4096  # bytes; the kernel makes a few frames of it


class Pipe:
    """As much of an asyncio transport as the fan-out uses, with a buffer of its own behind the
    kernel's. Files are closed a turn of the loop after the transport, as asyncio does."""

    def __init__(self, ours: socket.socket, lost: Callable[[], None]) -> None:
        self._ours = ours
        self._lost = lost
        self._buffer = bytearray()
        self._is_closing = False
        self.pause: Callable[[], None] = lambda: None
        self.resume: Callable[[], None] = lambda: None

    def write(self, data: bytes | memoryview, /) -> None:
        assert not self._is_closing, "written to when it was closed"
        was_empty = not self._buffer
        self._buffer += data
        if was_empty:
            self._flush()
            if self._buffer:
                self.pause()

    def writelines(self, datas: Sequence[bytes], /) -> None:
        self.write(b"".join(datas))

    def drain(self) -> None:
        """The kernel has room again."""
        if self._buffer and not self._is_closing:
            self._flush()
            if not self._buffer:
                self.resume()

    def take(self, size: int) -> None:
        """The kernel has room for this much."""
        del self._buffer[:size]

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self._end)

    def get_write_buffer_size(self) -> int:
        return len(self._buffer)

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            while self._buffer:
                del self._buffer[: self._ours.send(self._buffer)]

    def _end(self) -> None:
        self._lost()
        self._ours.close()


class PipedViewer(Viewer):
    """A viewer at the other end of a pipe, who reads when the test says so."""

    __slots__ = (
        "_got",
        "_theirs",
        "disconnected_with",
        "fanout",
        "frames",
        "is_gone",
        "pipe",
        "taken_back",
    )

    def __init__(
        self, fanout: Fanout, *, full: bool = False, taken_back: set[int] | None = None
    ) -> None:
        super().__init__()
        ours, self._theirs = socket.socketpair()
        for end in (ours, self._theirs):
            end.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.fanout = fanout
        self.taken_back = taken_back if taken_back is not None else set()
        self.full = full
        self.sock = ours
        self.pipe = Pipe(ours, self._lost)
        self.pipe.pause = lambda: fanout.paused(self)
        self.pipe.resume = lambda: fanout.resumed(self)
        self.transport = self.pipe
        self.frames: list[dict[str, Any]] = []
        self.disconnected_with: tuple[int, str] | None = None
        self.is_gone = False
        self._got = bytearray()

    @override
    def disconnect(self, code: int, reason: str) -> None:
        self.disconnected_with = (code, reason)
        self.fanout.remove(self)
        self.pipe.abort()

    def read(self, *, let_come: bool = True) -> None:
        """Take what has come, and let what waits come after it."""
        if self.is_gone:
            return
        more = True
        while more:
            if let_come:
                self.pipe.drain()
            more = False
            with suppress(BlockingIOError):
                while data := self._theirs.recv(65_536):
                    self._got += data
                    more = let_come
        self._parse()

    def answer(self, size: int) -> None:
        """Something for this viewer alone, as an answer to a command is."""
        if not self.pipe.is_closing():
            text = json.dumps({"type": "ack", "id": "x" * size}).encode()
            self.pipe.write(websocket_frames.text(text))

    def end(self) -> None:
        self.pipe.abort()

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [e for frame in self.frames if frame["type"] == "entries" for e in frame["entries"]]

    @property
    def texts(self) -> list[str]:
        return [entry["body"]["text"] for entry in self.entries]

    def check(self, after: int) -> int:
        """Assert that nothing was missed and nothing came twice; return the position."""
        for frame in self.frames:
            if frame["type"] == "entries":
                assert frame["from"] == after + 1, f"{frame['from']} after {after}"
                after = frame["to"]
            elif frame["type"] == "skip":
                assert frame["from"] == after + 1
                assert frame["to"] >= after
            elif frame["type"] == "snapshot":
                after = frame["snapshot"]["timeline"]["seq"]
        return after

    def _parse(self) -> None:
        while len(self._got) >= 2:
            assert self._got[0] == 0x81, "a text frame begins here"
            size, at = self._got[1], 2
            if size == 126:
                size, at = int.from_bytes(self._got[2:4]), 4
            elif size == 127:
                size, at = int.from_bytes(self._got[2:10]), 10
            if len(self._got) < at + size:
                return
            frame = json.loads(self._got[at : at + size])
            del self._got[: at + size]
            self.frames.append(frame)
            for entry in frame.get("entries", []):
                assert not (entry["seq"] in self.taken_back and entry["body"]["text"]), entry

    def _lost(self) -> None:
        self.fanout.remove(self)
        self.state = State.OUT
        self.is_gone = True
        self._theirs.close()


class FanoutHarness:
    """A feed with its fan-out, and its viewers."""

    def __init__(self, thin: Thin | None = None, limits: FanoutLimits | None = None) -> None:
        self.log = MemoryLog()
        self.feed = Feed(TIMELINE, self.log, self.log, thin)
        self.snapshots = LogSnapshots(self.log)
        self._limits = limits
        self.everyone: list[PipedViewer] = []
        self.taken_back: set[int] = set()  # nobody may be told the words of these

    async def start(self) -> None:
        await self.feed.start()
        self.fanout = Fanout(self.feed, self.snapshots, self._limits)

    def stop(self) -> None:
        for viewer in self.everyone:
            viewer.end()
        self.feed.stop()
        self.fanout.stop()

    def join(self, after: int, *, full: bool = False) -> PipedViewer:
        viewer = PipedViewer(self.fanout, full=full, taken_back=self.taken_back)
        self.everyone.append(viewer)
        self.fanout.add(viewer, after)
        return viewer

    def tick(self, *texts: str) -> None:
        """Write these and have them cut as one tick, which is read when the loop turns."""
        self.log.add(*texts)
        self.log.cut()
        self.feed._ticked_at = 0  # so that the test waits for no time
        self.feed._woken.set()

    def redact(self, seq: int) -> None:
        for viewer in self.everyone:
            viewer.read(let_come=False)  # what has left us can't be taken back
        self.taken_back.add(seq)
        self.log.redact(seq)
        self.feed.redact((seq,))

    def read(self) -> None:
        for viewer in self.everyone:
            viewer.read()

    async def settle(self, *these: PipedViewer) -> None:
        """Until all of these (or everyone still there) have read all that there is."""

        def is_done() -> bool:
            for viewer in these or self.everyone:
                viewer.read()
            return all(
                viewer.is_gone or viewer.state is State.IN_GROUP
                for viewer in these or self.everyone
            ) and self.feed.head == len(self.log.entries)

        await await_until(is_done, what="everyone has everything")
        for viewer in these or self.everyone:
            viewer.read()
