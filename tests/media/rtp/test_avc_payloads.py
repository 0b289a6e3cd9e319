"""H.264 out of RTP: NAL units, parameter sets, and what a decoder must not see."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.media.formats.avc import AvcConfig, well_formed_units
from showfloor.media.rtp.avc_payloads import AvcPictures, BadPayload, nal_units

SPS = bytes.fromhex("6764001eacd940a02ff93011000003000100000300320f162d96")  # 640x362
PPS = bytes.fromhex("68ebe3cb22c0")
TURNED_SPS = bytes.fromhex("6742c028d9004403c797c04400000fa40003a9803c60c920")  # 1080x1920
TURNED_PPS = bytes.fromhex("68cb83cb20")
KEY, OTHER, DELIMITER = b"\x65key-frame", b"\x41other", b"\x09\xf0"


def aggregate(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2) + unit for unit in units)


def fragments(unit: bytes, size: int) -> list[bytes]:
    places = [*range(1, len(unit), size), len(unit)]
    made = []
    for low, high in pairwise(places):
        flags = (0x80 if low == 1 else 0) | (0x40 if high == len(unit) else 0)
        made.append(bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F]) + unit[low:high])
    return made


def test_units_come_alone_together_and_in_pieces() -> None:
    payloads = [aggregate(SPS, PPS), *fragments(KEY, 4), OTHER]
    assert list(nal_units(payloads)) == [SPS, PPS, KEY, OTHER]


@pytest.mark.parametrize(
    "payloads",
    [
        [b""], [b"\x65"], [b"\x7b\x00\x00"], [b"\x78\x00\x09x"], [b"\x78\x00\x00"],
        fragments(KEY, 4)[1:], fragments(KEY, 4)[:-1],
        [fragments(KEY, 4)[0], OTHER], [fragments(KEY, 4)[0], *fragments(KEY, 4)],
    ],
)  # fmt: skip
def test_payload_that_is_cut_or_unknown_is_refused(payloads: list[bytes]) -> None:
    with pytest.raises(BadPayload):
        list(nal_units(payloads))


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_hostile_payloads_cost_nothing_but_their_frame(payloads: list[bytes]) -> None:
    pictures = AvcPictures()
    pictures.take(payloads)
    made = pictures.take([aggregate(SPS, PPS), KEY])
    assert made is not None
    assert made.is_key


def test_picture_has_its_configuration_beside_it_and_lengths_before_its_units() -> None:
    pictures = AvcPictures()
    made = pictures.take([DELIMITER, aggregate(SPS, PPS), KEY])
    assert made is not None
    assert (made.is_key, made.data) == (True, len(KEY).to_bytes(4) + KEY)
    assert (made.config.width, made.config.height) == (640, 362)
    assert made.config == AvcConfig.of_sets(SPS, PPS)
    assert well_formed_units(made.data, made.config.length_size)
    after = pictures.take([OTHER])
    assert after is not None
    assert (after.is_key, after.config) == (False, made.config)


def test_nothing_is_shown_between_a_loss_and_the_next_key_frame() -> None:
    pictures = AvcPictures()
    assert pictures.take([OTHER]) is None  # no key frame yet
    assert pictures.take([KEY]) is None  # nor how to decode it
    assert pictures.take([aggregate(SPS, PPS), KEY]) is not None
    pictures.lose()
    assert pictures.waits_for_key
    assert pictures.take([OTHER]) is None
    assert pictures.take([KEY]) is not None
    assert pictures.take([b"\x7b\x00\x00"]) is None  # malformed: as good as lost
    assert pictures.take([OTHER]) is None


def test_turned_camera_has_another_configuration() -> None:
    pictures = AvcPictures()
    pictures.take([aggregate(SPS, PPS), KEY])
    turned = pictures.take([TURNED_SPS, TURNED_PPS, KEY])
    assert turned is not None
    assert (turned.config.width, turned.config.height) == (1080, 1920)
