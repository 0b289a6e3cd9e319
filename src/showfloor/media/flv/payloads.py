"""The payloads of FLV's tags, also of several tracks in one stream: H.264, HEVC and AAC in legacy
and in enhanced headers (E-RTMP v2), AV1 and Opus in enhanced ones.

Everything behind sees one kind of payload.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple, Self

from showfloor.media.flv.errors import FlvError, UnsupportedCodec

VIDEO_CODECS: Final = {
    2: "Sorenson H.263 video",
    3: "Screen video",
    4: "VP6 video",
    5: "VP6 video",
    6: "Screen video",
    7: "H.264 video",
    13: "AV1 video",
}
AUDIO_CODECS: Final = {
    0: "PCM audio",
    1: "ADPCM audio",
    2: "MP3 audio",
    3: "PCM audio",
    4: "Nellymoser audio",
    5: "Nellymoser audio",
    6: "Nellymoser audio",
    7: "G.711 audio",
    8: "G.711 audio",
    10: "AAC audio",
    11: "Speex audio",
    14: "MP3 audio",
}
FOURCC_CODECS: Final = {
    b"avc1": "H.264 video",
    b"hvc1": "HEVC (H.265) video",
    b"vvc1": "VVC (H.266) video",
    b"av01": "AV1 video",
    b"vp08": "VP8 video",
    b"vp09": "VP9 video",
    b"mp4a": "AAC audio",
    b"Opus": "Opus audio",
    b"fLaC": "FLAC audio",
    b".mp3": "MP3 audio",
    b"ac-3": "AC-3 audio",
    b"ec-3": "E-AC-3 audio",
}
OPUS: Final = b"Opus"
AVC: Final = b"avc1"
HEVC: Final = b"hvc1"
AV1: Final = b"av01"
_LEGACY_VIDEO: Final = {7: AVC, 12: HEVC}  # 12: not in FLV; an extension that some encoders send
_WITH_OFFSET: Final = frozenset({AVC, HEVC})  # codecs whose coded frames name a composition time
_AVC: Final = 7
_AAC: Final = 10
_EX_AUDIO: Final = 9  # E-RTMP: SoundFormat.ExHeader
_FRAME_KEY: Final = 1
_FRAME_GENERATED_KEY: Final = 4
_MODIFIERS_MAX: Final = 8
_TRACKS_MAX: Final = 16
_FRAME_COMMAND: Final = 5  # no picture: a hint to a player about seeking


class VideoPacket(IntEnum):
    """The content of a video payload (FLV AVCPacketType)."""

    CONFIG = 0  # `data` is the codec's decoder configuration record
    FRAME = 1  # `data` is one access unit
    END = 2
    OTHER = 255  # nothing for a decoder: command, HDR metadata


class AudioPacket(IntEnum):
    """The content of an audio payload (FLV AACPacketType)."""

    CONFIG = 0  # `data` is an AudioSpecificConfig
    FRAME = 1  # `data` is one raw AAC frame
    OTHER = 255


class _Ex(IntEnum):
    """E-RTMP packet types; the first three mean the same for audio and video."""

    SEQUENCE_START = 0
    CODED_FRAMES = 1
    SEQUENCE_END = 2
    CODED_FRAMES_X = 3  # video: as CODED_FRAMES, with a composition offset of 0
    MULTITRACK_AUDIO = 5
    MULTITRACK_VIDEO = 6
    MOD_EX = 7


@dataclass(frozen=True, slots=True)
class _ExBody:
    """The body behind an E-RTMP header, of one track."""

    packet_type: int
    fourcc: bytes
    data: bytes
    track: int = 0


class VideoPayload(NamedTuple):
    """The payload of a video tag, or one track of it. `cts_ms`: presentation time minus decoding
    time, ms."""

    is_key: bool
    packet_type: VideoPacket
    cts_ms: int
    data: bytes
    fourcc: bytes = AVC
    track: int = 0

    @classmethod
    def parse(cls, payload: bytes) -> list[Self]:
        """Parse a legacy or an enhanced header; a tag may hold several tracks. UnsupportedCodec for
        another codec than H.264, HEVC and AV1."""
        if not payload:
            raise FlvError("empty video payload")
        if payload[0] & 0x80:
            frame_type = payload[0] >> 4 & 0x07
            bodies = _ex_bodies(payload, payload[0] & 0x0F, _Ex.MULTITRACK_VIDEO)
            return [cls._of_body(frame_type, body) for body in bodies]
        frame_type, codec = payload[0] >> 4, payload[0] & 0x0F
        fourcc = _LEGACY_VIDEO.get(codec)
        if fourcc is None:
            raise UnsupportedCodec(VIDEO_CODECS.get(codec, f"Video codec {codec}"))
        if frame_type == _FRAME_COMMAND:
            return [cls(False, VideoPacket.OTHER, 0, b"", fourcc)]
        if len(payload) < 5:
            raise FlvError(f"{fourcc.decode()} payload of {len(payload)} bytes")
        if payload[1] > VideoPacket.END:
            raise FlvError(f"AVCPacketType {payload[1]}")
        cts_ms = int.from_bytes(payload[2:5], signed=True)
        kind = VideoPacket(payload[1])
        return [cls(_is_key(frame_type), kind, cts_ms, payload[5:], fourcc)]

    @classmethod
    def _of_body(cls, frame_type: int, body: _ExBody) -> Self:
        if body.fourcc not in {AVC, HEVC, AV1}:
            raise UnsupportedCodec(_fourcc_name(body.fourcc, "Video"))
        is_key, cts_ms, data = _is_key(frame_type), 0, body.data
        kind = VideoPacket.OTHER
        if frame_type == _FRAME_COMMAND:
            return cls(False, kind, 0, b"", body.fourcc, body.track)
        match body.packet_type:
            case _Ex.SEQUENCE_START:
                kind = VideoPacket.CONFIG
            case _Ex.CODED_FRAMES if body.fourcc in _WITH_OFFSET:
                if len(data) < 3:
                    raise FlvError("coded frames without a composition time")
                kind = VideoPacket.FRAME
                cts_ms, data = int.from_bytes(data[:3], signed=True), data[3:]
            case _Ex.CODED_FRAMES | _Ex.CODED_FRAMES_X:
                kind = VideoPacket.FRAME
            case _Ex.SEQUENCE_END:
                kind, is_key, data = VideoPacket.END, False, b""
            case _:
                is_key, data = False, b""
        return cls(is_key, kind, cts_ms, data, body.fourcc, body.track)

    def encode(self) -> bytes:
        """Return the payload of a stream of one track, H.264 with the legacy header; not for
        OTHER."""
        assert self.packet_type is not VideoPacket.OTHER
        frame_type = _FRAME_KEY if self.is_key else 2
        offset = self.cts_ms.to_bytes(3, signed=True)
        if self.fourcc == AVC:
            head = bytes([frame_type << 4 | _AVC, self.packet_type])
            return head + offset + self.data
        head = bytes([0x80 | frame_type << 4 | self.packet_type]) + self.fourcc
        if self.packet_type is VideoPacket.FRAME and self.fourcc in _WITH_OFFSET:
            head += offset
        return head + self.data


class AudioPayload(NamedTuple):
    """The payload of an audio tag: AAC, or Opus, whose configuration is an identification header
    (RFC 7845, 5.1)."""

    packet_type: AudioPacket
    data: bytes
    is_opus: bool = False

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Parse AAC in a legacy or an enhanced header, or Opus; UnsupportedCodec for another
        codec."""
        if not payload:
            raise FlvError("empty audio payload")
        codec = payload[0] >> 4
        if codec == _EX_AUDIO:
            return cls._parse_enhanced(payload)
        if codec != _AAC:
            raise UnsupportedCodec(AUDIO_CODECS.get(codec, f"Audio codec {codec}"))
        if len(payload) < 2 or payload[1] > AudioPacket.FRAME:
            raise FlvError("AAC payload without a known AACPacketType")
        return cls(AudioPacket(payload[1]), payload[2:])

    @classmethod
    def _parse_enhanced(cls, payload: bytes) -> Self:
        bodies = _ex_bodies(payload, payload[0] & 0x0F, _Ex.MULTITRACK_AUDIO)
        body = next((one for one in bodies if one.track == 0), None)
        if body is None:
            return cls(AudioPacket.OTHER, b"")  # one more language, or a track for recordings
        if body.fourcc not in {b"mp4a", OPUS}:
            raise UnsupportedCodec(_fourcc_name(body.fourcc, "Audio"))
        is_opus = body.fourcc == OPUS
        if body.packet_type == _Ex.SEQUENCE_START:
            return cls(AudioPacket.CONFIG, body.data, is_opus)
        if body.packet_type == _Ex.CODED_FRAMES:
            return cls(AudioPacket.FRAME, body.data, is_opus)
        return cls(AudioPacket.OTHER, b"")

    def encode(self) -> bytes:
        """Return the payload with the legacy header of AAC, or the enhanced one of Opus; not for
        OTHER. By FLV E.4.2.1 the legacy one always says 44 kHz, 16 bit, stereo."""
        assert self.packet_type is not AudioPacket.OTHER
        if not self.is_opus:
            return bytes([0xAF, self.packet_type]) + self.data
        kind = _Ex.SEQUENCE_START if self.packet_type is AudioPacket.CONFIG else _Ex.CODED_FRAMES
        return bytes([_EX_AUDIO << 4 | kind]) + OPUS + self.data


def _is_key(frame_type: int) -> bool:
    return frame_type in {_FRAME_KEY, _FRAME_GENERATED_KEY}


def _fourcc_name(fourcc: bytes, kind: str) -> str:
    return FOURCC_CODECS.get(fourcc) or f"{kind} codec {repr(fourcc)[2:-1]}"


def _ex_bodies(payload: bytes, packet_type: int, multitrack: _Ex) -> list[_ExBody]:
    """Walk an E-RTMP header that starts after byte 0; return the body of each track."""
    position = 1
    for _ in range(_MODIFIERS_MAX):
        if packet_type != _Ex.MOD_EX:
            break
        size = _byte(payload, position) + 1
        position += 1
        if size == 256:
            size = int.from_bytes(_slice(payload, position, 2)) + 1
            position += 2
        # The modifier itself (a nanosecond offset) is finer than our milliseconds.
        packet_type = _byte(payload, position + size) & 0x0F
        position += size + 1
    if packet_type == _Ex.MOD_EX:
        raise FlvError(f"more than {_MODIFIERS_MAX} packet modifiers")
    if packet_type == multitrack:
        return _tracks(payload, position)
    return [_ExBody(packet_type, _slice(payload, position, 4), payload[position + 4 :])]


def _tracks(payload: bytes, position: int) -> list[_ExBody]:
    """Return the bodies of a multitrack payload, at most _TRACKS_MAX."""
    layout, packet_type = _byte(payload, position) >> 4, _byte(payload, position) & 0x0F
    position += 1
    one_track, many_codecs = layout == 0, layout == 2
    if layout > 2:
        raise FlvError(f"multitrack layout {layout}")
    fourcc = b""
    if not many_codecs:
        fourcc = _slice(payload, position, 4)
        position += 4
    bodies: list[_ExBody] = []
    while len(bodies) < _TRACKS_MAX:
        if many_codecs:
            fourcc = _slice(payload, position, 4)
            position += 4
        track = _byte(payload, position)
        position += 1
        size = len(payload) - position
        if not one_track:
            size = int.from_bytes(_slice(payload, position, 3))
            position += 3
        bodies.append(_ExBody(packet_type, fourcc, _slice(payload, position, size), track))
        position += size
        if position == len(payload):
            break
    return bodies


def _byte(payload: bytes, position: int) -> int:
    if position >= len(payload):
        raise FlvError("payload ends inside its header")
    return payload[position]


def _slice(payload: bytes, position: int, size: int) -> bytes:
    if position + size > len(payload):
        raise FlvError("payload ends inside its header")
    return payload[position : position + size]
