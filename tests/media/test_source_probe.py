"""The description of a publisher's stream, before an encoder is started."""

from fractions import Fraction

import pytest

from showfloor.media.encoding.source_probe import SourceProbe
from showfloor.media.formats.flv import (
    AudioPacket,
    AudioPayload,
    FlvTag,
    TagKind,
    VideoPacket,
    VideoPayload,
)
from showfloor.media.ports import SourceInfo
from showfloor.media.rtmp import amf
from tests.media.test_fmp4 import AAC_RECORD, AVC_RECORD
from tests.support.media import clip

VIDEO_CONFIG = FlvTag(
    TagKind.VIDEO, 0, VideoPayload(True, VideoPacket.CONFIG, 0, AVC_RECORD).encode()
)
AUDIO_CONFIG = FlvTag(TagKind.AUDIO, 0, AudioPayload(AudioPacket.CONFIG, AAC_RECORD).encode())


def frame(stamp_ms: int) -> FlvTag:
    payload = VideoPayload(True, VideoPacket.FRAME, 0, b"x")
    return FlvTag(TagKind.VIDEO, stamp_ms, payload.encode())


def metadata(**fields: float) -> FlvTag:
    return FlvTag(TagKind.SCRIPT, 0, amf.encode("onMetaData", dict(fields)))


def probe(*tags: FlvTag) -> SourceProbe:
    made = SourceProbe()
    for tag in tags:
        made.feed(tag, 0.0)
    return made


def test_headers_metadata_and_a_frame_are_enough() -> None:
    told = metadata(framerate=30.0, videocodecid=7.0, audiocodecid=10.0)
    made = probe(told, VIDEO_CONFIG, AUDIO_CONFIG)
    assert made.info(0.0) is None
    made.feed(frame(0), 0.0)
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(30), has_audio=True)


def test_sound_is_waited_for_two_seconds() -> None:
    made = probe(metadata(framerate=25.0), VIDEO_CONFIG, frame(0))
    assert made.info(1.99) is None
    assert made.info(2.0) == SourceInfo(320, 180, Fraction(25), has_audio=False)


def test_metadata_without_a_sound_codec_is_believed() -> None:
    made = probe(metadata(framerate=25.0, videocodecid=7.0), VIDEO_CONFIG, frame(0))
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(25), has_audio=False)


def test_sound_that_begins_later_is_a_change() -> None:
    made = probe(VIDEO_CONFIG, frame(0))
    assert made.feed(AUDIO_CONFIG, 5.0)
    assert not made.feed(AUDIO_CONFIG, 6.0)
    assert not made.feed(VIDEO_CONFIG, 6.0)


def test_the_parameter_sets_claim_is_taken_when_metadata_has_none() -> None:
    made = probe(metadata(framerate=0.0), VIDEO_CONFIG, AUDIO_CONFIG, frame(0))
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(30), has_audio=True)


def test_without_a_claim_the_rate_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("showfloor.media.formats.flv.AvcConfig.frame_rate", None)
    made = probe(VIDEO_CONFIG, AUDIO_CONFIG, *(frame(n * 40) for n in range(11)))
    assert made.info(0.0) is None
    made.feed(frame(440), 0.0)
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(25), has_audio=True)


@pytest.mark.parametrize("payload", [b"", b"\x02", b"\xff" * 50, amf.encode("onMetaData", 3.0)])
def test_nonsense_metadata_is_passed_over(payload: bytes) -> None:
    made = probe(FlvTag(TagKind.SCRIPT, 0, payload), VIDEO_CONFIG, AUDIO_CONFIG, frame(0))
    assert made.info(0.0) is not None


def test_stream_of_ffmpeg_is_understood() -> None:
    made = probe(*clip(fps="30000/1001"))
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(30000, 1001), has_audio=True)
    silent = probe(*clip(audio=False))
    assert silent.info(0.0) == SourceInfo(320, 180, Fraction(30), has_audio=False)
