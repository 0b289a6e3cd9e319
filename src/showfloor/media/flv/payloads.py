"""The payloads of FLV's tags: H.264 and AAC in legacy and in enhanced headers, and Opus.

Everything behind sees one kind of payload.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from showfloor.media.flv.errors import FlvError, UnsupportedCodec

VIDEO_CODECS: Final = {
    2: "Sorenson H.263 video",
    3: "Screen video",
    4: "VP6 video",
    5: "VP6 video",
    6: "Screen video",
    7: "H.264 video",
    12: "HEVC (H.265) video",  # not in FLV; an extension that some encoders send
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

    CONFIG = 0  # `data` is an AVCDecoderConfigurationRecord
    FRAME = 1  # `data` is one access unit, NAL units with their lengths in front
    END = 2
    OTHER = 255  # nothing for a decoder: command, HDR metadata, another track


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
    """The body behind an E-RTMP header, of track 0; `fourcc` is empty without a track 0."""

    packet_type: int
    fourcc: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class VideoPayload:
    """The payload of a video tag. `cts_ms`: presentation time minus decoding time, ms."""

    is_key: bool
    packet_type: VideoPacket
    cts_ms: int
    data: bytes

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Parse H.264 in a legacy or an enhanced header; UnsupportedCodec for another codec."""
        if not payload:
            raise FlvError("empty video payload")
        if payload[0] & 0x80:
            return cls._parse_enhanced(payload)
        frame_type, codec = payload[0] >> 4, payload[0] & 0x0F
        if codec != _AVC:
            raise UnsupportedCodec(VIDEO_CODECS.get(codec, f"Video codec {codec}"))
        if frame_type == _FRAME_COMMAND:
            return cls(False, VideoPacket.OTHER, 0, b"")
        if len(payload) < 5:
            raise FlvError(f"H.264 payload of {len(payload)} bytes")
        if payload[1] > VideoPacket.END:
            raise FlvError(f"AVCPacketType {payload[1]}")
        cts_ms = int.from_bytes(payload[2:5], signed=True)
        return cls(_is_key(frame_type), VideoPacket(payload[1]), cts_ms, payload[5:])

    @classmethod
    def _parse_enhanced(cls, payload: bytes) -> Self:
        frame_type = payload[0] >> 4 & 0x07
        body = _ex_body(payload, payload[0] & 0x0F, _Ex.MULTITRACK_VIDEO)
        if body.fourcc and body.fourcc != b"avc1":
            raise UnsupportedCodec(_fourcc_name(body.fourcc, "Video"))
        is_key = _is_key(frame_type)
        if not body.fourcc or frame_type == _FRAME_COMMAND:
            return cls(False, VideoPacket.OTHER, 0, b"")
        match body.packet_type:
            case _Ex.SEQUENCE_START:
                return cls(is_key, VideoPacket.CONFIG, 0, body.data)
            case _Ex.CODED_FRAMES:
                if len(body.data) < 3:
                    raise FlvError("coded frames without a composition time")
                cts_ms = int.from_bytes(body.data[:3], signed=True)
                return cls(is_key, VideoPacket.FRAME, cts_ms, body.data[3:])
            case _Ex.CODED_FRAMES_X:
                return cls(is_key, VideoPacket.FRAME, 0, body.data)
            case _Ex.SEQUENCE_END:
                return cls(False, VideoPacket.END, 0, b"")
        return cls(False, VideoPacket.OTHER, 0, b"")

    def encode(self) -> bytes:
        """Return the payload with the legacy H.264 header; not for OTHER."""
        assert self.packet_type is not VideoPacket.OTHER
        frame_type = _FRAME_KEY if self.is_key else 2
        head = bytes([frame_type << 4 | _AVC, self.packet_type])
        return head + self.cts_ms.to_bytes(3, signed=True) + self.data


@dataclass(frozen=True, slots=True)
class AudioPayload:
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
        body = _ex_body(payload, payload[0] & 0x0F, _Ex.MULTITRACK_AUDIO)
        if body.fourcc not in {b"", b"mp4a", OPUS}:
            raise UnsupportedCodec(_fourcc_name(body.fourcc, "Audio"))
        is_opus = body.fourcc == OPUS
        if body.fourcc and body.packet_type == _Ex.SEQUENCE_START:
            return cls(AudioPacket.CONFIG, body.data, is_opus)
        if body.fourcc and body.packet_type == _Ex.CODED_FRAMES:
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


def _ex_body(payload: bytes, packet_type: int, multitrack: _Ex) -> _ExBody:
    """Walk an E-RTMP header that starts after byte 0."""
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
        return _track_zero(payload, position)
    return _ExBody(packet_type, _slice(payload, position, 4), payload[position + 4 :])


def _track_zero(payload: bytes, position: int) -> _ExBody:
    """Return track 0 of a multitrack body; the other tracks are skipped."""
    layout, packet_type = _byte(payload, position) >> 4, _byte(payload, position) & 0x0F
    position += 1
    one_track, many_codecs = layout == 0, layout == 2
    if layout > 2:
        raise FlvError(f"multitrack layout {layout}")
    fourcc = b""
    if not many_codecs:
        fourcc = _slice(payload, position, 4)
        position += 4
    for _ in range(_TRACKS_MAX):
        if many_codecs:
            fourcc = _slice(payload, position, 4)
            position += 4
        track = _byte(payload, position)
        position += 1
        size = len(payload) - position
        if not one_track:
            size = int.from_bytes(_slice(payload, position, 3))
            position += 3
        data = _slice(payload, position, size)
        position += size
        if track == 0:
            return _ExBody(packet_type, fourcc, data)
        if position == len(payload):
            break
    return _ExBody(packet_type, b"", b"")


def _byte(payload: bytes, position: int) -> int:
    if position >= len(payload):
        raise FlvError("payload ends inside its header")
    return payload[position]


def _slice(payload: bytes, position: int, size: int) -> bytes:
    if position + size > len(payload):
        raise FlvError("payload ends inside its header")
    return payload[position : position + size]
