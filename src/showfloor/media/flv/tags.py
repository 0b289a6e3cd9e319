"""The tags of FLV, read as they arrive and written. Nothing here does I/O."""

from enum import IntEnum
from typing import Final, NamedTuple

from showfloor.media.flv.errors import FlvError

TAG_SIZE_MAX: Final = 10 * 1024 * 1024  # a 4K key frame is below 3 MB
_HEADER_SIZE: Final = 9
_TAG_HEADER_SIZE: Final = 11
_HEADER_SIZE_MAX: Final = 1024  # version 1 says nine; more is allowed but never seen


class TagKind(IntEnum):
    AUDIO = 8
    VIDEO = 9
    SCRIPT = 18


class FlvTag(NamedTuple):
    """One audio, video or script tag. `timestamp_ms` is the decoding time."""

    kind: TagKind
    timestamp_ms: int
    payload: bytes


def encode_header(*, has_video: bool, has_audio: bool) -> bytes:
    """Return the file header with the first (zero) PreviousTagSize: 13 bytes."""
    flags = (4 if has_audio else 0) | (1 if has_video else 0)
    return b"FLV\x01" + bytes([flags]) + _HEADER_SIZE.to_bytes(4) + bytes(4)


def encode_tag(tag: FlvTag) -> bytes:
    """Return the tag with its PreviousTagSize; its timestamp is modulo 2^32 ms."""
    size = len(tag.payload)
    stamp = tag.timestamp_ms & 0xFFFFFFFF
    head = (tag.kind << 24 | size).to_bytes(4) + ((stamp & 0xFFFFFF) << 8 | stamp >> 24).to_bytes(4)
    return b"".join((head, b"\0\0\0", tag.payload, (size + _TAG_HEADER_SIZE).to_bytes(4)))


class FlvReader:
    """Reads a stream of FLV as it arrives; holds at most one unfinished tag."""

    def __init__(self, *, size_max: int = TAG_SIZE_MAX) -> None:
        self._size_max = size_max
        self._buffer = bytearray()
        self._started = False

    def feed(self, data: bytes | bytearray | memoryview) -> list[FlvTag]:
        """Return the tags that `data` completes, in order; FlvError once it is not FLV."""
        self._buffer += data
        if not self._started:
            self._started = self._take_header()
        tags: list[FlvTag] = []
        position = 0
        while self._started and len(self._buffer) - position >= _TAG_HEADER_SIZE:
            end = position + _TAG_HEADER_SIZE + self._size_at(position)
            if len(self._buffer) < end + 4:
                break
            tags.append(self._tag(position, end))
            position = end + 4
        del self._buffer[:position]
        return tags

    def _take_header(self) -> bool:
        """Drop the file header from the buffer; False while it is incomplete."""
        start = bytes(self._buffer[:_HEADER_SIZE])
        if start[:4] != b"FLV\x01"[: len(start)]:
            raise FlvError("not an FLV stream of version 1")
        if len(start) < _HEADER_SIZE:
            return False
        size = int.from_bytes(start[5:9])
        if not _HEADER_SIZE <= size <= _HEADER_SIZE_MAX:
            raise FlvError(f"FLV header of {size} bytes")
        if len(self._buffer) < size + 4:
            return False
        del self._buffer[: size + 4]
        return True

    def _size_at(self, position: int) -> int:
        size = int.from_bytes(self._buffer[position + 1 : position + 4])
        if size > self._size_max:
            raise FlvError(f"FLV tag of {size} bytes; at most {self._size_max} are taken")
        return size

    def _tag(self, position: int, end: int) -> FlvTag:
        head = self._buffer[position : position + _TAG_HEADER_SIZE]
        try:
            kind = TagKind(head[0])
        except ValueError:
            raise FlvError(f"FLV tag of type {head[0]}") from None
        stamp = int.from_bytes(head[4:7]) | head[7] << 24
        return FlvTag(kind, stamp, bytes(self._buffer[position + _TAG_HEADER_SIZE : end]))
