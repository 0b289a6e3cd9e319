"""`WS /timeline/<show>`: the WebSocket door: a protocol class of uvicorn that owns the transport.

    client  {"type":"hello","token"?,"after"?,"epoch"?,"private"?:{"after"},"language"?}  first
            {"type":"ping"} · {"type":"command","id","name","body"}
            {"type":"token","token"}                      a fresh one of the same person
    server  {"type":"welcome","seq","epoch","tick","now","retry_ms"}
            {"type":"entries","tick","from","to","entries":[…]}  gap-free from the position on
            {"type":"snapshot","snapshot":{…}}            position unknown: begin anew
            {"type":"skip","from","to"}                   too slow for these; a snapshot follows
            {"type":"count","count","exact"}              on change, at most every 5 s
            {"type":"private","from","to","entries":[…]}  the person's own stream
            {"type":"ack","id","seq",…} · {"type":"problem","id","status","code","detail",…}
            {"type":"retry","after_ms"}                   come back after that; a close follows
            {"type":"retry","within_ms"}                  the crowd has grown: instead of `retry_ms`
            {"type":"pong","now"}

`/timeline/<show>/backstage` is a second timeline, for staff alone. Cookies mean nothing here: who
someone is comes from the token. Behind a proxy that ends TLS, which this does not.

An idle connection is this object, its transport and its claims: no task, no timer, no buffer.
"""

import asyncio
import json
import logging
import socket
from typing import Any, Final, override

from showfloor.accounts.tokens import TOKEN_TTL, Claims
from showfloor.edge.fanout.hub import Line, is_nameless
from showfloor.edge.fanout.viewer import State, Viewer
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.websocket import client_frames, frames, handshake
from showfloor.edge.websocket.client_frames import BadCommand
from showfloor.edge.websocket.frames import CloseCode, FrameError, Message, Opcode, Reader
from showfloor.edge.websocket.handshake import Opening
from showfloor.edge.websocket.registry import Phase, Sockets
from showfloor.kernel.clock import iso_ms, to_epoch_ms
from showfloor.kernel.connection_limiter import Slot
from showfloor.timeline.commands import Command, Outcome

log = logging.getLogger(__name__)

FRAME_BYTES_MAX: Final = 4096
FRAMES_MAX, PINGS_MAX, WINDOW_S = 40, 60, 10.0  # of one connection in that time
IN_FLIGHT_MAX: Final = 8  # commands of one connection that are not answered yet
CROWDED_MS: Final = 2000  # after so long, and some, who was one too many may come back
SEND_BUFFER_BYTES: Final = 128 * 1024
UNSENT_MAX: Final = 512 * 1024  # answers to who does not read them
_TOKEN_MS: Final = TOKEN_TTL.total_seconds() * 1000
_PING: Final = b'{"type":"ping"}'


def protocol(sockets: Sockets) -> type[asyncio.Protocol]:
    """What uvicorn is given as `ws=`: it calls it for each connection that asks for an upgrade."""

    def make(**_uvicorn: Any) -> Connection:
        return Connection(sockets)

    made: Any = make
    return made  # type: ignore[no-any-return]


class Connection(Viewer, asyncio.Protocol):
    """One WebSocket. Belongs to the event loop."""

    __slots__ = (
        "_admission", "_frames", "_in_flight", "_language", "_line", "_opening", "_pings",
        "_reader", "_sockets", "_window_at", "address", "claims", "heard_at", "network", "phase",
        "place", "private_seq", "timeline_id",
    )  # fmt: skip

    claims: Claims

    def __init__(self, sockets: Sockets) -> None:
        super().__init__()
        self._sockets = sockets
        self.phase = Phase.OPENING
        self.heard_at = sockets.now  # monotonic; when the phase began, before and after LIVE
        self.network = ""  # what connections are counted by
        self.place: Slot | None = None  # among all connections of the server, to be given back
        self.timeline_id = ""
        self.private_seq = -1  # of the own stream; -1: not followed
        self.address = ""
        self._language = ""
        self._opening: Opening | None = None
        self._admission: Admission | None = None
        self._line: Line | None = None
        self._reader: Reader | None = None
        self._window_at = 0.0
        self._frames = 0
        self._pings = 0
        self._in_flight = 0

    @property
    def brand_id(self) -> str:
        return self.claims.brand

    @property
    def is_public(self) -> bool:
        return self._admission is not None and self._admission.public

    # --- the transport's callbacks ---------------------------------------------------------------

    @override
    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        own: socket.socket = transport.get_extra_info("socket")
        # A second object for the same file, because uvloop's cannot send.
        self.sock = socket.socket(own.family, socket.SOCK_STREAM, 0, own.fileno())
        # The kernel would let it grow to 4 MB for each viewer who stalls.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else ""
        # Paused exactly while bytes wait: what the group's bare writes rely on.
        transport.set_write_buffer_limits(high=0)

    @override
    def data_received(self, data: bytes) -> None:
        if self.phase is Phase.OPENING:
            self._open(data)
            return
        if self.phase is Phase.LIVE:
            self.heard_at = self._sockets.now
        reader = self._reader or Reader(FRAME_BYTES_MAX)
        try:
            messages = reader.feed(data)
            self._reader = None if reader.is_empty else reader
            for message in messages:
                self._take(message)
        except FrameError as error:
            self._end_of_speech(error.code, error.reason)
        except AdmissionDenied as turned:
            self._end_of_speech(turned.code, turned.reason)

    @override
    def pause_writing(self) -> None:
        if self._line is not None:
            self._line.fanout.paused(self)
        else:
            self.state, self.stalled_at = State.BLOCKED, self._sockets.now

    @override
    def resume_writing(self) -> None:
        if self._line is not None:
            self._line.fanout.resumed(self)
        else:
            self.state = State.OUT

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.sock.detach()  # the transport closes the file after this
        self._leave()
        self.phase = Phase.GONE
        self._reader = None
        self._sockets.forget(self)
        if self.place is not None:
            self.place.release()

    # --- ending ----------------------------------------------------------------------------------

    @override
    def cut(self, code: int, reason: str) -> None:
        """Say why it ends; the connection does when the client has answered, or soon after."""
        if self.phase >= Phase.CLOSING:
            return
        self._leave()
        self.phase, self.heard_at = Phase.CLOSING, self._sockets.now
        if not self.transport.is_closing():
            self.transport.write(frames.close(code, reason))

    def overdue(self) -> None:
        """The client has let its phase's time pass."""
        if self.phase is Phase.GREETING:
            self.cut(CloseCode.BAD_FRAME, "no hello")
        elif self.phase is Phase.LIVE:
            self.cut(CloseCode.TOO_SLOW, "nothing heard")
        elif self.phase is Phase.ENTERING:
            self._send_away()
        else:
            self.transport.abort()

    def _send_away(self) -> None:
        self.retry(self._sockets.jitter_ms(self.timeline_id))
        self.cut(CloseCode.RESTART, "not now")

    def retry(self, after_ms: int) -> None:
        """Tell the client when to come back; `cut` follows."""
        if self.phase < Phase.CLOSING and not self.transport.is_closing():
            text = b'{"type":"retry","after_ms":%d}' % after_ms
            self.transport.write(frames.text(text))

    def crowded(self) -> None:
        """There is one too many: come back when somebody has left."""
        self.retry(self._sockets.jitter_ms("") + CROWDED_MS)
        self.cut(CloseCode.TOO_MANY_CONNECTIONS, "too many connections")

    def _end_of_speech(self, code: int, reason: str) -> None:
        """The client broke the rules: what else it says is not read."""
        if self.phase >= Phase.CLOSING:
            self.transport.abort()
        else:
            self._reader = None
            self.cut(code, reason)

    def _leave(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.fanout.leave(self)
            self._sockets.left(line, self)

    # --- writing ---------------------------------------------------------------------------------

    def send(self, text: bytes) -> None:
        """Send JSON text beside the timeline. To who is slow it waits in the transport, for as
        long as little does."""
        if self.phase >= Phase.CLOSING or self.transport.is_closing():
            return
        if self.state is State.BLOCKED and self.transport.get_write_buffer_size() > UNSENT_MAX:
            self.transport.abort()
            return
        self.transport.write(frames.text(text))

    def tell(self, frame: bytes) -> None:
        """Something for this person alone: JSON text."""
        self.send(frame)

    # --- listening -------------------------------------------------------------------------------

    def _open(self, head: bytes) -> None:
        try:
            self._opening = self._sockets.open(self, head, self.address)
        except handshake.Refused as refused:
            self.phase = Phase.CLOSING
            self.transport.write(refused.answer)
            self.transport.close()
            return
        self.phase, self.heard_at = Phase.GREETING, self._sockets.now
        self._language = self._opening.language
        self.transport.write(self._opening.answer)
        self._sockets.check_room(self)

    def _take(self, message: Message) -> None:
        opcode, payload = message.opcode, message.payload
        if opcode is Opcode.CLOSE:
            self._close_back(payload)
        elif self.phase >= Phase.CLOSING:
            return
        elif opcode is Opcode.TEXT and payload != _PING:
            self._count(1, 0)
            self._say(client_frames.read(payload))
        elif opcode is Opcode.BINARY:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "a frame is JSON text")
        else:
            self._count(0, 1)
            if opcode is Opcode.PING:
                self.transport.write(frames.build(Opcode.PONG, payload))
            elif opcode is Opcode.TEXT:
                self._pong()

    def _close_back(self, payload: bytes) -> None:
        if self.phase < Phase.CLOSING:
            self._leave()
            self.phase = Phase.CLOSING
            self.transport.write(frames.build(Opcode.CLOSE, payload[:2]))
        self.transport.close()

    def _count(self, said: int, pinged: int) -> None:
        now = self._sockets.now
        if now - self._window_at > WINDOW_S:
            self._window_at, self._frames, self._pings = now, 0, 0
        self._frames += said
        self._pings += pinged
        if self._frames > FRAMES_MAX or self._pings > PINGS_MAX:
            raise AdmissionDenied(CloseCode.TOO_MANY_FRAMES, "not so fast")

    def _say(self, frame: dict[str, Any]) -> None:
        kind = frame.get("type")
        if self.phase is Phase.GREETING:
            hello = client_frames.hello(frame)
            self.phase, self.heard_at = Phase.ENTERING, self._sockets.now
            self._language = hello.language or self._language
            self._sockets.run(self._enter(hello))
        elif kind == "ping":
            self._pong()
        elif kind == "command":
            self._command(frame)
        elif kind == "token" and isinstance(frame.get("token"), str):
            self._renew(frame["token"])
        else:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "there is no such frame")

    def _pong(self) -> None:
        now = iso_ms(self._sockets.clock())
        self.send(b'{"type":"pong","now":"%s"}' % now.encode())

    # --- coming in -------------------------------------------------------------------------------

    async def _enter(self, hello: client_frames.Hello) -> None:
        try:
            line = await self._admit(hello)
        except AdmissionDenied as turned:
            if turned.code == CloseCode.TOO_MANY_CONNECTIONS:
                self.crowded()
            else:
                self.cut(turned.code, turned.reason)
            return
        except Exception:  # the database does not answer: they come back
            log.exception("admission_failed")
            self._send_away()
            return
        if line is None:
            return
        if hello.private_after is not None:
            self._sockets.follow_private(self, hello.private_after)

    async def _admit(self, hello: client_frames.Hello) -> Line | None:
        """Let in, greeted and given the timeline from their position on; None when they have left
        meanwhile. Turned."""
        opening = self._opening
        assert opening is not None, "a handshake precedes a hello"
        admission, claims = await self._sockets.admit(opening, hello.token, self.address)
        self.timeline_id = admission.backstage_id if opening.backstage else admission.timeline_id
        self._admission, self.claims, self.full = admission, claims, claims.is_staff
        after = hello.after if hello.after is not None else opening.after
        if self.phase is not Phase.ENTERING:
            return None
        line = await self._sockets.join(self)
        try:
            knows = await self._knows(line, after, hello.epoch)
        except BaseException:
            self._sockets.left(line, self)
            raise
        if self.phase is not Phase.ENTERING:
            self._sockets.left(line, self)
            return None
        self._opening, self.address = None, ""
        self._line, self.phase, self.heard_at = line, Phase.LIVE, self._sockets.now
        self._welcome(line)
        if knows and after is not None:
            line.fanout.enter(self, after)
        else:
            line.fanout.enter_anew(self)
        return line

    async def _knows(self, line: Line, after: int | None, epoch: str) -> bool:
        """Whether the timeline can be gone on with from that position."""
        feed = line.feed
        if after is None or (epoch and epoch != feed.epoch):
            return False
        return feed.is_near(after) and await feed.knows(after)

    def _welcome(self, line: Line) -> None:
        feed = line.feed
        welcome = {
            "type": "welcome", "seq": feed.head, "epoch": feed.epoch, "tick": feed.tick,
            "now": iso_ms(self._sockets.clock()),
            "retry_ms": self._sockets.hub.spread_ms(self.timeline_id),
        }  # fmt: skip
        self.send(_json(welcome))
        if line.fanout.count_frame:
            self.transport.write(line.fanout.count_frame)

    def _renew(self, token: str) -> None:
        if self.phase is not Phase.LIVE:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "the first frame must be a hello")
        try:
            claims = self._sockets.door.renew(self.claims, token)
        except AdmissionDenied as turned:
            if turned.code != CloseCode.BAD_TOKEN:
                raise
            self._problem("", {"status": 401, "code": "bad-token", "detail": turned.reason})
            return
        if claims.is_staff != self.claims.is_staff:
            raise AdmissionDenied(CloseCode.BAD_TOKEN, "come in anew")
        self.claims = self._sockets.lean(claims)

    # --- commands --------------------------------------------------------------------------------

    def _command(self, frame: dict[str, Any]) -> None:
        identity = str(frame.get("id", ""))
        try:
            identity, name, body = client_frames.command(frame)
        except BadCommand as bad:
            self._problem(identity, bad.problem)
            return
        problem = self._not_now()
        if problem is not None:
            self._problem(identity, problem)
            return
        assert self._admission is not None, "whoever is live was admitted"
        command = Command(
            identity, name, body, self.claims, self._admission.show_id, self._language
        )
        self._in_flight += 1
        self._sockets.run(self._perform(command))

    def _not_now(self) -> dict[str, Any] | None:
        """Why nothing can be done at the moment, as a problem's members."""
        if self.phase is not Phase.LIVE:
            return _problem(409, "not-yet", "Wait for the welcome.")
        if is_nameless(self.claims.sub):
            return _problem(401, "token-required", "Writing takes a token.")
        issued_at = self.claims.issued_at
        if issued_at and to_epoch_ms(self._sockets.clock()) > issued_at + _TOKEN_MS:
            return _problem(401, "token-expired", "The token has run out; send a fresh one.")
        if self._sockets.commands is None:
            return _problem(501, "not-offered", "Commands are not taken here.")
        wait_s = self._sockets.pace.wait_s(self.claims)
        if wait_s:
            return {**_problem(429, "rate-limited", "Not so fast."), "retry_after_s": wait_s}
        if self._in_flight >= IN_FLIGHT_MAX:
            return {**_problem(429, "busy", "Wait for the answers."), "retry_after_s": 1}
        return None

    async def _perform(self, command: Command) -> None:
        commands = self._sockets.commands
        assert commands is not None, "asked before"
        try:
            outcome = await commands.submit(command)
        except Exception:  # whatever does it has failed; sending it again is safe
            log.exception("command_failed name=%s", command.name)
            outcome = Outcome(problem=_problem(500, "failed", "That went wrong. Try again."))
        finally:
            self._in_flight -= 1
        if outcome.problem is not None:
            self._problem(command.id, dict(outcome.problem))
        else:
            answer = {**outcome.result, "type": "ack", "id": command.id, "seq": outcome.seq}
            self.send(_json(answer))

    def _problem(self, identity: str, members: dict[str, Any]) -> None:
        self.send(_json({**members, "type": "problem", "id": identity}))


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"status": status, "code": code, "detail": detail}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
