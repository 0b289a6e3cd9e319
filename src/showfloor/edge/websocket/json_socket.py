"""A WebSocket of JSON text that begins with a hello: the live edge's and the stage's.

The class keeps the order of its phases, bounds the frames of a client, and ends who breaks the
protocol. What is said after the hello is its heirs' affair.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, Final, Protocol, override

from showfloor.edge import websocket_frames
from showfloor.edge.ports import AdmissionDenied
from showfloor.edge.websocket import client_messages
from showfloor.edge.websocket.handshake import HandshakeRejected, Opening
from showfloor.edge.websocket.registry import Phase
from showfloor.edge.websocket_frames import CloseCode, FrameError, FrameParser, Message, Opcode
from showfloor.kernel.connection_limiter import Slot
from showfloor.kernel.json_text import json_bytes

log = logging.getLogger(__name__)

WINDOW_S: Final = 10.0
PONG: Final = websocket_frames.text(b'{"type":"pong"}')


class JsonSocketRegistry[C](Protocol):
    """The part of a registry that each of these sockets uses."""

    now: Callable[[], float]

    def open(self, connection: C, head: bytes, remote: str) -> Opening:
        """Check the handshake and count the connection in; HandshakeRejected."""

    def forget(self, connection: C) -> None: ...

    def run(self, work: Coroutine[Any, Any, None]) -> None: ...


class JsonSocket(asyncio.Protocol):
    """One connection. Belongs to the event loop."""

    frame_bytes_max: ClassVar[int]
    frames_max: ClassVar[int]  # of one connection in WINDOW_S

    def __init__(self, registry: JsonSocketRegistry[Any]) -> None:
        self.phase = Phase.OPENING
        self.heard_at = registry.now()
        self.network = ""
        self.is_admitted = False
        self.connection_slot: Slot | None = None
        self._sockets = registry
        self._parser = FrameParser(self.frame_bytes_max)
        self._window_at, self._frames = 0.0, 0

    # --- what heirs say --------------------------------------------------------------------------

    async def _enter(self, hello: Mapping[str, Any]) -> None:
        """Let the client in, or raise AdmissionDenied; a `phase` other than ENTERING afterwards
        means that it has gone meanwhile."""
        raise NotImplementedError

    def _check_hello(self, frame: Mapping[str, Any]) -> None:
        """Raise AdmissionDenied for a first frame that is no hello."""
        raise NotImplementedError

    def _handle(self, frame: Mapping[str, Any]) -> None:
        """Take a frame of a client that is in, other than a ping; AdmissionDenied ends it."""
        raise NotImplementedError

    def _leave(self) -> None:
        """Let go of what was followed; called at least once at the end."""
        raise NotImplementedError

    # --- the transport's callbacks ---------------------------------------------------------------

    @override
    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""

    @override
    def data_received(self, data: bytes) -> None:
        if self.phase is Phase.OPENING:
            self._open(data)
            return
        if self.phase is Phase.LIVE:
            self.heard_at = self._sockets.now()
        try:
            for message in self._parser.feed(data):
                self._take(message)
        except FrameError as error:
            self._refuse(error.code, error.reason)
        except AdmissionDenied as denied:
            self._refuse(denied.code, denied.reason)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self.phase = Phase.GONE
        self._sockets.forget(self)
        if self.connection_slot is not None:
            self.connection_slot.release()

    # --- ending ----------------------------------------------------------------------------------

    def overdue(self, now: float) -> None:
        """End a client that was silent for longer than its phase allows."""
        if self.phase is Phase.LIVE:
            self.disconnect(CloseCode.TOO_SLOW, "nothing heard")
        elif self.phase is Phase.GREETING:
            self.disconnect(CloseCode.BAD_FRAME, "no hello")
        else:
            self.transport.abort()

    def disconnect(self, code: int, reason: str) -> None:
        """Send a close with the reason, and nothing more."""
        if self.phase >= Phase.CLOSING:
            return
        self._leave()
        self.phase, self.heard_at = Phase.CLOSING, self._sockets.now()
        if not self.transport.is_closing():
            self.transport.write(websocket_frames.close(code, reason))

    def abort(self) -> None:
        self.transport.abort()

    def _refuse(self, code: int, reason: str) -> None:
        """End a connection that broke the protocol, or may not come in."""
        if self.phase >= Phase.CLOSING:
            self.transport.abort()
        else:
            self.disconnect(code, reason)

    # --- listening -------------------------------------------------------------------------------

    def send(self, told: Mapping[str, Any]) -> None:
        self.transport.write(websocket_frames.text(json_bytes(told)))

    def _open(self, head: bytes) -> None:
        try:
            self._opening = self._sockets.open(self, head, self._address)
        except HandshakeRejected as rejected:
            self.phase = Phase.CLOSING
            self.transport.write(rejected.answer)
            self.transport.close()
            return
        self.phase, self.heard_at = Phase.GREETING, self._sockets.now()
        self.transport.write(self._opening.answer)

    def _take(self, message: Message) -> None:
        opcode, payload = message.opcode, message.payload
        if opcode is Opcode.CLOSE:
            self.disconnect(CloseCode.NORMAL, "")
            self.transport.close()
        elif self.phase >= Phase.CLOSING:
            return
        elif opcode is Opcode.BINARY:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "a frame is JSON text")
        else:
            self._count()
            if opcode is Opcode.PING:
                self.transport.write(websocket_frames.build(Opcode.PONG, payload))
            elif opcode is Opcode.TEXT:
                self._hear(client_messages.parse_frame(payload))

    def _count(self) -> None:
        now = self._sockets.now()
        if now - self._window_at > WINDOW_S:
            self._window_at, self._frames = now, 0
        self._frames += 1
        if self._frames > self.frames_max:
            raise AdmissionDenied(CloseCode.TOO_MANY_FRAMES, "not so fast")

    def _hear(self, frame: dict[str, Any]) -> None:
        if self.phase is Phase.GREETING:
            self._check_hello(frame)
            self.phase, self.heard_at = Phase.ENTERING, self._sockets.now()
            self._sockets.run(self._admit(frame))
        elif frame.get("type") == "ping":
            self.transport.write(PONG)
        else:
            self._handle(frame)

    async def _admit(self, hello: Mapping[str, Any]) -> None:
        try:
            await self._enter(hello)
        except AdmissionDenied as denied:
            self.disconnect(denied.code, denied.reason)
        except Exception:  # the database does not answer; the client comes back
            log.exception("socket_admission_failed")
            self.disconnect(CloseCode.RESTART, "not now")
