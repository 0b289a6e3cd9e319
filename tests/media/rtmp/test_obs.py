"""OBS's way on the wire: a chunk size before `connect`, everything on chunk stream 4, the shortest
header that will do, unsigned deltas (obs-outputs/librtmp/rtmp.c, RTMP_SendPacket)."""

from dataclasses import dataclass

import pytest

from showfloor.media.flv.packets import PacketReader
from showfloor.media.flv.tags import FlvTag, TagKind
from showfloor.media.rtmp.session import Session
from tests.media.rtmp.support import (
    AAC_CONFIG,
    AVC_CONFIG,
    CREATE_STREAM,
    FakeIngest,
    connect,
    publish,
    set_chunk_size,
)

CHUNK_SIZE = 4096
CHUNK_STREAM = 4
LIMIT_24_BIT = 0xFFFFFF
AUDIO_EVERY_MS, VIDEO_EVERY_MS = 21, 33


@dataclass
class ObsWriter:
    """Type 0 for the first packet, then 1, 2 or 3, whichever is enough."""

    last: FlvTag | None = None
    last_on_wire: int = 0

    def packet(self, tag: FlvTag) -> bytes:
        last, size = self.last, len(tag.payload)
        wire = (tag.timestamp_ms - (last.timestamp_ms if last else 0)) & 0xFFFFFFFF
        if last is None:
            kind = 0
        elif (len(last.payload), last.kind) != (size, tag.kind):
            kind = 1
        else:
            kind = 3 if wire == self.last_on_wire else 2
        head = min(wire, LIMIT_24_BIT).to_bytes(3) + size.to_bytes(3) + bytes([tag.kind])
        head = (head + (1).to_bytes(4, "little"))[: (11, 7, 3, 0)[kind]]
        extended = wire.to_bytes(4) if wire >= LIMIT_24_BIT else b""
        pieces = [tag.payload[at : at + CHUNK_SIZE] for at in range(0, size, CHUNK_SIZE)]
        self.last, self.last_on_wire = tag, wire
        continuation = bytes([0xC0 | CHUNK_STREAM]) + extended
        return bytes([kind << 6 | CHUNK_STREAM]) + head + extended + continuation.join(pieces)


def frame(size: int) -> bytes:
    return b"\x27\x01\x00\x00\x00" + (size - 9).to_bytes(4) + bytes(size - 9)


def sound(stamp_ms: int) -> FlvTag:
    return FlvTag(TagKind.AUDIO, stamp_ms, b"\xaf\x01" + bytes(300))


def show(start_ms: int) -> list[FlvTag]:
    """Half a second, audio a little behind video as OBS interleaves it; frames of one size too."""
    tags = [FlvTag(TagKind.VIDEO, 0, AVC_CONFIG), FlvTag(TagKind.AUDIO, 0, AAC_CONFIG)]
    for n in range(16):
        at = start_ms + n * VIDEO_EVERY_MS
        tags.append(FlvTag(TagKind.VIDEO, at, frame(9000 if n % 4 else 4096)))
        tags.append(sound(max(0, at - 5)))  # earlier than the picture before it
        tags.append(sound(at - 5 + AUDIO_EVERY_MS))
    last_ms = tags[-1].timestamp_ms
    return tags + [sound(last_ms + n * AUDIO_EVERY_MS) for n in range(1, 5)]


@pytest.mark.parametrize(
    "start_ms",
    [0, 1000, LIMIT_24_BIT - 100, LIMIT_24_BIT, 2**31 - 100],
    ids=["0", "1s", "over-24-bit", "at-24-bit", "over-31-bit"],
)
@pytest.mark.parametrize("step", [1, 999, 65_536])
async def test_every_packet_of_obs_arrives_at_its_time(start_ms: int, step: int) -> None:
    ingest = FakeIngest()
    session = Session(ingest, "192.0.2.7:5000", lambda data: None)
    await session.receive(set_chunk_size(CHUNK_SIZE))
    await session.receive(connect() + CREATE_STREAM + publish())
    writer, tags = ObsWriter(), show(start_ms)
    data = b"".join(map(writer.packet, tags))
    for at in range(0, len(data), step):
        await session.receive(data[at : at + step])
    reader = PacketReader()
    assert ingest.sinks[0].items == [item for tag in tags for item in reader.take(tag)]
