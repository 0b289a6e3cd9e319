"""AMF0, the values in FLV's script data and RTMP's commands (Adobe's AMF 0 specification of 2007).

Bytes, nesting and the number of values are bounded; a string is never longer than the data.
"""

import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

from showfloor.media.flv.errors import FlvError

SIZE_MAX: Final = 64 * 1024
DEPTH_MAX: Final = 8
VALUES_MAX: Final = 1000  # OBS's metadata has about twenty

type Value = float | bool | str | Mapping[str, Value] | Sequence[Value] | None

_NUMBER: Final = struct.Struct(">d")


class AmfError(FlvError):
    """The bytes are not AMF0, or exceed a bound."""


class Marker(IntEnum):
    NUMBER = 0x00
    BOOLEAN = 0x01
    STRING = 0x02
    OBJECT = 0x03
    NULL = 0x05
    UNDEFINED = 0x06
    ECMA_ARRAY = 0x08
    OBJECT_END = 0x09
    STRICT_ARRAY = 0x0A
    DATE = 0x0B
    LONG_STRING = 0x0C
    TYPED_OBJECT = 0x10


def decode(data: bytes) -> list[Value]:
    """Return all values in order; undefined reads as None, a date as its ms since 1970."""
    if len(data) > SIZE_MAX:
        raise AmfError(f"AMF0 of {len(data)} bytes; at most {SIZE_MAX} are taken")
    reader = _Reader(data)
    values = []
    while reader.position < len(data):
        values.append(reader.value(depth=0))
    return values


def encode(*values: Value) -> bytes:
    """Encode the values one after another; numbers as doubles, mappings as objects."""
    return b"".join(map(_encode, values))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._values = 0
        self.position = 0

    def value(self, depth: int) -> Value:
        self._count(depth)
        marker = self._take(1)[0]
        match marker:
            case Marker.NUMBER:
                return self._number()
            case Marker.BOOLEAN:
                return self._take(1) != b"\0"
            case Marker.STRING:
                return self._string(2)
            case Marker.LONG_STRING:
                return self._string(4)
            case Marker.NULL | Marker.UNDEFINED:
                return None
            case Marker.DATE:
                milliseconds = self._number()
                self._take(2)  # time zone: reserved, "should be 0"
                return milliseconds
        return self._composite(marker, depth)

    def _composite(self, marker: int, depth: int) -> Value:
        match marker:
            case Marker.OBJECT:
                return self._object(depth)
            case Marker.ECMA_ARRAY:
                self._take(4)  # the count is advisory: FFmpeg and others write 0 or a wrong one
                return self._object(depth)
            case Marker.TYPED_OBJECT:
                self._string(2)  # class name
                return self._object(depth)
            case Marker.STRICT_ARRAY:
                count = int.from_bytes(self._take(4))
                if count > VALUES_MAX:
                    raise AmfError(f"AMF0 array of {count} values")
                return [self.value(depth + 1) for _ in range(count)]
        raise AmfError(f"AMF0 marker 0x{marker:02x}")

    def _object(self, depth: int) -> dict[str, Value]:
        pairs: dict[str, Value] = {}
        while True:  # ends: each round takes at least three bytes
            key = self._string(2)
            if not key and self._peek() == Marker.OBJECT_END:
                self.position += 1
                return pairs
            pairs[key] = self.value(depth + 1)

    def _count(self, depth: int) -> None:
        self._values += 1
        if depth > DEPTH_MAX:
            raise AmfError(f"AMF0 nested deeper than {DEPTH_MAX}")
        if self._values > VALUES_MAX:
            raise AmfError(f"AMF0 with more than {VALUES_MAX} values")

    def _number(self) -> float:
        number: float = _NUMBER.unpack(self._take(8))[0]
        return number

    def _string(self, length_size: int) -> str:
        raw = self._take(int.from_bytes(self._take(length_size)))
        return raw.decode("utf-8", "replace")  # encoders put their own code pages into metadata

    def _peek(self) -> int:
        return self._data[self.position] if self.position < len(self._data) else -1

    def _take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self._data):
            raise AmfError("AMF0 ends inside a value")
        taken = self._data[self.position : end]
        self.position = end
        return taken


def _encode(value: Value) -> bytes:
    match value:
        case None:
            return bytes([Marker.NULL])
        case bool():
            return bytes([Marker.BOOLEAN, value])
        case int() | float():
            return bytes([Marker.NUMBER]) + _NUMBER.pack(value)
        case str():
            return _encode_string(value)
        case Mapping():
            pairs = b"".join(_key(key) + _encode(item) for key, item in value.items())
            return bytes([Marker.OBJECT]) + pairs + b"\0\0" + bytes([Marker.OBJECT_END])
        case _:
            items = b"".join(map(_encode, value))
            return bytes([Marker.STRICT_ARRAY]) + len(value).to_bytes(4) + items


def _encode_string(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > 0xFFFF:
        return bytes([Marker.LONG_STRING]) + len(raw).to_bytes(4) + raw
    return bytes([Marker.STRING]) + len(raw).to_bytes(2) + raw


def _key(text: str) -> bytes:
    raw = text.encode()
    assert len(raw) <= 0xFFFF
    return len(raw).to_bytes(2) + raw
