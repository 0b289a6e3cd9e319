"""The bytes of one connection: read by a task at first, and taken as they come later.

A conversation is easiest to follow in a task that reads. Media is another matter: a publisher sends
about eighty messages a second, and a task that is woken for each costs more than the message. So
`divert` hands them over on the event loop, in the call that has received them.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Final, cast, override

READ_SIZE: Final = 65_536  # kept while nobody reads


class Wire(asyncio.Protocol):
    """One connection. The peer may stop sending and still read: `read` then returns no bytes."""

    def __init__(self, accept: "Callable[[Wire], Coroutine[None, None, None]]") -> None:
        """`accept` is run as a task of its own when the connection is there."""
        self.transport: asyncio.Transport
        self._accept = accept
        self._task: asyncio.Task[None] | None = None
        self._waiting = bytearray()
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._is_paused = False
        self._is_gone = False  # the peer sends nothing more
        self._take: Callable[[bytes], None] | None = None
        self._gone: Callable[[], None] | None = None

    # --- the transport's side ---

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is of no such class
        self._task = asyncio.get_running_loop().create_task(self._accept(self))

    @override
    def data_received(self, data: bytes) -> None:
        if self._take is not None:
            self._take(data)
            return
        self._waiting += data
        if len(self._waiting) > READ_SIZE:
            self.pause()
        self._arrived.set()

    @override
    def eof_received(self) -> bool:
        self._end()
        return self.transport.get_extra_info("sslcontext") is None  # TLS cannot be half closed

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self._writable.set()

    @override
    def pause_writing(self) -> None:
        self._writable.clear()

    @override
    def resume_writing(self) -> None:
        self._writable.set()

    def _end(self) -> None:
        self._is_gone = True
        self._arrived.set()
        if self._gone is not None:
            self._gone()

    # --- the connection's side ---

    async def read(self) -> bytes:
        """Return what has come; no bytes when nothing more will."""
        while not self._waiting and not self._is_gone:
            self._arrived.clear()
            await self._arrived.wait()
        data = bytes(self._waiting)
        self._waiting.clear()
        self.go_on()
        return data

    def divert(self, take: Callable[[bytes], None], gone: Callable[[], None]) -> None:
        """Hand over all bytes as they come, those that wait first; `gone`: no more will come."""
        self._take, self._gone = take, gone
        self.go_on()  # first: `take` may have the peer wait
        if self._waiting:
            waiting = bytes(self._waiting)
            self._waiting.clear()
            take(waiting)
        if self._is_gone:
            gone()

    def restore(self) -> None:
        """Keep bytes for `read` again."""
        self._take = self._gone = None
        self.go_on()

    def pause(self) -> None:
        """Have the peer wait."""
        if not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()

    def go_on(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    @property
    def is_writable(self) -> bool:
        """Return whether the peer reads what it is told."""
        return self._writable.is_set()

    async def written(self) -> None:
        """Wait while the peer does not read."""
        await self._writable.wait()

    @property
    def peer(self) -> tuple[str, int]:
        """The address and the port of the peer."""
        address, port = (self.transport.get_extra_info("peername") or ("gone", 0))[:2]
        return address, port

    def keep_alive(self) -> None:
        """Have TCP, too, notice a peer whose network vanished: after 10 s + 3 × 5 s."""
        sock: socket.socket = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, option):  # not on every system
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
