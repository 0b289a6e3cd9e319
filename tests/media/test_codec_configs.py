"""Decoder configurations of H.264 and AAC."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.formats.aac import AacConfig
from showfloor.media.formats.avc import AvcConfig, well_formed_units
from showfloor.media.formats.errors import CodecConfigError
from showfloor.media.formats.opus import OpusConfig

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
    with pytest.raises(CodecConfigError):
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
    with pytest.raises(CodecConfigError):
        AacConfig.parse(bytes.fromhex(record))


@given(st.binary(max_size=80))
def test_parsers_raise_nothing_but_config_errors(data: bytes) -> None:
    for parse in (AvcConfig.parse, AacConfig.parse):
        for record in (data, LANDSCAPE[:20] + data):
            with contextlib.suppress(CodecConfigError):
                parse(record)


def test_opus_header_is_what_a_file_of_ffmpeg_has() -> None:
    header = bytes.fromhex("4f707573486561640102380180bb0000000000")
    assert OpusConfig.parse(header) == OpusConfig.of_rtp(2) == OpusConfig(header, 2)
    for wrong in (header[:-1], b"x" * 19, header[:9] + b"\x06" + header[10:], header[:18] + b"\1"):
        with pytest.raises(CodecConfigError):
            OpusConfig.parse(wrong)
