"""A parser of H.264's sequence parameter set: the picture's size and its claimed frame rate.

Clauses are those of ITU-T H.264: 7.3.2.1.1 (the set), 7.3.1 (emulation prevention), E.1.1 (VUI).
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from showfloor.media.formats.bits import BitReader, BitsExhausted

SPS_SIZE_MAX: Final = 1024  # real ones are below 100 bytes
SIDE_MAX: Final = 8192
_NAL_SPS: Final = 7
_WITH_CHROMA_FORMAT: Final = frozenset(
    {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
)
_EXTENDED_ASPECT: Final = 255


class SpsError(ValueError):
    """The bytes are no sequence parameter set that describes a picture."""


@dataclass(frozen=True, slots=True)
class Sps:
    """`width`, `height`: of the cropped picture, pixels; `frame_rate`: frames/s, if claimed."""

    profile: int
    level: int
    width: int
    height: int
    frame_rate: Fraction | None


def parse_sps(unit: bytes) -> Sps:
    """Parse a NAL unit of type 7, with its header byte; SpsError for anything else."""
    if not 4 <= len(unit) <= SPS_SIZE_MAX or unit[0] & 0x1F != _NAL_SPS:
        raise SpsError("not an H.264 sequence parameter set")
    bits = BitReader(unit[1:].replace(b"\0\0\3", b"\0\0"))
    try:
        sps = _read(bits)
    except BitsExhausted:
        raise SpsError("H.264 sequence parameter set ends early") from None
    if not (1 <= sps.width <= SIDE_MAX and 1 <= sps.height <= SIDE_MAX):
        raise SpsError(f"H.264 picture of {sps.width}x{sps.height}")
    return sps


def _read(bits: BitReader) -> Sps:
    profile, _, level = bits.take(8), bits.take(8), bits.take(8)
    bits.ue()  # seq_parameter_set_id
    chroma = _chroma_format(bits) if profile in _WITH_CHROMA_FORMAT else 1
    bits.ue()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    bits.ue()  # max_num_ref_frames
    bits.take(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = (bits.ue() + 1) * 16, (bits.ue() + 1) * 16
    frames_only = bits.flag()
    if not frames_only:
        height *= 2
        bits.take(1)  # mb_adaptive_frame_field_flag
    bits.take(1)  # direct_8x8_inference_flag
    if bits.flag():  # frame_cropping_flag
        unit_x = 2 if chroma in {1, 2} else 1
        unit_y = (2 if chroma == 1 else 1) * (1 if frames_only else 2)
        width -= (bits.ue() + bits.ue()) * unit_x
        height -= (bits.ue() + bits.ue()) * unit_y
    rate = _claimed_rate(bits) if bits.flag() else None
    return Sps(profile, level, width, height, rate)


def _chroma_format(bits: BitReader) -> int:
    """Return chroma_format_idc; skip the bit depths and scaling lists behind it."""
    chroma = bits.ue()
    if chroma == 3:
        bits.take(1)  # separate_colour_plane_flag
    bits.ue()  # bit_depth_luma_minus8
    bits.ue()  # bit_depth_chroma_minus8
    bits.take(1)  # qpprime_y_zero_transform_bypass_flag
    if bits.flag():  # seq_scaling_matrix_present_flag
        for index in range(12 if chroma == 3 else 8):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    scale = 8
    for _ in range(size):
        scale = (scale + bits.se()) % 256
        if scale == 0:
            return


def _skip_order_count(bits: BitReader) -> None:
    kind = bits.ue()  # pic_order_cnt_type
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.take(1)
        bits.se()
        bits.se()
        for _ in range(min(bits.ue(), 255)):  # 255 by 7.4.2.1.1
            bits.se()


def _claimed_rate(bits: BitReader) -> Fraction | None:
    """Return the frames/s of the VUI's timing; a frame is two ticks."""
    if bits.flag() and bits.take(8) == _EXTENDED_ASPECT:
        bits.take(32)
    if bits.flag():  # overscan
        bits.take(1)
    if bits.flag():  # video_signal_type
        bits.take(4)
        if bits.flag():
            bits.take(24)
    if bits.flag():  # chroma_loc
        bits.ue()
        bits.ue()
    if not bits.flag():  # timing_info
        return None
    ticks, scale = bits.take(32), bits.take(32)
    return Fraction(scale, 2 * ticks) if ticks and scale else None
