"""The description of a publisher's stream, before an encoder is started."""

from fractions import Fraction

import pytest

from showfloor.media.encoding.source_probe import SourceProbe
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.packets import SourceClaims, SourceItem, VideoTrack
from showfloor.media.ports import SourceInfo
from tests.media import test_codec_configs as configs
from tests.support.media import AUDIO, VIDEO, clip, picture

LARGE = VideoTrack(AvcConfig.parse(configs.LANDSCAPE))
PORTRAIT = VideoTrack(AvcConfig.parse(configs.PORTRAIT))


def probe(*items: SourceItem) -> SourceProbe:
    made = SourceProbe()
    for item in items:
        made.feed(item, 0.0)
    return made


def test_tracks_claims_and_a_frame_are_enough() -> None:
    told = SourceClaims(Fraction(30))
    made = probe(told, VIDEO, AUDIO)
    assert made.info(0.0) is None
    made.feed(picture(0), 0.0)
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(30), has_audio=True)


def test_sound_is_waited_for_two_seconds() -> None:
    made = probe(SourceClaims(Fraction(25)), VIDEO, picture(0))
    assert made.info(1.99) is None
    assert made.info(2.0) == SourceInfo(320, 180, Fraction(25), has_audio=False)


def test_claim_that_no_sound_comes_is_believed() -> None:
    made = probe(SourceClaims(Fraction(25), has_audio=False), VIDEO, picture(0))
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(25), has_audio=False)


def test_sound_that_begins_later_is_a_change() -> None:
    made = probe(VIDEO, picture(0))
    assert made.feed(AUDIO, 5.0)
    assert not made.feed(AUDIO, 6.0)
    assert not made.feed(VIDEO, 6.0)


def test_the_parameter_sets_claim_is_taken_without_another() -> None:
    made = probe(SourceClaims(), VIDEO, AUDIO, picture(0))
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(30), has_audio=True)


def test_without_a_claim_the_rate_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("showfloor.media.formats.avc.AvcConfig.frame_rate", None)
    made = probe(VIDEO, AUDIO, *(picture(n * 40) for n in range(11)))
    assert made.info(0.0) is None
    made.feed(picture(440), 0.0)
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(25), has_audio=True)


def test_stream_of_ffmpeg_is_understood() -> None:
    made = probe(*clip(fps="30000/1001"))
    assert made.info(0.0) == SourceInfo(320, 180, Fraction(30000, 1001), has_audio=True)
    silent = probe(*clip(audio=False))
    assert silent.info(0.0) == SourceInfo(320, 180, Fraction(30), has_audio=False)


def test_smaller_picture_of_a_source_that_resizes_is_no_change_and_a_turned_one_is() -> None:
    """A browser sends less while its line is bad; its viewers keep their rungs."""
    made = probe(SourceClaims(Fraction(30), has_audio=False, resizes=True), LARGE, picture(0))
    assert made.info(0.0) == SourceInfo(640, 362, Fraction(30), has_audio=False)
    assert not made.feed(VIDEO, 0.0)  # 320x180
    assert not made.feed(LARGE, 0.0)
    assert made.feed(PORTRAIT, 0.0)
    firm = probe(SourceClaims(Fraction(30), has_audio=False), LARGE, picture(0))
    firm.info(0.0)
    assert firm.feed(VIDEO, 0.0)
