"""FLV tags, payload headers and decoder configurations."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.formats.flv import (
    AacConfig,
    AudioPacket,
    AudioPayload,
    AvcConfig,
    FlvError,
    FlvReader,
    FlvTag,
    TagKind,
    UnsupportedCodec,
    VideoPacket,
    VideoPayload,
    encode_header,
    encode_tag,
    well_formed_units,
)

HEADER = encode_header(has_video=True, has_audio=True)
LANDSCAPE = bytes.fromhex(  # x264, 640x362 at 25 frames/s
    "0164001effe1001a6764001eacd940a02ff93011000003000100000300320f162d9601000668ebe3cb22c0fdf8f800"
)
PORTRAIT = bytes.fromhex(  # x264, baseline, 1080x1920 at 30000/1001
    "0142c028ffe100186742c028d9004403c797c04400000fa40003a9803c60c92001000568cb83cb20"
)
FULL_CHROMA = bytes.fromhex(  # x264, 4:4:4, 320x240 at 30
    "01f4000dffe1001967f4000d919b28283f6022000003000200000300781e28532c01000668ebe3c44844fff8f800"
)
INTERLACED = bytes.fromhex(  # x264, 320x240 at 25
    "01640015ffe1001a67640015acd941410fcb808800000300080000030190f8a14cb0"
    "01000768fba3cb3002c0fdf8f800"
)


def test_header_bytes() -> None:
    assert HEADER.hex() == "464c56010500000009" + "00000000"
    assert encode_header(has_video=True, has_audio=False)[4] == 1
    assert encode_header(has_video=False, has_audio=True)[4] == 4


def test_tag_bytes_put_the_high_byte_of_the_timestamp_last() -> None:
    tag = FlvTag(TagKind.VIDEO, 0x01020304, b"\x17\x01\x00\x00\x00")
    assert encode_tag(tag).hex() == "0900000502030401000000170100000000000010"


def test_timestamps_wrap_at_32_bits() -> None:
    encoded = encode_tag(FlvTag(TagKind.AUDIO, 0x1_0000_0005, b"x"))
    assert FlvReader().feed(HEADER + encoded) == [FlvTag(TagKind.AUDIO, 5, b"x")]


@given(
    st.lists(
        st.builds(
            FlvTag, st.sampled_from(TagKind), st.integers(0, 0xFFFFFFFF), st.binary(max_size=300)
        ),
        max_size=8,
    ),
    st.integers(1, 400),
)
def test_reader_gives_back_what_was_written_however_it_is_cut(
    tags: list[FlvTag], step: int
) -> None:
    stream = HEADER + b"".join(map(encode_tag, tags))
    reader = FlvReader()
    read = [tag for at in range(0, len(stream), step) for tag in reader.feed(stream[at:][:step])]
    assert read == tags


@pytest.mark.parametrize(
    "stream",
    [
        b"MP4",
        b"FLV\x02\x05\x00\x00\x00\x09",
        b"FLV\x01\x05\x00\x00\x00\x08",  # header shorter than itself
        b"FLV\x01\x05\xff\xff\xff\xff",  # header of 4 GB
        HEADER + b"\x0a" + bytes(14),  # no such tag
        HEADER + b"\x29" + bytes(14),  # encrypted tag
        HEADER + b"\x09\xff\xff\xff" + bytes(7),  # tag of 16 MB
    ],
)
def test_bytes_that_are_not_flv_are_rejected_at_once(stream: bytes) -> None:
    with pytest.raises(FlvError):
        FlvReader().feed(stream)


@given(st.binary(max_size=200), st.booleans())
def test_reader_raises_nothing_but_flv_errors(data: bytes, with_header: bool) -> None:
    reader = FlvReader(size_max=100)
    try:
        reader.feed(HEADER + data if with_header else data)
    except FlvError:
        return
    assert len(reader._buffer) <= len(data) + len(HEADER)


# --- payloads ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "parsed"),
    [
        ("17 00 000000 aabb", VideoPayload(True, VideoPacket.CONFIG, 0, b"\xaa\xbb")),
        ("27 01 000028 aa", VideoPayload(False, VideoPacket.FRAME, 40, b"\xaa")),
        ("27 01 ffffd8 aa", VideoPayload(False, VideoPacket.FRAME, -40, b"\xaa")),
        ("17 02 000000", VideoPayload(True, VideoPacket.END, 0, b"")),
        ("57 00", VideoPayload(False, VideoPacket.OTHER, 0, b"")),
        # Enhanced, avc1: sequence start, coded frames, coded frames without an offset, end
        ("90 61766331 aabb", VideoPayload(True, VideoPacket.CONFIG, 0, b"\xaa\xbb")),
        ("a1 61766331 ffffd8 aa", VideoPayload(False, VideoPacket.FRAME, -40, b"\xaa")),
        ("93 61766331 aa", VideoPayload(True, VideoPacket.FRAME, 0, b"\xaa")),
        ("92 61766331", VideoPayload(False, VideoPacket.END, 0, b"")),
        ("94 61766331 02", VideoPayload(False, VideoPacket.OTHER, 0, b"")),  # HDR metadata
        # a nanosecond offset in front: ModEx of 3 bytes, then of 256 with the long size
        ("97 02 000001 03 61766331 aa", VideoPayload(True, VideoPacket.FRAME, 0, b"\xaa")),
        (
            "97 ff 00ff" + "00" * 256 + "03 61766331 aa",
            VideoPayload(True, VideoPacket.FRAME, 0, b"\xaa"),
        ),
        # multitrack: one track; many tracks with 0 behind 1; many codecs; no track 0
        ("96 03 61766331 00 aa", VideoPayload(True, VideoPacket.FRAME, 0, b"\xaa")),
        (
            "96 13 61766331 01 000002 bbbb 00 000001 aa",
            VideoPayload(True, VideoPacket.FRAME, 0, b"\xaa"),
        ),
        (
            "96 23 68766331 01 000000 61766331 00 000001 aa",
            VideoPayload(True, VideoPacket.FRAME, 0, b"\xaa"),
        ),
        ("96 03 61766331 01 aa", VideoPayload(False, VideoPacket.OTHER, 0, b"")),
        ("96 13 61766331" + "01 000000" * 20, VideoPayload(False, VideoPacket.OTHER, 0, b"")),
    ],
)
def test_video_payload(payload: str, parsed: VideoPayload) -> None:
    assert VideoPayload.parse(bytes.fromhex(payload)) == parsed


@pytest.mark.parametrize(
    ("payload", "parsed"),
    [
        ("af 00 1210", AudioPayload(AudioPacket.CONFIG, b"\x12\x10")),
        ("af 01 2110", AudioPayload(AudioPacket.FRAME, b"\x21\x10")),
        ("90 6d703461 1210", AudioPayload(AudioPacket.CONFIG, b"\x12\x10")),
        ("91 6d703461 2110", AudioPayload(AudioPacket.FRAME, b"\x21\x10")),
        ("92 6d703461", AudioPayload(AudioPacket.OTHER, b"")),
        ("94 6d703461 00", AudioPayload(AudioPacket.OTHER, b"")),  # channel order
        ("95 01 6d703461 00 2110", AudioPayload(AudioPacket.FRAME, b"\x21\x10")),
        ("95 01 6d703461 01 2110", AudioPayload(AudioPacket.OTHER, b"")),
    ],
)
def test_audio_payload(payload: str, parsed: AudioPayload) -> None:
    assert AudioPayload.parse(bytes.fromhex(payload)) == parsed


def test_enhanced_payloads_are_encoded_as_legacy_ones() -> None:
    video = VideoPayload.parse(bytes.fromhex("a1 61766331 ffffd8 aa"))
    audio = AudioPayload.parse(bytes.fromhex("90 6d703461 1210"))
    assert video.encode().hex(" ") == "27 01 ff ff d8 aa"
    assert audio.encode().hex(" ") == "af 00 12 10"


@pytest.mark.parametrize(
    ("kind", "payload", "codec"),
    [
        (VideoPayload, "90 68766331 01", "HEVC (H.265) video"),
        (VideoPayload, "1c 00 000000 01", "HEVC (H.265) video"),
        (VideoPayload, "91 61763031 01", "AV1 video"),
        (VideoPayload, "91 76703039 01", "VP9 video"),
        (VideoPayload, "97 02 000001 00 68766331", "HEVC (H.265) video"),
        (VideoPayload, "90 c0000d0a", r"Video codec \xc0\x00\r\n"),
        (VideoPayload, "14 00", "VP6 video"),
        (VideoPayload, "18 00", "Video codec 8"),
        (AudioPayload, "90 4f707573 01", "Opus audio"),
        (AudioPayload, "2f 00", "MP3 audio"),
        (AudioPayload, "ff 00", "Audio codec 15"),
    ],
)
def test_other_codecs_are_refused_by_name(
    kind: type[VideoPayload] | type[AudioPayload], payload: str, codec: str
) -> None:
    with pytest.raises(UnsupportedCodec) as refusal:
        kind.parse(bytes.fromhex(payload))
    assert refusal.value.codec == codec
    assert str(refusal.value) == (
        f"{codec} is not supported: set the encoder to H.264 video and AAC audio"
    )


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (VideoPayload, ""),
        (VideoPayload, "17"),
        (VideoPayload, "17 01 0000"),
        (VideoPayload, "17 03 000000"),
        (VideoPayload, "90 617663"),  # half a FourCC
        (VideoPayload, "91 61766331 0000"),  # half a composition time
        (VideoPayload, "97"),
        (VideoPayload, "97 ff 00"),
        (VideoPayload, "97 ff ffff 00"),  # modifier longer than the payload
        (VideoPayload, "97" + "000007" * 9 + "00 61766331"),  # modifiers without end
        (VideoPayload, "96 33 61766331 00"),  # no such layout
        (VideoPayload, "96 13 61766331 01 ffffff 00"),  # track longer than the payload
        (AudioPayload, ""),
        (AudioPayload, "af"),
        (AudioPayload, "af 02"),
    ],
)
def test_malformed_payloads(kind: type[VideoPayload] | type[AudioPayload], payload: str) -> None:
    with pytest.raises(FlvError) as error:
        kind.parse(bytes.fromhex(payload))
    assert not isinstance(error.value, UnsupportedCodec)


@given(st.binary(max_size=80))
def test_payload_parsers_raise_nothing_but_flv_errors(data: bytes) -> None:
    for parse in (VideoPayload.parse, AudioPayload.parse, AvcConfig.parse, AacConfig.parse):
        for payload in (data, b"\x96" + data, b"\x97" + data, LANDSCAPE[:20] + data):
            with contextlib.suppress(FlvError):
                parse(payload)


# --- configurations ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "codec", "size", "rate"),
    [
        (LANDSCAPE, "avc1.64001e", (640, 362), Fraction(25)),
        (PORTRAIT, "avc1.42c028", (1080, 1920), Fraction(30_000, 1001)),
        (FULL_CHROMA, "avc1.f4000d", (320, 240), Fraction(30)),
        (INTERLACED, "avc1.640015", (320, 240), Fraction(25)),
    ],
)
def test_avc_config(record: bytes, codec: str, size: tuple[int, int], rate: Fraction) -> None:
    config = AvcConfig.parse(record)
    assert config.codec_string == codec
    assert (config.width, config.height) == size
    assert config.frame_rate == rate
    assert config.length_size == 4
    assert (config.profile, config.level) == (record[1], record[3])
    assert [unit[0] & 0x1F for unit in config.sps + config.pps] == [7, 8]
    assert config.record == record


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\x02" + LANDSCAPE[1:],
        LANDSCAPE[:5] + b"\xe0" + b"\x00",  # no SPS, no PPS
        LANDSCAPE[:5] + b"\xe0" + LANDSCAPE[-9:],  # no SPS
        LANDSCAPE[:34] + b"\x00",  # no PPS
        LANDSCAPE[:20],
        LANDSCAPE[:5] + b"\xe1\x00\x04\x67\x64\x00\x1e" + LANDSCAPE[-9:],  # SPS without a picture
        LANDSCAPE.replace(b"\x67", b"\x68"),  # another NAL unit in the SPS's place
    ],
)
def test_a_configuration_that_starts_no_decoder(record: bytes) -> None:
    with pytest.raises(FlvError):
        AvcConfig.parse(record)


def test_nal_units_must_fill_their_frame() -> None:
    frame = b"\x00\x00\x00\x02\x09\xf0" + b"\x00\x00\x00\x01\x65"
    assert well_formed_units(frame, 4)
    assert well_formed_units(b"\x01\x65\x01\x65", 1)
    assert not well_formed_units(frame[:-1], 4)
    assert not well_formed_units(frame + b"\x00", 4)
    assert not well_formed_units(b"\xff\xff\xff\xff\x65", 4)


@pytest.mark.parametrize(
    ("record", "rate", "channels", "codec"),
    [
        ("1210", 44_100, 2, "mp4a.40.2"),
        ("1190", 48_000, 2, "mp4a.40.2"),
        ("1188", 48_000, 1, "mp4a.40.2"),
        ("121056e500", 44_100, 2, "mp4a.40.2"),  # with FFmpeg's SBR notice behind
        ("2b920800", 22_050, 2, "mp4a.40.5"),  # HE-AAC, announced in front
        ("17801f4010", 16_000, 2, "mp4a.40.2"),  # rate written out
    ],
)
def test_aac_config(record: str, rate: int, channels: int, codec: str) -> None:
    config = AacConfig.parse(bytes.fromhex(record))
    assert (config.rate, config.channels, config.codec_string) == (rate, channels, codec)


@pytest.mark.parametrize("record", ["", "12", "0210", "1690", "1200", "1248", "2b"])
def test_an_audio_configuration_that_starts_no_decoder(record: str) -> None:
    with pytest.raises(FlvError):
        AacConfig.parse(bytes.fromhex(record))
