"""FLV tags, payload headers, and packets out of both."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.flv import amf
from showfloor.media.flv.errors import FlvError, UnsupportedCodec
from showfloor.media.flv.packets import PacketReader, packet_tag, track_tag
from showfloor.media.flv.payloads import (
    AV1,
    AVC,
    HEVC,
    AudioPacket,
    AudioPayload,
    VideoPacket,
    VideoPayload,
)
from showfloor.media.flv.tags import FlvReader, FlvTag, TagKind, encode_header, encode_tag
from showfloor.media.packets import MediaPacket, SourceClaims, SourceItem
from tests.support.media import AUDIO, VIDEO

HEADER = encode_header(has_video=True, has_audio=True)
LANDSCAPE_HEAD = bytes.fromhex("0164001effe1001a6764001eacd940a02ff93011")


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
        # HEVC, by an old encoder, too; AV1, whose coded frames have no composition time
        ("b1 68766331 ffffd8 aa", VideoPayload(False, VideoPacket.FRAME, -40, b"\xaa", HEVC)),
        ("1c 00 000000 01", VideoPayload(True, VideoPacket.CONFIG, 0, b"\1", HEVC)),
        ("91 61763031 00", VideoPayload(True, VideoPacket.FRAME, 0, b"\0", AV1)),
    ],
)
def test_video_payload(payload: str, parsed: VideoPayload) -> None:
    assert VideoPayload.parse(bytes.fromhex(payload)) == [parsed]


@pytest.mark.parametrize(
    ("payload", "tracks"),
    [
        ("96 03 61766331 00 aa", [(0, AVC, b"\xaa")]),
        ("96 03 61766331 02 aa", [(2, AVC, b"\xaa")]),
        ("96 13 61766331 01 000002 bbbb 00 000001 aa", [(1, AVC, b"\xbb\xbb"), (0, AVC, b"\xaa")]),
        ("96 23 68766331 01 000000 61766331 00 000001 aa", [(1, HEVC, b""), (0, AVC, b"\xaa")]),
        ("96 13 61766331" + "01 000000" * 20, [(1, AVC, b"")] * 16),
    ],
    ids=["one", "another", "two", "two-codecs", "no-more-than-16"],
)
def test_tracks_of_a_multitrack_payload(
    payload: str, tracks: list[tuple[int, bytes, bytes]]
) -> None:
    parsed = VideoPayload.parse(bytes.fromhex(payload))
    assert [(one.track, one.fourcc, one.data) for one in parsed] == tracks
    assert all(one.is_key and one.packet_type is VideoPacket.FRAME for one in parsed)


@pytest.mark.parametrize(
    ("payload", "parsed"),
    [
        ("af 00 1210", AudioPayload(AudioPacket.CONFIG, b"\x12\x10")),
        ("af 01 2110", AudioPayload(AudioPacket.FRAME, b"\x21\x10")),
        ("90 6d703461 1210", AudioPayload(AudioPacket.CONFIG, b"\x12\x10")),
        ("91 6d703461 2110", AudioPayload(AudioPacket.FRAME, b"\x21\x10")),
        ("92 6d703461", AudioPayload(AudioPacket.OTHER, b"")),
        ("94 6d703461 00", AudioPayload(AudioPacket.OTHER, b"")),  # channel order
        ("90 4f707573 4f48", AudioPayload(AudioPacket.CONFIG, b"OH", is_opus=True)),
        ("91 4f707573 fc", AudioPayload(AudioPacket.FRAME, b"\xfc", is_opus=True)),
        ("95 01 6d703461 00 2110", AudioPayload(AudioPacket.FRAME, b"\x21\x10")),
        ("95 01 6d703461 01 2110", AudioPayload(AudioPacket.OTHER, b"")),
    ],
)
def test_audio_payload(payload: str, parsed: AudioPayload) -> None:
    assert AudioPayload.parse(bytes.fromhex(payload)) == parsed


def test_enhanced_payloads_are_encoded_as_legacy_ones() -> None:
    (video,) = VideoPayload.parse(bytes.fromhex("a1 61766331 ffffd8 aa"))
    audio = AudioPayload.parse(bytes.fromhex("90 6d703461 1210"))
    assert video.encode().hex(" ") == "27 01 ff ff d8 aa"
    assert audio.encode().hex(" ") == "af 00 12 10"


@pytest.mark.parametrize(
    ("kind", "payload", "codec"),
    [
        (VideoPayload, "90 76766331 01", "VVC (H.266) video"),
        (VideoPayload, "91 76703039 01", "VP9 video"),
        (VideoPayload, "97 02 000001 00 76703038", "VP8 video"),
        (VideoPayload, "90 c0000d0a", r"Video codec \xc0\x00\r\n"),
        (VideoPayload, "14 00", "VP6 video"),
        (VideoPayload, "18 00", "Video codec 8"),
        (AudioPayload, "90 664c6143 01", "FLAC audio"),
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
    for parse in (VideoPayload.parse, AudioPayload.parse):
        for payload in (data, b"\x96" + data, b"\x97" + data, LANDSCAPE_HEAD + data):
            with contextlib.suppress(FlvError):
                parse(payload)


# --- packets ----------------------------------------------------------------------------------


PAL = Fraction(25)


def script(*values: amf.Value) -> FlvTag:
    return FlvTag(TagKind.SCRIPT, 0, amf.encode(*values))


def read(*tags: FlvTag) -> list[SourceItem]:
    reader = PacketReader()
    return [item for tag in tags for item in reader.take(tag)]


@given(
    st.lists(
        st.builds(
            lambda track, dts_ms, cts_ms, is_key, data: (
                MediaPacket(VIDEO, dts_ms, dts_ms + cts_ms, is_key, data)
                if track is VIDEO
                else MediaPacket(AUDIO, dts_ms, dts_ms, True, data)
            ),
            st.sampled_from([VIDEO, AUDIO]),
            st.integers(0, 2**32 - 1),
            st.integers(-(2**23), 2**23 - 1),
            st.booleans(),
            st.binary(max_size=30),
        ),
        max_size=8,
    )
)
def test_packets_are_the_same_on_the_other_side_of_flv(packets: list[MediaPacket]) -> None:
    tags = [track_tag(VIDEO), track_tag(AUDIO), *map(packet_tag, packets)]
    stream = HEADER + b"".join(map(encode_tag, tags))
    assert read(*FlvReader().feed(stream)) == [VIDEO, AUDIO, *packets]


def test_frame_without_its_track_is_malformed_and_an_end_says_nothing() -> None:
    for packet in (MediaPacket(VIDEO, 0, 0, True, b"x"), MediaPacket(AUDIO, 0, 0, True, b"x")):
        with pytest.raises(FlvError, match="before its configuration"):
            read(packet_tag(packet))
    assert read(FlvTag(TagKind.VIDEO, 0, bytes.fromhex("1702000000"))) == []
    for config in ("1700000000", "af00"):
        kind = TagKind.VIDEO if config[0] == "1" else TagKind.AUDIO
        with pytest.raises(FlvError):
            read(FlvTag(kind, 0, bytes.fromhex(config)))


@pytest.mark.parametrize(
    ("fields", "claims"),
    [
        ({"framerate": 25.0, "videocodecid": 7.0, "audiocodecid": 10.0}, SourceClaims(PAL)),
        ({"framerate": 25.0, "videocodecid": 7.0}, SourceClaims(PAL, has_audio=False)),
        ({"videoframerate": 50.0}, SourceClaims(Fraction(50))),
        (
            {"videodatarate": 2500.0, "videoTrackIdInfoMap": {
                "1": {"videodatarate": 1200.4}, "2": {}, "x": {"videodatarate": 1.0}, "99": 3.0,
            }},
            SourceClaims(video_kbps=((0, 2500), (1, 1200))),
        ),
        ({"framerate": "25", "videodatarate": float("nan")}, SourceClaims()),
        ({"framerate": -1.0}, SourceClaims()),
        ({"framerate": float("nan")}, SourceClaims()),
        ({"framerate": float("inf")}, SourceClaims()),
    ],
)  # fmt: skip
def test_metadata_claims(fields: dict[str, amf.Value], claims: SourceClaims) -> None:
    assert read(script("onMetaData", fields)) == [claims]
    assert read(script("@setDataFrame", "onMetaData", fields)) == [claims]


def test_other_script_data_claims_nothing_and_broken_metadata_is_malformed() -> None:
    assert read(script("onTextData", {}), script("onMetaData", 3.0)) == [SourceClaims()]
    with pytest.raises(FlvError):
        read(FlvTag(TagKind.SCRIPT, 0, amf.encode("onMetaData") + b"\x03\x00"))
