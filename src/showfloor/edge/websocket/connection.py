"""`WS /timeline/<show>`: one WebSocket, as a protocol class of uvicorn that owns the transport.

    client  {"type":"hello","token"?,"after"?,"epoch"?,"private"?:{"after"},"language"?,
                                     "sid"?}  first
            {"type":"ping"} · {"type":"command","id","name","body"}
            {"type":"token","token"}                      a fresh token of the same person
    server  {"type":"welcome","seq","epoch","tick","now","retry_ms"}
            {"type":"entries","tick","from","to","entries":[…]}  gap-free from the position on
            {"type":"snapshot","snapshot":{…}}            the position is unknown here
            {"type":"skip","from","to"}                   the client was too slow; a snapshot
            follows
            {"type":"count","count","exact"}              on change, at most every 5 s
            {"type":"private","from","to","entries":[…]}  the person's own stream
            {"type":"ack","id","seq",…} · {"type":"problem","id","status","code","detail",…}
            {"type":"retry","after_ms"}                   come back after that time; a close follows
            {"type":"retry","within_ms"}                  many more follow now: replaces `retry_ms`
            {"type":"pong","now"}

`/timeline/<show>/backstage` is a second timeline, for staff alone. Cookies are ignored: the token
identifies a person. TLS ends at a proxy in front.

An idle connection is this object, its transport and its claims: no task, no timer, no buffer.
"""

import asyncio
import logging
import socket
from functools import partial
from typing import Any, Final, override

from showfloor.accounts.tokens import TOKEN_TTL, Claims
from showfloor.edge import websocket_frames
from showfloor.edge.commands.parsing import BadCommand, parse_command
from showfloor.edge.fanout.hub import Subscription, is_nameless
from showfloor.edge.fanout.viewer import State, Viewer
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.websocket import client_messages, handshake
from showfloor.edge.websocket.handshake import Opening
from showfloor.edge.websocket.registry import ConnectionRegistry, Phase
from showfloor.edge.websocket_frames import CloseCode, FrameError, FrameParser, Message, Opcode
from showfloor.kernel.clock import iso_ms, to_epoch_ms
from showfloor.kernel.connection_limiter import Slot
from showfloor.kernel.json_text import json_bytes
from showfloor.timeline.commands import Command, Outcome
from showfloor.timeline.served_pictures import served

log = logging.getLogger(__name__)

FRAME_BYTES_MAX: Final = 4096
FRAMES_MAX, PINGS_MAX, WINDOW_S = 40, 60, 10.0  # of one connection in that time
IN_FLIGHT_MAX: Final = 8  # unanswered commands of one connection
CROWDED_MS: Final = 2000  # a connection beyond the bound comes back after this, and some
SEND_BUFFER_BYTES: Final = 128 * 1024
UNSENT_MAX: Final = 512 * 1024  # bytes of answers that a client may leave unread
_TOKEN_MS: Final = TOKEN_TTL.total_seconds() * 1000
_PING: Final = b'{"type":"ping"}'


def protocol(registry: ConnectionRegistry) -> type[asyncio.Protocol]:
    """Return the class that uvicorn takes as `ws=` and calls for each connection that asks for an
    upgrade."""

    def make(**_uvicorn: Any) -> Connection:
        return Connection(registry)

    made: Any = make
    return made  # type: ignore[no-any-return]


class Connection(Viewer, asyncio.Protocol):
    """One WebSocket. Belongs to the event loop."""

    __slots__ = (
        "_admission",
        "_frames",
        "_in_flight",
        "_language",
        "_opening",
        "_parser",
        "_pings",
        "_registry",
        "_sid",
        "_subscription",
        "_window_at",
        "address",
        "claims",
        "connection_slot",
        "heard_at",
        "network",
        "personal_seq",
        "phase",
        "timeline_id",
    )  # fmt: skip

    claims: Claims

    def __init__(self, registry: ConnectionRegistry) -> None:
        super().__init__()
        self._registry = registry
        self.phase = Phase.OPENING
        self.heard_at = registry.now  # monotonic; when the phase began, before and after LIVE
        self.network = ""  # what connections are counted by
        self.connection_slot: Slot | None = None  # its slot among all connections of the server
        self.timeline_id = ""
        self.personal_seq = -1  # of the own stream; -1: not followed
        self.address = ""
        self._language = ""
        self._sid = ""
        self._opening: Opening | None = None
        self._admission: Admission | None = None
        self._subscription: Subscription | None = None
        self._parser: FrameParser | None = None
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
        accepted: socket.socket = transport.get_extra_info("socket")
        # A second object for the same file, because uvloop's cannot send.
        self.sock = socket.socket(accepted.family, socket.SOCK_STREAM, 0, accepted.fileno())
        # The kernel would let it grow to 4 MB for each stalled viewer.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else ""
        # Writing is paused exactly while bytes wait, on which the group's bare writes rely.
        transport.set_write_buffer_limits(high=0)

    @override
    def data_received(self, data: bytes) -> None:
        if self.phase is Phase.OPENING:
            self._open(data)
            return
        if self.phase is Phase.LIVE:
            self.heard_at = self._registry.now
        parser = self._parser or FrameParser(FRAME_BYTES_MAX)
        try:
            messages = parser.feed(data)
            self._parser = None if parser.is_empty else parser
            for message in messages:
                self._handle_message(message)
        except FrameError as error:
            self._close_for_error(error.code, error.reason)
        except AdmissionDenied as denied:
            self._close_for_error(denied.code, denied.reason)

    @override
    def pause_writing(self) -> None:
        if self._subscription is not None:
            self._subscription.fanout.paused(self)
        else:
            self.state, self.stalled_at = State.BLOCKED, self._registry.now

    @override
    def resume_writing(self) -> None:
        if self._subscription is not None:
            self._subscription.fanout.resumed(self)
        else:
            self.state = State.OUT

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.sock.detach()  # the transport closes the file after this
        self._leave()
        self.phase = Phase.GONE
        self._parser = None
        self._registry.forget(self)
        if self.connection_slot is not None:
            self.connection_slot.release()

    # --- ending ----------------------------------------------------------------------------------

    @override
    def disconnect(self, code: int, reason: str) -> None:
        """Send a close with the reason; the connection ends when the client has answered, or soon
        after."""
        if self.phase >= Phase.CLOSING:
            return
        self._leave()
        self.phase, self.heard_at = Phase.CLOSING, self._registry.now
        if not self.transport.is_closing():
            self.transport.write(websocket_frames.close(code, reason))

    def overdue(self) -> None:
        """End a connection that was silent for longer than its phase allows."""
        if self.phase is Phase.GREETING:
            self.disconnect(CloseCode.BAD_FRAME, "no hello")
        elif self.phase is Phase.LIVE:
            self.disconnect(CloseCode.TOO_SLOW, "nothing heard")
        elif self.phase is Phase.ENTERING:
            self._send_away()
        else:
            self.transport.abort()

    def _send_away(self) -> None:
        self.retry(self._registry.jitter_ms(self.timeline_id))
        self.disconnect(CloseCode.RESTART, "not now")

    def retry(self, after_ms: int) -> None:
        """Tell the client when to come back; `disconnect` follows."""
        if self.phase < Phase.CLOSING and not self.transport.is_closing():
            text = b'{"type":"retry","after_ms":%d}' % after_ms
            self.transport.write(websocket_frames.text(text))

    def crowded(self) -> None:
        """End the connection because there are too many; it may come back later."""
        self.retry(self._registry.jitter_ms("") + CROWDED_MS)
        self.disconnect(CloseCode.TOO_MANY_CONNECTIONS, "too many connections")

    def _close_for_error(self, code: int, reason: str) -> None:
        """End the connection of a client that broke the protocol, and read nothing more."""
        if self.phase >= Phase.CLOSING:
            self.transport.abort()
        else:
            self._parser = None
            self.disconnect(code, reason)

    def _leave(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            subscription.fanout.remove(self)
            self._registry.left(subscription, self)

    # --- writing ---------------------------------------------------------------------------------

    def send(self, text: bytes) -> None:
        """Send JSON text beside the timeline. It waits in the transport of a slow client, up to
        UNSENT_MAX."""
        if self.phase >= Phase.CLOSING or self.transport.is_closing():
            return
        if self.state is State.BLOCKED and self.transport.get_write_buffer_size() > UNSENT_MAX:
            self.transport.abort()
            return
        self.transport.write(websocket_frames.text(text))

    def send_personal(self, frame: bytes) -> None:
        """Send JSON text for this person alone."""
        self.send(frame)

    # --- listening -------------------------------------------------------------------------------

    def _open(self, head: bytes) -> None:
        try:
            self._opening = self._registry.open(self, head, self.address)
        except handshake.HandshakeRejected as rejected:
            self.phase = Phase.CLOSING
            self.transport.write(rejected.answer)
            self.transport.close()
            return
        self.phase, self.heard_at = Phase.GREETING, self._registry.now
        self._language = self._opening.language
        self.transport.write(self._opening.answer)
        self._registry.check_room(self)

    def _handle_message(self, message: Message) -> None:
        opcode, payload = message.opcode, message.payload
        if opcode is Opcode.CLOSE:
            self._close_back(payload)
        elif self.phase >= Phase.CLOSING:
            return
        elif opcode is Opcode.TEXT and payload != _PING:
            self._count(1, 0)
            self._handle(client_messages.parse_frame(payload))
        elif opcode is Opcode.BINARY:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "a frame is JSON text")
        else:
            self._count(0, 1)
            if opcode is Opcode.PING:
                self.transport.write(websocket_frames.build(Opcode.PONG, payload))
            elif opcode is Opcode.TEXT:
                self._pong()

    def _close_back(self, payload: bytes) -> None:
        if self.phase < Phase.CLOSING:
            self._leave()
            self.phase = Phase.CLOSING
            self.transport.write(websocket_frames.build(Opcode.CLOSE, payload[:2]))
        self.transport.close()

    def _count(self, sent: int, pings: int) -> None:
        now = self._registry.now
        if now - self._window_at > WINDOW_S:
            self._window_at, self._frames, self._pings = now, 0, 0
        self._frames += sent
        self._pings += pings
        if self._frames > FRAMES_MAX or self._pings > PINGS_MAX:
            raise AdmissionDenied(CloseCode.TOO_MANY_FRAMES, "not so fast")

    def _handle(self, frame: dict[str, Any]) -> None:
        kind = frame.get("type")
        if self.phase is Phase.GREETING:
            hello = client_messages.parse_hello(frame)
            self.phase, self.heard_at = Phase.ENTERING, self._registry.now
            self._language = hello.language or self._language
            self._sid = hello.sid
            self._registry.run(self._enter(hello))
        elif kind == "ping":
            self._pong()
        elif kind == "command":
            self._command(frame)
        elif kind == "token" and isinstance(frame.get("token"), str):
            self._renew(frame["token"])
        else:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "there is no such frame")

    def _pong(self) -> None:
        now = iso_ms(self._registry.clock())
        self.send(b'{"type":"pong","now":"%s"}' % now.encode())

    # --- coming in -------------------------------------------------------------------------------

    async def _enter(self, hello: client_messages.Hello) -> None:
        try:
            subscription = await self._admit(hello)
        except AdmissionDenied as denied:
            if denied.code == CloseCode.TOO_MANY_CONNECTIONS:
                self.crowded()
            else:
                self.disconnect(denied.code, denied.reason)
            return
        except Exception:  # the database does not answer; the client comes back
            log.exception("admission_failed")
            self._send_away()
            return
        if subscription is None:
            return
        if hello.personal_after is not None:
            self._registry.follow_personal(self, hello.personal_after)

    async def _admit(self, hello: client_messages.Hello) -> Subscription | None:
        """Admit the client, welcome it and send the timeline from its position on; None when it has
        left meanwhile. AdmissionDenied."""
        opening = self._opening
        assert opening is not None, "a handshake precedes a hello"
        admission, claims = await self._registry.admit(opening, hello.token, self.address)
        self.timeline_id = admission.backstage_id if opening.backstage else admission.timeline_id
        self._admission, self.claims, self.full = admission, claims, claims.is_staff
        after = hello.after if hello.after is not None else opening.after
        if self.phase is not Phase.ENTERING:
            return None
        subscription = await self._registry.join(self)
        try:
            knows = await self._knows(subscription, after, hello.epoch)
        except BaseException:
            self._registry.left(subscription, self)
            raise
        if self.phase is not Phase.ENTERING:
            self._registry.left(subscription, self)
            return None
        self._opening, self.address = None, ""
        self._subscription, self.phase, self.heard_at = subscription, Phase.LIVE, self._registry.now
        self._welcome(subscription)
        if knows and after is not None:
            subscription.fanout.add(self, after)
        else:
            subscription.fanout.add_with_snapshot(self)
        return subscription

    async def _knows(self, subscription: Subscription, after: int | None, epoch: str) -> bool:
        """Return whether the timeline can be read on from that position."""
        feed = subscription.feed
        if after is None or (epoch and epoch != feed.epoch):
            return False
        return feed.is_near(after) and await feed.knows(after)

    def _welcome(self, subscription: Subscription) -> None:
        feed = subscription.feed
        welcome = {
            "type": "welcome", "seq": feed.head, "epoch": feed.epoch, "tick": feed.tick,
            "now": iso_ms(self._registry.clock()),
            "retry_ms": self._registry.hub.spread_ms(self.timeline_id),
        }  # fmt: skip
        self.send(json_bytes(welcome))
        if subscription.fanout.count_frame:
            self.transport.write(subscription.fanout.count_frame)

    def _renew(self, token: str) -> None:
        if self.phase is not Phase.LIVE:
            raise AdmissionDenied(CloseCode.BAD_FRAME, "the first frame must be a hello")
        try:
            claims = self._registry.authorizer.renew(self.claims, token)
        except AdmissionDenied as denied:
            if denied.code != CloseCode.BAD_TOKEN:
                raise
            self._problem("", {"status": 401, "code": "bad-token", "detail": denied.reason})
            return
        # A right to watch is looked at where people come in.
        if claims.is_staff != self.claims.is_staff or not (self.is_public or claims.is_staff):
            raise AdmissionDenied(CloseCode.BAD_TOKEN, "come in anew")
        self.claims = self._registry.lean(claims)

    # --- commands --------------------------------------------------------------------------------

    def _command(self, frame: dict[str, Any]) -> None:
        identity = str(frame.get("id", ""))
        try:
            identity, name, body = parse_command(frame)
        except BadCommand as bad:
            if bad.field == "id":
                raise AdmissionDenied(
                    CloseCode.BAD_FRAME, "a command has an id of 1 to 64 ASCII characters"
                ) from None
            self._problem(identity, bad.problem)
            return
        problem = self._refusal()
        if problem is not None:
            self._problem(identity, problem)
            return
        assert self._admission is not None, "whoever is live was admitted"
        command = Command(
            identity, name, body, self.claims, self._admission.show_id, self._language,
            arrived_ms=to_epoch_ms(self._registry.clock()), pictures=served.find(self._sid),
        )  # fmt: skip
        self._in_flight += 1
        self._perform(command)

    def _refusal(self) -> dict[str, Any] | None:
        """Return the members of a problem where no command is taken at the moment."""
        if self.phase is not Phase.LIVE:
            return _problem(409, "not-yet", "Wait for the welcome.")
        if is_nameless(self.claims.sub):
            return _problem(401, "token-required", "Writing takes a token.")
        issued_at = self.claims.issued_at
        if issued_at and to_epoch_ms(self._registry.clock()) > issued_at + _TOKEN_MS:
            return _problem(401, "token-expired", "The token has run out; send a fresh one.")
        if self._registry.commands is None:
            return _problem(501, "not-offered", "Commands are not taken here.")
        wait_s = self._registry.rate_limit.wait_s(self.claims)
        if wait_s:
            return {**_problem(429, "rate-limited", "Not so fast."), "retry_after_s": wait_s}
        if self._in_flight >= IN_FLIGHT_MAX:
            return {**_problem(429, "busy", "Wait for the answers."), "retry_after_s": 1}
        return None

    def _perform(self, command: Command) -> None:
        commands = self._registry.commands
        assert commands is not None, "asked before"
        try:
            commands.enter(command, partial(self._told, command.id))
        except Exception:  # a bug; sending the command again is safe
            log.exception("command_failed name=%s", command.name)
            failed = _problem(500, "failed", "That went wrong. Try again.")
            self._told(command.id, Outcome(problem=failed))

    def _told(self, identity: str, outcome: Outcome) -> None:
        self._in_flight -= 1
        if outcome.problem is not None:
            self._problem(identity, dict(outcome.problem))
        else:
            answer = {**outcome.result, "type": "ack", "id": identity, "seq": outcome.seq}
            self.send(json_bytes(answer))

    def _problem(self, identity: str, members: dict[str, Any]) -> None:
        self.send(json_bytes({**members, "type": "problem", "id": identity}))


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"status": status, "code": code, "detail": detail}
