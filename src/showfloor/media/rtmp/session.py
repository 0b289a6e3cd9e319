"""One publisher's conversation after the handshake: commands, then media, then the end.

Bytes come in by `receive`, bytes go out by the `send` that it is given; sockets and time are the
server's. The publisher's key is never logged, nor is anything that may hold it (app, tcUrl).
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from showfloor.media.flv import amf
from showfloor.media.flv.amf import AmfError
from showfloor.media.flv.tags import FlvTag, TagKind
from showfloor.media.ports import Ingest, MediaSink, PublishRejected, PublishRequest
from showfloor.media.rtmp import replies
from showfloor.media.rtmp.aggregates import messages_in
from showfloor.media.rtmp.chunks import (
    MESSAGE_SIZE_MAX,
    ChunkReader,
    ChunkWriter,
    Message,
    MessageType,
)
from showfloor.media.rtmp.errors import ProtocolError
from showfloor.media.rtmp.tag_reader import TagReader

log = logging.getLogger(__name__)

COMMAND_SIZE_MAX: Final = amf.SIZE_MAX  # of messages, before a publisher is let in
COMMANDS_MAX: Final = 64  # messages before a publisher is let in; OBS and FFmpeg send eight
KEY_LENGTH_MAX: Final = 256
_WINDOW_MIN: Final = 4096  # bytes; a window of 0 would be an acknowledgement per byte
_CONTROL, _COMMAND, _STATUS = 2, 3, 5  # chunk streams that we write on
_REFUSAL_CODES: Final[Mapping[str, str]] = {
    "unauthorized": "NetStream.Publish.Unauthorized",
    "busy": "NetStream.Publish.BadName",
    "limit": "NetStream.Publish.Denied",
    "unsupported": "NetStream.Publish.Rejected",
    "failed": "NetStream.Publish.Failed",
}
_MEDIA_KINDS: Final[Mapping[int, TagKind]] = {
    MessageType.AUDIO: TagKind.AUDIO,
    MessageType.VIDEO: TagKind.VIDEO,
    MessageType.DATA: TagKind.SCRIPT,
    MessageType.DATA_AMF3: TagKind.SCRIPT,
}


class CommandError(ProtocolError):
    """A message that makes no sense at this point of the conversation."""


class State(StrEnum):
    NEW = "new"  # after the handshake
    CONNECTED = "connected"
    CREATED = "created"  # has a message stream
    PUBLISHING = "publishing"  # was let in; media may come
    OVER = "over"  # nothing more is taken


class Outcome(StrEnum):
    """The reason for closing a broadcast's sink."""

    ENDED = "ended"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(slots=True)
class _Acknowledger:
    """Acknowledges bytes once per window (RTMP 1.0, 5.4.3); some encoders stall without it."""

    window: int = replies.WINDOW_SIZE
    received: int = 0
    acknowledged: int = 0

    def due(self, size: int) -> bool:
        self.received += size
        if self.received - self.acknowledged < self.window:
            return False
        self.acknowledged = self.received
        return True


class Session:
    """The conversation. `outcome` says how it ended, or would if the connection went away now."""

    def __init__(self, ingest: Ingest, remote: str, send: Callable[[bytes], None]) -> None:
        self._ingest = ingest
        self._remote = remote
        self._send_bytes = send
        self._reader = ChunkReader(size_max=COMMAND_SIZE_MAX)
        self._writer = ChunkWriter()
        self._acknowledger = _Acknowledger()
        self._commands_left = COMMANDS_MAX
        self._app = ""
        self._encoder = ""
        self._sink: MediaSink | None = None
        self._intake: TagReader | None = None
        self.state = State.NEW
        self.outcome = Outcome.LOST

    @property
    def sink(self) -> MediaSink | None:
        """The accepted publisher's sink, until `close`."""
        return self._sink

    @property
    def tags_taken(self) -> int:
        """The count of tags handed to the sink so far; each is a sign of life."""
        return self._intake.taken if self._intake else 0

    async def receive(self, data: bytes) -> None:
        """Act on bytes from the peer; ProtocolError ends the connection."""
        for message in self._messages(data):
            request = self._handle(message)
            if request is not None:
                await self._open(request)

    def take(self, data: bytes) -> None:
        """Act on bytes from a publisher that was let in, without waiting for anything."""
        assert self.state is not State.CREATED, "only then is there a request to be let in"
        for message in self._messages(data):
            self._handle(message)

    def _messages(self, data: bytes) -> Iterator[Message]:
        """Yield what the bytes complete, while the conversation goes on."""
        if self._acknowledger.due(len(data)):
            self._send(replies.acknowledgement(self._acknowledger.received), _CONTROL)
        for message in self._reader.feed(data):
            if self.state is State.OVER:
                return
            yield message

    async def close(self) -> None:
        """Close the sink, if there is one; a second call does nothing."""
        self.state = State.OVER
        sink, self._sink = self._sink, None
        if sink is not None:
            await sink.close(self.outcome)

    def refuse(self, refusal: PublishRejected) -> None:
        """Tell the peer why it is rejected or cut."""
        log.info("rtmp_refused remote=%s code=%s: %s", self._remote, refusal.code, refusal.message)
        code = _REFUSAL_CODES.get(refusal.code, "NetStream.Publish.Denied")
        self._send(replies.status("error", code, refusal.message), _STATUS)
        self.outcome = Outcome.REFUSED
        self.state = State.OVER
        if self._sink is not None:
            self._sink.rejected(refusal)

    def _handle(self, message: Message) -> PublishRequest | None:
        """Act on one message; return its request to be let in."""
        if self.state is not State.PUBLISHING:
            self._commands_left -= 1
            if self._commands_left < 0:
                raise CommandError(f"{COMMANDS_MAX} messages and no broadcast")
        match message.type_id:
            case kind if kind in _MEDIA_KINDS:
                self._media(message)
            case MessageType.AGGREGATE:
                self._aggregate(message)
            case MessageType.COMMAND:
                return self._command(message, message.payload)
            case MessageType.COMMAND_AMF3:
                # A zero byte, then AMF0 after all: we never agree to objectEncoding 3.
                return self._command(message, message.payload.removeprefix(b"\0"))
            case MessageType.USER_CONTROL:
                self._user_control(message.payload)
            case MessageType.WINDOW_ACK_SIZE if len(message.payload) >= 4:
                window = int.from_bytes(message.payload[:4])
                self._acknowledger.window = max(window, _WINDOW_MIN)
            case _:
                log.debug("rtmp_ignored remote=%s type=%s", self._remote, message.type_id)
        return None

    def _user_control(self, payload: bytes) -> None:
        if int.from_bytes(payload[:2]) == replies.PING_REQUEST and len(payload) >= 6:
            self._send(replies.ping_response(payload[2:6]), _CONTROL)

    # --- media --------------------------------------------------------------------------------

    def _media(self, message: Message) -> None:
        if self.state is not State.PUBLISHING or self._intake is None:
            raise CommandError("media before it was let in")
        if message.stream_id != replies.STREAM_ID:
            raise CommandError(f"media on message stream {message.stream_id}")
        payload = message.payload
        if message.type_id == MessageType.DATA_AMF3:
            payload = payload.removeprefix(b"\0")
        try:
            self._intake.take(FlvTag(_MEDIA_KINDS[message.type_id], message.timestamp_ms, payload))
        except PublishRejected as refusal:
            self.refuse(refusal)

    def _aggregate(self, message: Message) -> None:
        for one in messages_in(message):
            if one.type_id in _MEDIA_KINDS and self.state is not State.OVER:
                self._media(one)

    # --- commands -----------------------------------------------------------------------------

    def _command(self, message: Message, payload: bytes) -> PublishRequest | None:
        name, values = _named(payload)
        transaction = values[1] if len(values) > 1 else 0
        if not isinstance(transaction, float):
            transaction = 0.0
        if self.state is State.NEW and name != "connect":
            raise CommandError("command before connect")
        match name:
            case "connect":
                self._connect(transaction, values)
            case "createStream":
                self._create_stream(transaction)
            case "publish":
                return self._requested(message, values)
            case "FCUnpublish" | "closeStream" | "deleteStream":
                self._end()
            case "releaseStream" | "FCPublish" | "_checkbw" | "_result" | "_error":
                pass  # FFmpeg and OBS expect no answer
            case _ if transaction:
                self._send(replies.call_failed(transaction, "No such command."), _COMMAND)
        return None

    def _connect(self, transaction: float, values: Sequence[amf.Value]) -> None:
        if self.state is not State.NEW:
            raise CommandError("second connect")
        arguments = values[2] if len(values) > 2 else None
        if not isinstance(arguments, Mapping):
            raise CommandError("connect without arguments")
        self._app = _printable(_without_query(arguments.get("app")).strip("/"))
        self._encoder = _printable(arguments.get("flashVer"))[:100]
        enhanced = "fourCcList" in arguments or "videoFourCcInfoMap" in arguments
        self.state = State.CONNECTED
        self._send(replies.window_ack_size(), _CONTROL)
        self._send(replies.peer_bandwidth(), _CONTROL)
        self._send(replies.set_chunk_size(replies.CHUNK_SIZE), _CONTROL)
        self._writer.chunk_size = replies.CHUNK_SIZE
        self._send(replies.connected(transaction, enhanced=enhanced), _COMMAND)

    def _create_stream(self, transaction: float) -> None:
        if self.state is State.CONNECTED:
            self.state = State.CREATED
        self._send(replies.stream_created(transaction), _COMMAND)

    def _requested(self, message: Message, values: Sequence[amf.Value]) -> PublishRequest:
        if self.state is not State.CREATED or message.stream_id != replies.STREAM_ID:
            raise CommandError(f"publish in state {self.state} on {message.stream_id}")
        key = _stream_key(values[3] if len(values) > 3 else None)
        return PublishRequest(self._app, key, self._encoder, self._remote)

    async def _open(self, request: PublishRequest) -> None:
        try:
            sink = await self._ingest.open(request)
        except PublishRejected as refusal:
            self.refuse(refusal)
            return
        self._sink = sink
        self._intake = TagReader(sink, self._remote)
        self._reader.size_max = MESSAGE_SIZE_MAX
        self.state = State.PUBLISHING
        log.info("rtmp_publishing remote=%s encoder=%s", self._remote, self._encoder)
        self._send(replies.stream_begin(replies.STREAM_ID), _CONTROL)
        started = replies.status("status", "NetStream.Publish.Start", "Publishing.")
        self._send(started, _STATUS)

    def _end(self) -> None:
        """End the broadcast at the encoder's own word; before publishing there is none to end."""
        if self.state is not State.PUBLISHING:
            return
        self.outcome = Outcome.ENDED
        self.state = State.OVER
        ended = replies.status("status", "NetStream.Unpublish.Success", "Stopped.")
        self._send(ended, _STATUS)

    def _send(self, message: Message, chunk_stream: int) -> None:
        self._send_bytes(self._writer.encode(message, chunk_stream))


def _named(payload: bytes) -> tuple[str, Sequence[amf.Value]]:
    """Return a command's name and all of its values, the name among them."""
    try:
        values = amf.decode(payload)
    except AmfError as error:
        raise CommandError(str(error)) from None
    if not values or not isinstance(values[0], str):
        raise CommandError("command without a name")
    return values[0], values


def _stream_key(value: amf.Value) -> str:
    """Return the key; empty for one of a wrong form, which is rejected and noted like any other."""
    key = _without_query(value).strip()  # people paste keys with a space behind
    return key if len(key) <= KEY_LENGTH_MAX and key.isprintable() else ""


def _without_query(value: amf.Value) -> str:
    """Cut off the `?name=value` that encoders append; a value that is no string reads as empty."""
    return value.partition("?")[0] if isinstance(value, str) else ""


def _printable(value: amf.Value) -> str:
    """Return a peer's text, made safe for logs and pages."""
    text = value if isinstance(value, str) else ""
    return "".join(c for c in text[:KEY_LENGTH_MAX] if c.isprintable())
