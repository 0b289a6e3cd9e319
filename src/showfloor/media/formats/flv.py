"""FLV: the tags that RTMP carries and that our encoder's pipes speak, and the payloads in them.

Bytes in, values out; nothing here does I/O. Malformed bytes raise FlvError, well-formed media of
an unsupported codec raises UnsupportedCodec, and no input raises anything else.
Clauses: "FLV" is Adobe's Video File Format 10.1, annex E; "E-RTMP" is Enhanced RTMP v2, whose
headers are understood here so that everything behind sees one kind of payload.
"""

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Final, Self

from showfloor.media.formats.bits import BitReader, BitsExhausted
from showfloor.media.formats.sps import Sps, SpsError, parse_sps

TAG_SIZE_MAX: Final = 10 * 1024 * 1024  # a 4K key frame is below 3 MB
_HEADER_SIZE: Final = 9
_TAG_HEADER_SIZE: Final = 11
_HEADER_SIZE_MAX: Final = 1024  # version 1 says nine; more is allowed but never seen


class FlvError(ValueError):
    """The bytes are not FLV, or a payload contradicts its header."""


class UnsupportedCodec(FlvError):
    """Well-formed media in an unsupported codec; `codec` is its name for people."""

    def __init__(self, codec: str) -> None:
        super().__init__(f"{codec} is not supported: set the encoder to H.264 video and AAC audio")
        self.codec = codec


class TagKind(IntEnum):
    AUDIO = 8
    VIDEO = 9
    SCRIPT = 18


@dataclass(frozen=True, slots=True)
class FlvTag:
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


# --- payloads ---------------------------------------------------------------------------------

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
    """The payload of an audio tag."""

    packet_type: AudioPacket
    data: bytes

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Parse AAC in a legacy or an enhanced header; UnsupportedCodec for another codec."""
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
        if body.fourcc and body.fourcc != b"mp4a":
            raise UnsupportedCodec(_fourcc_name(body.fourcc, "Audio"))
        if body.fourcc and body.packet_type == _Ex.SEQUENCE_START:
            return cls(AudioPacket.CONFIG, body.data)
        if body.fourcc and body.packet_type == _Ex.CODED_FRAMES:
            return cls(AudioPacket.FRAME, body.data)
        return cls(AudioPacket.OTHER, b"")

    def encode(self) -> bytes:
        """Return the payload with the legacy AAC header; not for OTHER. By FLV E.4.2.1 that header
        always says 44 kHz, 16 bit, stereo."""
        assert self.packet_type is not AudioPacket.OTHER
        return bytes([0xAF, self.packet_type]) + self.data


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


# --- decoder configurations -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AvcConfig:
    """An AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1): how to decode H.264."""

    record: bytes  # as it goes into an `avcC` box
    length_size: int  # bytes of the length in front of each NAL unit
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    picture: Sps

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """From the `data` of a CONFIG packet; FlvError when it could not start a decoder."""
        if len(record) < 7 or record[0] != 1:
            raise FlvError("not an AVCDecoderConfigurationRecord of version 1")
        sps, position = _parameter_sets(record, 6, record[5] & 0x1F)
        pps, _ = _parameter_sets(record, position + 1, _byte(record, position))
        if not sps or not pps:
            raise FlvError("H.264 configuration without parameter sets")
        try:
            picture = parse_sps(sps[0])
        except SpsError as error:
            raise FlvError(str(error)) from None
        return cls(record, (record[4] & 3) + 1, sps, pps, picture)

    @property
    def profile(self) -> int:
        return self.record[1]

    @property
    def level(self) -> int:
        """Ten times the level: 31 is level 3.1."""
        return self.record[3]

    @property
    def width(self) -> int:
        """The width of the cropped picture, pixels."""
        return self.picture.width

    @property
    def height(self) -> int:
        return self.picture.height

    @property
    def frame_rate(self) -> Fraction | None:
        """The frame rate that the stream claims, frames/s; None without a claim."""
        return self.picture.frame_rate

    @property
    def codec_string(self) -> str:
        """The codec as in a playlist's CODECS (RFC 6381): `avc1.64001f`."""
        return f"avc1.{self.record[1:4].hex()}"


def _parameter_sets(record: bytes, position: int, count: int) -> tuple[tuple[bytes, ...], int]:
    sets = []
    for _ in range(count):
        size = int.from_bytes(_slice(record, position, 2))
        sets.append(_slice(record, position + 2, size))
        position += 2 + size
    return tuple(sets), position


def well_formed_units(data: bytes, length_size: int) -> bool:
    """Return whether the NAL units' lengths add up to exactly `data`."""
    position, size = 0, len(data)
    while position + length_size <= size:
        position += length_size + int.from_bytes(data[position : position + length_size])
    return position == size


_AAC_RATES: Final = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000,
    22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
)  # fmt: skip
_AAC_CHANNELS: Final = (0, 1, 2, 3, 4, 5, 6, 8)
_SBR, _PS = 5, 29  # object types that announce an extension, then name the core's own type


@dataclass(frozen=True, slots=True)
class AacConfig:
    """An AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). `rate`: samples/s of the core coder,
    whose frames are 1024 samples; HE-AAC plays at twice that."""

    record: bytes  # as it goes into an `esds` box
    object_type: int
    rate: int
    channels: int

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """From the `data` of a CONFIG packet; FlvError when it could not start a decoder."""
        bits = BitReader(record[:64])
        try:
            object_type = _object_type(bits)
            rate, layout = _rate(bits), bits.take(4)
            if object_type in {_SBR, _PS}:
                _rate(bits)  # of the extension
                _object_type(bits)
        except BitsExhausted:
            raise FlvError("AudioSpecificConfig ends early") from None
        if object_type == 0 or not rate or not 1 <= layout < len(_AAC_CHANNELS):
            raise FlvError(f"AAC of type {object_type}, {rate} Hz, channel layout {layout}")
        return cls(record, object_type, rate, _AAC_CHANNELS[layout])

    @property
    def codec_string(self) -> str:
        """The codec as in a playlist's CODECS (RFC 6381): `mp4a.40.2`."""
        return f"mp4a.40.{self.object_type}"


def _object_type(bits: BitReader) -> int:
    short = bits.take(5)
    return 32 + bits.take(6) if short == 31 else short


def _rate(bits: BitReader) -> int:
    """Return the rate in samples/s; 0 for a reserved index."""
    index = bits.take(4)
    if index == 15:
        return bits.take(24)
    return _AAC_RATES[index] if index < len(_AAC_RATES) else 0
