"""The messages between the server and its worker: JSON lines in, frames of bytes out."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

FRAME_MAX: Final = 16 << 20  # bytes; a coded picture is below 2 MB
_HEAD: Final = struct.Struct("!IB")  # of a frame: bytes behind it, kind
_PACKET: Final = struct.Struct("!??q")  # of a packet: is it sound, is it a key frame, time in ms


class Kind(IntEnum):
    ANSWER = 1  # an SDP
    REFUSED = 2  # a sentence
    PICTURES = 3  # a decoder configuration, for the pictures from here on
    SOUND = 4  # an OpusHead
    PACKET = 5
    STATE = 6  # a JSON object
    ENDED = 7  # a sentence
    BEAT = 8  # the worker is alive


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Kind
    body: bytes


def encode(kind: Kind, body: bytes = b"") -> bytes:
    return _HEAD.pack(len(body), kind) + body


def encode_packet(data: bytes, stamp_ms: int, *, is_sound: bool, is_key: bool) -> bytes:
    return encode(Kind.PACKET, _PACKET.pack(is_sound, is_key, stamp_ms) + data)


def packet_fields(body: bytes) -> tuple[bool, bool, int, bytes]:
    """Return whether it is sound, whether it is a key frame, its time in ms, and its data."""
    is_sound, is_key, stamp_ms = _PACKET.unpack_from(body)
    return is_sound, is_key, stamp_ms, body[_PACKET.size :]


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


class FrameReader:
    """Cuts a pipe's bytes into frames; ValueError for what no worker sends."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._buffer += data
        position = 0
        while len(self._buffer) - position >= _HEAD.size:
            size, kind = _HEAD.unpack_from(self._buffer, position)
            if size > FRAME_MAX:
                raise ValueError(f"a frame of {size} bytes")
            end = position + _HEAD.size + size
            if len(self._buffer) < end:
                break
            yield Frame(Kind(kind), bytes(self._buffer[position + _HEAD.size : end]))
            position = end
        del self._buffer[:position]
