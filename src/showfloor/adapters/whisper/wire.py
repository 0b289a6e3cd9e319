"""The frames between the server and the process that recognises speech: kind, length, body."""

import json
import struct
from typing import IO, Final

HEAD: Final = struct.Struct(">cI")
STAMP: Final = struct.Struct(">q")
TRACK: Final = b"T"
PACKET: Final = b"P"
BODY_MAX: Final = 1 << 20


def track(codec: str, record: bytes) -> bytes:
    """Return the frame that begins a track: FFmpeg's name of its codec, and its configuration."""
    return _frame(TRACK, json.dumps({"codec": codec, "record": record.hex()}).encode())


def packet(at_ms: int, data: bytes) -> bytes:
    return _frame(PACKET, STAMP.pack(at_ms) + data)


def read(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Return the next frame; None at the end. ValueError for what is none."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, length = HEAD.unpack(head)
    if kind not in {TRACK, PACKET} or length > BODY_MAX:
        raise ValueError("not a frame")
    body = stream.read(length)
    return (kind, body) if len(body) == length else None


def _frame(kind: bytes, body: bytes) -> bytes:
    return HEAD.pack(kind, len(body)) + body
