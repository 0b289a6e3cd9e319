"""HEVC as containers carry it: the decoder configuration. It is only decoded here, never listed.

Clauses are those of ISO/IEC 14496-15 (the record) and ITU-T H.265 (the parameter set).
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

from showfloor.media.formats.bits import BitReader, BitsExhausted
from showfloor.media.formats.errors import CodecConfigError
from showfloor.media.formats.sps import SIDE_MAX, SPS_SIZE_MAX

_SPS: Final = 33  # nal_unit_type (7.4.2.2)
_HEADER_SIZE: Final = 23
_SUBSAMPLED: Final = {1: (2, 2), 2: (2, 1)}  # chroma_format_idc: units of the cropping (6.2)
_PROFILE_BITS, _LEVEL_BITS = 88, 8  # of profile_tier_level (7.3.3)


@dataclass(frozen=True, slots=True)
class HevcConfig:
    """An HEVCDecoderConfigurationRecord (8.3.3.1). `width`, `height`: pixels of the cropped
    picture; `length_size`: bytes of the length in front of each NAL unit."""

    record: bytes
    length_size: int
    width: int
    height: int

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """Return the configuration; CodecConfigError when it could not start a decoder."""
        if len(record) < _HEADER_SIZE or record[0] != 1:
            raise CodecConfigError("not an HEVCDecoderConfigurationRecord of version 1")
        unit = _first_sps(record)
        if unit is None or not 4 <= len(unit) <= SPS_SIZE_MAX:
            raise CodecConfigError("HEVC configuration without a sequence parameter set")
        try:
            width, height = _picture_size(BitReader(unit[2:].replace(b"\0\0\3", b"\0\0")))
        except BitsExhausted:
            raise CodecConfigError("HEVC sequence parameter set ends early") from None
        if not (1 <= width <= SIDE_MAX and 1 <= height <= SIDE_MAX):
            raise CodecConfigError(f"HEVC picture of {width}x{height}")
        return cls(record, (record[21] & 3) + 1, width, height)

    @property
    def frame_rate(self) -> Fraction | None:
        """None: the claim stands behind what is read of the parameter set."""
        return None


def _first_sps(record: bytes) -> bytes | None:
    """Return the first sequence parameter set in the record's arrays."""
    position = _HEADER_SIZE
    for _ in range(record[22]):
        kind, count = _slice(record, position, 3)[0] & 0x3F, record[position + 1 : position + 3]
        position += 3
        for _ in range(int.from_bytes(count)):
            size = int.from_bytes(_slice(record, position, 2))
            unit = _slice(record, position + 2, size)
            if kind == _SPS:
                return unit
            position += 2 + size
    return None


def _picture_size(bits: BitReader) -> tuple[int, int]:
    """Return the cropped picture's width and height (7.3.2.2.1)."""
    bits.take(4)  # sps_video_parameter_set_id
    layers = bits.take(3)  # sps_max_sub_layers_minus1
    bits.take(1)  # sps_temporal_id_nesting_flag
    _skip_profiles(bits, layers)
    bits.ue()  # sps_seq_parameter_set_id
    chroma = bits.ue()
    if chroma == 3:
        bits.take(1)  # separate_colour_plane_flag
    width, height = bits.ue(), bits.ue()
    if bits.flag():  # conformance_window_flag
        unit_x, unit_y = _SUBSAMPLED.get(chroma, (1, 1))
        width -= (bits.ue() + bits.ue()) * unit_x
        height -= (bits.ue() + bits.ue()) * unit_y
    return width, height


def _skip_profiles(bits: BitReader, layers: int) -> None:
    bits.take(_PROFILE_BITS + _LEVEL_BITS)
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))  # reserved
    for has_profile, has_level in present:
        bits.take(_PROFILE_BITS * has_profile + _LEVEL_BITS * has_level)


def _slice(record: bytes, position: int, size: int) -> bytes:
    if position + size > len(record):
        raise CodecConfigError("HEVC configuration ends early")
    return record[position : position + size]
