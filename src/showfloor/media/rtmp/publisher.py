"""The publisher's half of RTMP: our media on its way to a foreign server.

Every step is bounded in time. What the server says of its refusal is kept without the stream key.
"""

import asyncio
import os
import socket
import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from showfloor.kernel.public_addresses import Address, is_public, resolve
from showfloor.media.diagnostics.restream_status import RestreamFault
from showfloor.media.flv import amf
from showfloor.media.flv.errors import FlvError
from showfloor.media.flv.packets import packet_tag, track_tag
from showfloor.media.flv.tags import FlvTag, TagKind
from showfloor.media.packets import Codec, MediaPacket, Track, VideoTrack
from showfloor.media.rtmp import replies
from showfloor.media.rtmp.chunks import ChunkReader, ChunkWriter, Message, MessageType
from showfloor.media.rtmp.errors import ProtocolError
from showfloor.media.rtmp.handshake import PACKET_SIZE, VERSION
from showfloor.media.rtmp.target import PublishFailed, PublishTarget

READ_SIZE: Final = 65_536
CHUNK_SIZE: Final = 4096  # OBS's: every server takes it
HIGH_WATER: Final = 1 << 19  # bytes of ours that wait before `drain` does
SOCKET_BYTES: Final = 1 << 19  # more in the kernel would hide for long that nothing is taken
DETAIL_CHARS_MAX: Final = 120
STREAM_ID_MAX: Final = 0xFFFFFFFF
_COMMANDS, _SOUND, _PICTURES = 3, 4, 6  # chunk streams
_CONNECT, _CREATE, _PUBLISH = 1, 4, 5  # transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishLimits:
    """Times in seconds. `stall_s`: in which the server takes nothing of what waits for it."""

    connect_s: float = 5.0
    answer_s: float = 8.0  # from the connection until we may publish
    stall_s: float = 6.0
    leave_s: float = 1.0  # for our last words


@dataclass(frozen=True, slots=True)
class Dialer:
    """Connects to servers that the people of a brand have named: to public addresses alone, but
    for those that `allows` lets through. `tls` is made once, because that reads many files."""

    allows: Callable[[Address], bool] = is_public
    resolve: Callable[[str, int], Sequence[Address]] = resolve
    limits: PublishLimits = field(default_factory=PublishLimits)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def dial(self, target: PublishTarget) -> "RtmpPublisher":
        """Return a publisher that may send; PublishFailed."""
        reader, writer = await self._connect(target)
        publisher = RtmpPublisher(reader, writer, target, self.limits)
        try:
            async with asyncio.timeout(self.limits.answer_s):
                await publisher.open()
        except TimeoutError:
            writer.transport.abort()
            raise PublishFailed(RestreamFault.SILENT) from None
        except BaseException:
            writer.transport.abort()
            raise
        return publisher

    async def _connect(
        self, target: PublishTarget
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        is_secure = target.scheme == "rtmps"
        try:
            async with asyncio.timeout(self.limits.connect_s):
                address = await self._address(target)
                return await asyncio.open_connection(
                    address, target.port, limit=READ_SIZE,
                    ssl=self.tls if is_secure else None,
                    server_hostname=target.host if is_secure else None,
                )  # fmt: skip
        except ssl.SSLError as error:
            raise PublishFailed(RestreamFault.TLS, _short(error.reason or "")) from None
        except TimeoutError:
            raise PublishFailed(RestreamFault.UNREACHABLE) from None
        except OSError as error:
            raise PublishFailed(RestreamFault.UNREACHABLE, _short(error.strerror or "")) from None

    async def _address(self, target: PublishTarget) -> str:
        found = await asyncio.to_thread(self.resolve, target.host, target.port)
        if not found or not all(self.allows(address) for address in found):
            raise PublishFailed(RestreamFault.ADDRESS, target.host)
        return str(found[0])


class RtmpPublisher:
    """One connection. `sent`: bytes of media; `close` is called in the end."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: PublishTarget,
        limits: PublishLimits,
    ) -> None:  # fmt: skip
        self.sent = 0
        self._reader = reader
        self._writer = writer
        self._target = target
        self._limits = limits
        self._chunks = ChunkReader()
        self._out = ChunkWriter()
        self._messages: deque[Message] = deque()  # bounded by what one read can hold
        self._received = self._acknowledged = 0
        self._window = replies.WINDOW_SIZE
        self._stream_id = 0
        self._failure: PublishFailed | None = None
        self._listening: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        writer.transport.set_write_buffer_limits(high=HIGH_WATER)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)

    async def open(self) -> None:
        """Ask to publish, and return when the server agrees; PublishFailed. Its time is bounded by
        the caller."""
        try:
            await self._shake_hands()
            await self._ask()
        except (ProtocolError, FlvError) as error:
            raise PublishFailed(RestreamFault.PROTOCOL, _short(str(error))) from None
        except (OSError, asyncio.IncompleteReadError):
            raise PublishFailed(RestreamFault.REJECTED) from None
        self._listening = asyncio.create_task(self._listen(), name=f"rtmp {self._target.host}")

    async def wait(self) -> PublishFailed | None:
        """Wait until the connection has ended; return why, or None when we have closed it."""
        await self._ended.wait()
        return self._failure

    def begin(self, tracks: Sequence[Track]) -> None:
        """Tell what the stream is made of, before its first packet."""
        facts: dict[str, amf.Value] = {"encoder": "Showfloor"}
        for track in tracks:
            if isinstance(track, VideoTrack):
                facts |= {"width": track.config.width, "height": track.config.height}
                if track.codec is Codec.H264:
                    facts["videocodecid"] = 7
            else:
                facts["audiocodecid"] = 10
        told = amf.encode("@setDataFrame", "onMetaData", facts)
        self._send(Message(MessageType.DATA, self._stream_id, 0, told))
        for track in tracks:
            self.write_track(track)

    def write_track(self, track: Track) -> None:
        """Tell how the track's next packets are decoded."""
        self._write_tag(track_tag(track))

    def write(self, packet: MediaPacket) -> None:
        """Queue a packet; `drain` bounds what waits."""
        self._write_tag(packet_tag(packet))

    async def drain(self) -> None:
        """Wait while too much waits for the server; one that takes nothing is given up."""
        try:
            async with asyncio.timeout(self._limits.stall_s):
                await self._writer.drain()
        except TimeoutError:
            self._fail(PublishFailed(RestreamFault.STALLED))
        except OSError:
            self._fail(PublishFailed(RestreamFault.CUT))

    async def close(self) -> None:
        """Tell the server that the stream ends, and leave. Bounded by twice `leave_s`."""
        if not self._ended.is_set():
            self._ended.set()
            self._send(self._command("FCUnpublish", 6, None, self._target.key))
            self._send(self._command("deleteStream", 7, None, self._stream_id))
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(self._limits.leave_s):
                    self._writer.transport.set_write_buffer_limits(high=0)
                    await self._writer.drain()
                    self._writer.close()
                    await self._writer.wait_closed()
        self.abort()

    def abort(self) -> None:
        """Leave at once."""
        self._ended.set()
        self._writer.transport.abort()
        if self._listening is not None:
            self._listening.cancel()

    # --- the opening ---

    async def _shake_hands(self) -> None:
        ours = bytes(8) + os.urandom(PACKET_SIZE - 8)
        self._writer.write(bytes([VERSION]) + ours)
        answer = await self._reader.readexactly(1 + 2 * PACKET_SIZE)
        if answer[0] != VERSION:
            raise ProtocolError(f"RTMP version {answer[0]}")
        self._writer.write(answer[1 : 1 + PACKET_SIZE])

    async def _ask(self) -> None:
        self._send(replies.set_chunk_size(CHUNK_SIZE))
        self._out.chunk_size = CHUNK_SIZE
        key = self._target.key
        about: dict[str, amf.Value] = {
            "app": self._target.app, "type": "nonprivate",
            "flashVer": "FMLE/3.0 (compatible; Showfloor)", "swfUrl": self._target.tc_url,
            "tcUrl": self._target.tc_url,
        }  # fmt: skip
        self._send(self._command("connect", _CONNECT, about))
        await self._result(_CONNECT)
        self._send(self._command("releaseStream", 2, None, key))
        self._send(self._command("FCPublish", 3, None, key))
        self._send(self._command("createStream", _CREATE, None))
        created = await self._result(_CREATE)
        self._stream_id = _stream_id(created)
        asked = amf.encode("publish", _PUBLISH, None, key, "live")
        self._send(Message(MessageType.COMMAND, self._stream_id, 0, asked))
        while not self._may_publish(await self._command_of_server()):
            pass

    async def _result(self, transaction: int) -> Sequence[amf.Value]:
        """Return the values of the server's answer to a command of ours."""
        while True:
            values = await self._command_of_server()
            if values[:1] == ["_error"]:
                raise self._rejected(values)
            self._may_publish(values)  # some servers refuse by a status
            if values[0] == "_result" and values[1:2] == [transaction]:
                return values[2:]

    def _may_publish(self, values: Sequence[amf.Value]) -> bool:
        """Return whether this is the server's leave to publish; PublishFailed for its refusal."""
        if values[0] == "_error":
            raise self._rejected(values)
        if values[0] != "onStatus":
            return False
        told = _information(values)
        if told.get("level") == "error":
            raise self._rejected(values)
        return told.get("code") == "NetStream.Publish.Start"

    def _rejected(self, values: Sequence[amf.Value]) -> PublishFailed:
        told = _information(values)
        words = str(told.get("description") or told.get("code") or "")
        if self._target.key:
            words = words.replace(self._target.key, "…")
        return PublishFailed(RestreamFault.REJECTED, _short(words))

    async def _command_of_server(self) -> Sequence[amf.Value]:
        while True:
            message = await self._message()
            if message.type_id == MessageType.COMMAND:
                values = amf.decode(message.payload)
                if values:
                    return values

    # --- both ways ---

    async def _message(self) -> Message:
        """Return the server's next message that is not for the connection itself."""
        while True:
            while not self._messages:
                data = await self._reader.read(READ_SIZE)
                if not data:
                    raise ConnectionResetError
                self._received += len(data)
                self._messages.extend(self._chunks.feed(data))
                self._acknowledge()
            message = self._messages.popleft()
            if not self._answers(message):
                return message

    def _answers(self, message: Message) -> bool:
        """Return whether a message is one of the connection's own, which is answered here."""
        if message.type_id == MessageType.WINDOW_ACK_SIZE and len(message.payload) >= 4:
            self._window = int.from_bytes(message.payload[:4]) or self._window
            return True
        if message.type_id == MessageType.USER_CONTROL:
            if message.payload[:2] == replies.PING_REQUEST.to_bytes(2):
                self._send(replies.ping_response(message.payload[2:6]))
            return True
        return False

    def _acknowledge(self) -> None:
        if self._received - self._acknowledged >= self._window:
            self._acknowledged = self._received
            self._send(replies.acknowledgement(self._received))

    async def _listen(self) -> None:
        """Hear what the server says while we publish."""
        try:
            while True:
                self._may_publish(await self._command_of_server())
        except PublishFailed as failure:
            self._fail(failure)
        except (ProtocolError, FlvError) as error:
            self._fail(PublishFailed(RestreamFault.PROTOCOL, _short(str(error))))
        except OSError:
            self._fail(PublishFailed(RestreamFault.CUT))

    def _fail(self, failure: PublishFailed) -> None:
        if not self._ended.is_set():
            self._failure = failure
            self._ended.set()
        self._writer.transport.abort()

    def _write_tag(self, tag: FlvTag) -> None:
        if self._ended.is_set():
            return
        chunks = _PICTURES if tag.kind is TagKind.VIDEO else _SOUND
        message = Message(tag.kind, self._stream_id, tag.timestamp_ms, tag.payload)
        data = self._out.encode(message, chunks)
        self.sent += len(data)
        self._writer.write(data)

    def _command(self, *values: amf.Value) -> Message:
        return replies.command(0, *values)

    def _send(self, message: Message) -> None:
        self._writer.write(self._out.encode(message, 2 if message.type_id < 8 else _COMMANDS))


def _stream_id(created: Sequence[amf.Value]) -> int:
    """Return the number of the message stream that a server has created; ProtocolError for one that
    no message can name."""
    numbers = [value for value in created if isinstance(value, float)]
    if not numbers:
        return replies.STREAM_ID
    if not (numbers[-1].is_integer() and 0 < numbers[-1] <= STREAM_ID_MAX):
        raise ProtocolError(f"message stream {numbers[-1]}")
    return int(numbers[-1])


def _information(values: Sequence[amf.Value]) -> Mapping[str, amf.Value]:
    found = [value for value in values if isinstance(value, Mapping)]
    return found[-1] if found else {}


def _short(words: str) -> str:
    return " ".join(words.split())[:DETAIL_CHARS_MAX]
