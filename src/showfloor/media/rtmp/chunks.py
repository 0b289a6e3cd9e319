"""RTMP's chunk layer (RTMP 1.0, 5.3): bytes to messages and back, without any I/O."""

from enum import IntEnum
from typing import Final, NamedTuple

from showfloor.media.rtmp.errors import ProtocolError

CHUNK_SIZE_DEFAULT: Final = 128
CHUNK_SIZE_MIN: Final = 128  # 5.4.1: "should be at least 128"; less only burns our time
MESSAGE_SIZE_MAX: Final = 10 * 1024 * 1024
STREAMS_MAX: Final = 32  # encoders use three to eight
MESSAGES_PER_FEED_MAX: Final = 4096  # of 64 KiB; a message that short is no media
_EXTENDED: Final = 0xFFFFFF
_UINT32: Final = 0xFFFFFFFF
_HEADER_SIZES: Final = (11, 7, 3, 0)


class ChunkError(ProtocolError):
    """The bytes are not chunks, or exceed a bound."""


class MessageType(IntEnum):
    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_ACK_SIZE = 5
    SET_PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA_AMF3 = 15
    COMMAND_AMF3 = 17
    DATA = 18
    COMMAND = 20
    AGGREGATE = 22


class Message(NamedTuple):
    """`timestamp_ms` is modulo 2^32, as on the wire."""

    type_id: int
    stream_id: int
    timestamp_ms: int
    payload: bytes


class _ChunkStream:
    """The header fields that the next chunk may leave out, and the message in assembly."""

    __slots__ = ("assembly", "delta", "extended", "size", "stream_id", "timestamp", "type_id")

    def __init__(self) -> None:
        self.timestamp = 0
        self.delta = 0
        self.size = 0
        self.type_id = 0
        self.stream_id = 0
        self.extended: int | None = None  # value of the last extended timestamp field
        self.assembly: bytearray | None = None


class ChunkReader:
    """Assembles messages. It obeys SetChunkSize and Abort itself and does not hand them on.

    It holds at most `size_max` bytes of unfinished messages.
    """

    def __init__(self, *, size_max: int = MESSAGE_SIZE_MAX) -> None:
        self.size_max = size_max
        self._chunk_size = CHUNK_SIZE_DEFAULT
        self._streams: dict[int, _ChunkStream] = {}
        self._current: _ChunkStream | None = None  # whose chunk we are inside
        self._chunk_left = 0  # payload bytes of that chunk still to come
        self._held = 0  # bytes in all assemblies
        self._header = b""  # an incomplete chunk header, at most 18 bytes

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that `data` completes, in order; ChunkError ends the connection."""
        if self._header:
            data, self._header = self._header + data, b""
        messages: list[Message] = []
        position, end = 0, len(data)
        while position < end:
            if self._current is None:
                header_size = self._begin_chunk(data, position)
                if self._current is None:
                    self._header = data[position:]
                    break
                position += header_size
            stream = self._current
            if self._chunk_left == stream.size <= end - position:  # a whole message in one chunk
                self._current = None
                self._end_message(stream, data[position : position + stream.size], messages)
                position += stream.size
                continue
            position += self._take(stream, data, position)
            if self._chunk_left == 0:
                self._end_chunk(stream, messages)
        return messages

    def _begin_chunk(self, data: bytes, position: int) -> int:
        """Read one chunk header; return its size, or 0 while it is incomplete."""
        start = position
        kind, stream_id = data[position] >> 6, data[position] & 0x3F
        position += 1
        if stream_id < 2:
            size = stream_id + 1
            if len(data) < position + size:
                return 0
            stream_id = 64 + int.from_bytes(data[position : position + size], "little")
            position += size
        if len(data) < position + _HEADER_SIZES[kind]:
            return 0
        stream = self._stream(stream_id, kind)
        if kind == 3:
            position = self._continue(stream, data, position)
        else:
            position = self._begin_message(stream, kind, data, position)
        if not position:
            return 0
        assert stream.assembly is not None
        self._current = stream
        self._chunk_left = min(self._chunk_size, stream.size - len(stream.assembly))
        return position - start

    def _stream(self, stream_id: int, kind: int) -> _ChunkStream:
        stream = self._streams.get(stream_id)
        if stream is None:
            # 5.3.1.2.1 wants type 0 first; librtmp of old begins a control stream with type 1.
            if kind > 1:
                raise ChunkError(f"chunk stream {stream_id} begins with type {kind}")
            if len(self._streams) >= STREAMS_MAX:
                raise ChunkError(f"more than {STREAMS_MAX} chunk streams")
            stream = self._streams[stream_id] = _ChunkStream()
        return stream

    def _begin_message(self, stream: _ChunkStream, kind: int, data: bytes, position: int) -> int:
        """Read a header of type 0, 1 or 2; return the position after it, or 0 if incomplete."""
        if stream.assembly is not None:
            raise ChunkError("new message inside an unfinished one")
        body = position + _HEADER_SIZES[kind]
        field = int.from_bytes(data[position : position + 3])
        extended = None
        if field == _EXTENDED:
            if len(data) < body + 4:
                return 0
            field = extended = int.from_bytes(data[body : body + 4])
            body += 4
        if kind < 2:
            stream.size = int.from_bytes(data[position + 3 : position + 6])
            stream.type_id = data[position + 6]
        if kind == 0:
            stream.stream_id = int.from_bytes(data[position + 7 : position + 11], "little")
            stream.timestamp = 0
        self._start(stream, field, extended)
        return body

    def _continue(self, stream: _ChunkStream, data: bytes, position: int) -> int:
        """Read a header of type 3; return the position after it, or 0 if incomplete."""
        extended = None
        if stream.extended is not None:
            if len(data) < position + 4:
                return 0
            extended = int.from_bytes(data[position : position + 4])
        if stream.assembly is None:
            # A type 3 that begins a message repeats the delta before it; after a type 0 that
            # is the timestamp itself (5.3.1.2.4; FFmpeg and librtmp read and write it so).
            self._start(stream, stream.delta if extended is None else extended, extended)
            return position if extended is None else position + 4
        # Inside a message the field is repeated too (5.3.1.3). Writers exist that leave it out
        # or repeat the absolute time instead of the delta: it is taken for what it equals.
        if extended is not None and extended in {stream.extended, stream.timestamp}:
            position += 4
        return position

    def _start(self, stream: _ChunkStream, delta: int, extended: int | None) -> None:
        if stream.size > self.size_max:
            raise ChunkError(f"message of {stream.size} bytes; at most {self.size_max} are taken")
        stream.delta = delta
        # Modulo 2^32: a packet that is slightly earlier comes as a delta of nearly 2^32.
        stream.timestamp = (stream.timestamp + delta) & _UINT32
        stream.extended = extended
        stream.assembly = bytearray()

    def _take(self, stream: _ChunkStream, data: bytes, position: int) -> int:
        """Move payload bytes into the current assembly; return their count."""
        assert stream.assembly is not None
        size = min(self._chunk_left, len(data) - position)
        if self._held + size > self.size_max:
            raise ChunkError(f"more than {self.size_max} bytes of unfinished messages")
        stream.assembly += memoryview(data)[position : position + size]
        self._held += size
        self._chunk_left -= size
        return size

    def _end_chunk(self, stream: _ChunkStream, messages: list[Message]) -> None:
        self._current = None
        assert stream.assembly is not None
        if len(stream.assembly) == stream.size:
            self._end_message(stream, bytes(stream.assembly), messages)

    def _end_message(self, stream: _ChunkStream, payload: bytes, messages: list[Message]) -> None:
        self._drop(stream)
        if stream.type_id == MessageType.SET_CHUNK_SIZE:
            self._chunk_size = _chunk_size(payload)
        elif stream.type_id == MessageType.ABORT:
            self._abort(payload)
        elif len(messages) >= MESSAGES_PER_FEED_MAX:
            raise ChunkError("flood of tiny messages")
        else:
            message = Message(stream.type_id, stream.stream_id, stream.timestamp, payload)
            messages.append(message)

    def _abort(self, payload: bytes) -> None:
        """Drop an unfinished message (5.4.2). An unknown or empty chunk stream is no error."""
        if len(payload) < 4:
            raise ChunkError("short Abort")
        stream = self._streams.get(int.from_bytes(payload[:4]))
        if stream is not None:
            self._drop(stream)

    def _drop(self, stream: _ChunkStream) -> None:
        if stream.assembly is not None:
            self._held -= len(stream.assembly)
            stream.assembly = None


def _chunk_size(payload: bytes) -> int:
    """5.4.1: 31 bits; more than a message can be has no effect."""
    size = int.from_bytes(payload[:4])
    if len(payload) < 4 or not CHUNK_SIZE_MIN <= size <= 0x7FFFFFFF:
        raise ChunkError(f"chunk size {size}")
    return size


class ChunkWriter:
    """Writes messages with full headers, because a server says little to a publisher."""

    def __init__(self) -> None:
        self.chunk_size = CHUNK_SIZE_DEFAULT

    def encode(self, message: Message, chunk_stream: int) -> bytes:
        """Return the message as chunks of one chunk stream, 2 to 63."""
        assert 2 <= chunk_stream <= 63
        stamp = message.timestamp_ms & _UINT32
        extended = stamp.to_bytes(4) if stamp >= _EXTENDED else b""
        head = b"".join((
            bytes([chunk_stream]),
            min(stamp, _EXTENDED).to_bytes(3),
            len(message.payload).to_bytes(3),
            bytes([message.type_id]),
            message.stream_id.to_bytes(4, "little"),
            extended,
        ))  # fmt: skip
        step = self.chunk_size
        payload = message.payload
        chunks = [payload[at : at + step] for at in range(0, len(payload), step)]
        return head + (bytes([0xC0 | chunk_stream]) + extended).join(chunks)
