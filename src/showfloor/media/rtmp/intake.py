"""The media of one publisher, from the wire to its session."""

import asyncio

from showfloor.media.ports import MediaSink
from showfloor.media.rtmp.session import Session, State
from showfloor.media.rtmp.wire import READ_SIZE, Wire


class Intake:
    """Takes media as it comes. Its task wakes for what needs waiting: a sink or a peer that has no
    room, silence, the end."""

    def __init__(
        self, wire: Wire, session: Session, sink: MediaSink, *, silence_s: float, stall_s: float
    ) -> None:
        """`silence_s`: the longest time without a tag that the sink took; `stall_s`: of the sink or
        of the peer's receiving side."""
        self._wire = wire
        self._session = session
        self._sink = sink
        self._silence_s = silence_s
        self._stall_s = stall_s
        self._loop = asyncio.get_running_loop()
        self._called = asyncio.Event()  # there is something to do
        self._heard_at = self._loop.time()
        self._is_over = False
        self._failure: Exception | None = None
        self._draining: asyncio.Task[None] | None = None  # waits until the sink takes more

    async def run(self) -> None:
        """Take media until the peer or the session ends it; TimeoutError when either waits for too
        long, and whatever the session or the sink raises."""
        self._wire.divert(self._take, self._end)
        try:
            while not self._is_over:
                await self._wait()
        finally:
            self._wire.restore()
            if self._draining is not None:
                self._draining.cancel()
        if self._failure is not None:
            raise self._failure

    def _take(self, data: bytes) -> None:
        if self._is_over:
            return
        try:
            self._hand_over(data)
        except Exception as error:  # noqa: BLE001 - it is raised again where the connection is served
            self._failure = error
            self._end()

    def _hand_over(self, data: bytes) -> None:
        before = self._session.tags_taken
        for at in range(0, len(data), READ_SIZE):
            self._session.take(data[at : at + READ_SIZE])
        if self._session.tags_taken != before:
            self._heard_at = self._loop.time()
        if self._session.state is not State.PUBLISHING:
            self._end()
            return
        # It has run up to its first wait when it is made: nearly always to its end.
        self._draining = asyncio.Task(self._sink.drain(), loop=self._loop, eager_start=True)
        if self._draining.done() and self._wire.is_writable:
            self._draining.result()
        else:
            self._wire.pause()
            self._called.set()

    def _end(self) -> None:
        self._is_over = True
        self._called.set()

    async def _wait(self) -> None:
        """Wait until there is something to do, and do it."""
        try:
            async with asyncio.timeout_at(self._heard_at + self._silence_s):
                await self._called.wait()
        except TimeoutError:
            if self._loop.time() >= self._heard_at + self._silence_s:
                raise TimeoutError(f"no media within {self._silence_s} s") from None
            return  # something has come meanwhile
        self._called.clear()
        if not self._is_over:
            await self._room()
            self._heard_at = self._loop.time()
            self._wire.go_on()

    async def _room(self) -> None:
        try:
            async with asyncio.timeout(self._stall_s):
                await self._wire.written()
                if self._draining is not None:
                    await self._draining
        except TimeoutError:
            raise TimeoutError(f"the way in is blocked for {self._stall_s} s") from None
