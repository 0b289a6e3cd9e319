"""Aggregate messages, in which some encoders send several tags at once (RTMP 1.0, 7.1.6)."""

from collections.abc import Iterator
from typing import Final

from showfloor.media.rtmp.chunks import Message

_HEADER_SIZE: Final = 11  # as of a tag in FLV
_BACK_POINTER: Final = 4
_UINT32: Final = 0xFFFFFFFF


def messages_in(aggregate: Message) -> Iterator[Message]:
    """Yield the messages of an aggregate, on its message stream. The first one has the aggregate's
    time; what is cut short ends it."""
    data, position = aggregate.payload, 0
    shift_ms: int | None = None
    while position + _HEADER_SIZE <= len(data):
        size = int.from_bytes(data[position + 1 : position + 4])
        stamp_ms = int.from_bytes(data[position + 4 : position + 7]) | data[position + 7] << 24
        start = position + _HEADER_SIZE
        if start + size > len(data):
            return
        if shift_ms is None:
            shift_ms = aggregate.timestamp_ms - stamp_ms
        yield Message(
            data[position], aggregate.stream_id, (stamp_ms + shift_ms) & _UINT32,
            data[start : start + size],
        )  # fmt: skip
        position = start + size + _BACK_POINTER
