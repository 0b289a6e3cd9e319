"""Fakes of the ports and a small RTMP client's bytes, written apart from the server's own code."""

import asyncio
from collections.abc import Iterable

from showfloor.media.flv import amf
from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.packets import AudioTrack, MediaPacket, SourceItem, TrackKind, VideoTrack
from showfloor.media.ports import PublishRejected, PublishRequest
from showfloor.media.rtmp.chunks import ChunkReader, Message, MessageType

KEY = "sf_live_2b7e151628aed2a6"
WRONG_KEY = "sf_live_wrong"

AVC_CONFIG = bytes.fromhex(
    "1700000000"
    "0164001effe1001a6764001eacd940a02ff93011000003000100000300320f162d9601000668ebe3cb22c0fdf8f800"
)
AAC_CONFIG = bytes.fromhex("af001210")
KEY_FRAME = bytes.fromhex("1701000000000000026588")
AUDIO_FRAME = bytes.fromhex("af012110")
PICTURES = VideoTrack(AvcConfig.parse(AVC_CONFIG[5:]))
SOUND = AudioTrack(AacConfig.parse(AAC_CONFIG[2:]))


def picture(dts_ms: int, payload: bytes = KEY_FRAME) -> MediaPacket:
    """The packet of a video message with a legacy header."""
    cts_ms = int.from_bytes(payload[2:5], signed=True)
    return MediaPacket(PICTURES, dts_ms, dts_ms + cts_ms, payload[0] >> 4 == 1, payload[5:])


def sound(dts_ms: int, payload: bytes = AUDIO_FRAME) -> MediaPacket:
    """The packet of an audio message with a legacy header."""
    return MediaPacket(SOUND, dts_ms, dts_ms, True, payload[2:])


class FakeSink:
    """Keeps what it is given. `gate` closed makes `drain` wait."""

    def __init__(self) -> None:
        self.kicked_event = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.items: list[SourceItem] = []
        self.closed: list[str] = []
        self.lines: list[tuple[float | None, int]] = []
        self.rejections: list[PublishRejected] = []
        self.refusal: PublishRejected | None = None
        self.failure: Exception | None = None

    @property
    def kicked(self) -> asyncio.Event:
        return self.kicked_event

    @property
    def kick_reason(self) -> PublishRejected:
        return PublishRejected("failed", "The test has had enough.")

    def write(self, item: SourceItem) -> None:
        if self.refusal:
            raise self.refusal
        if self.failure:
            raise self.failure
        self.items.append(item)

    async def drain(self) -> None:
        await self.gate.wait()

    def note_line(self, round_trip_s: float | None, packets_lost: int) -> None:
        self.lines.append((round_trip_s, packets_lost))

    def rejected(self, rejection: PublishRejected) -> None:
        self.rejections.append(rejection)

    async def close(self, reason: str) -> None:
        self.closed.append(reason)

    def of(self, kind: TrackKind) -> list[SourceItem]:
        """The track of that kind, as often as it was given, and its packets."""
        return [
            item
            for item in self.items
            if (isinstance(item, MediaPacket) and item.track.kind is kind)
            or (isinstance(item, VideoTrack | AudioTrack) and item.kind is kind)
        ]

    def packets(self, kind: TrackKind) -> list[MediaPacket]:
        return [item for item in self.of(kind) if isinstance(item, MediaPacket)]


class FakeIngest:
    """Lets KEY in; what was asked and what was opened can be read afterwards."""

    def __init__(self) -> None:
        self.requests: list[PublishRequest] = []
        self.sinks: list[FakeSink] = []

    async def open(self, request: PublishRequest) -> FakeSink:
        self.requests.append(request)
        if request.key != KEY:
            raise PublishRejected("unauthorized", "This stream key is not known.")
        self.sinks.append(FakeSink())
        return self.sinks[-1]


def chunk(
    kind: int,
    payload: bytes,
    *,
    csid: int = 3,
    stamp: int = 0,
    msid: int = 0,
    size: int | None = None,
) -> bytes:
    """A whole message as one type 0 chunk; `size` lies about its length."""
    length = len(payload) if size is None else size
    head = bytes([csid]) + min(stamp, 0xFFFFFF).to_bytes(3) + length.to_bytes(3) + bytes([kind])
    extended = stamp.to_bytes(4) if stamp >= 0xFFFFFF else b""
    return head + msid.to_bytes(4, "little") + extended + payload


def set_chunk_size(size: int) -> bytes:
    return chunk(MessageType.SET_CHUNK_SIZE, size.to_bytes(4), csid=2)


def command(*values: amf.Value, msid: int = 0) -> bytes:
    return chunk(MessageType.COMMAND, amf.encode(*values), msid=msid)


def connect(**more: amf.Value) -> bytes:
    arguments: dict[str, amf.Value] = {
        "app": "live",
        "type": "nonprivate",
        "flashVer": "FMLE/3.0 (compatible; FMSc/1.0)",
        "tcUrl": "rtmp://localhost/live",
    }
    return command("connect", 1, arguments | more)


BIG_CHUNKS = set_chunk_size(65_536)
CREATE_STREAM = command("createStream", 4, None)


def publish(key: str = KEY) -> bytes:
    return command("publish", 5, None, key, "live", msid=1)


def opening(key: str = KEY) -> bytes:
    """Everything from the handshake's end to the question whether one may publish."""
    return BIG_CHUNKS + connect() + CREATE_STREAM + publish(key)


def video(payload: bytes, stamp: int = 0, *, msid: int = 1) -> bytes:
    return chunk(MessageType.VIDEO, payload, csid=4, stamp=stamp, msid=msid)


def audio(payload: bytes, stamp: int = 0, *, msid: int = 1) -> bytes:
    return chunk(MessageType.AUDIO, payload, csid=4, stamp=stamp, msid=msid)


def read_messages(data: bytes) -> list[Message]:
    """Return a server's messages from its chunks of 65 536 bytes, without its SetChunkSize."""
    return ChunkReader().feed(BIG_CHUNKS + data)


def commands(messages: Iterable[Message]) -> list[list[amf.Value]]:
    return [amf.decode(m.payload) for m in messages if m.type_id == MessageType.COMMAND]


def status_codes(data: bytes) -> list[str]:
    """The codes of all onStatus in what a server said."""
    codes = []
    for values in commands(read_messages(data)):
        if values[0] == "onStatus":
            information = values[3]
            assert isinstance(information, dict)
            codes.append(str(information["code"]))
    return codes
