"""AV1 as containers carry it: the decoder configuration. It is only decoded here, never listed.

Clauses are those of the AV1 Bitstream & Decoding Process Specification; the record is that of
"AV1 Codec ISO Media File Format Binding", 2.3.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

from showfloor.media.formats.bits import BitReader, BitsExhausted
from showfloor.media.formats.errors import CodecConfigError
from showfloor.media.formats.sps import SIDE_MAX

_SEQUENCE_HEADER: Final = 1  # obu_type (6.2.2)
_HEADER_SIZE: Final = 4
_LEB128_BYTES_MAX: Final = 8
_TIERED_LEVEL: Final = 7  # above this seq_level_idx a tier follows (5.5.1)


@dataclass(frozen=True, slots=True)
class Av1Config:
    """An AV1CodecConfigurationRecord with its sequence header. `width`, `height`: pixels of the
    largest frame."""

    record: bytes
    width: int
    height: int

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """Return the configuration; CodecConfigError when it could not start a decoder."""
        if len(record) < _HEADER_SIZE or record[0] != 0x81:  # marker, version 1
            raise CodecConfigError("not an AV1CodecConfigurationRecord of version 1")
        try:
            width, height = _frame_size(_sequence_header(record[_HEADER_SIZE:]))
        except BitsExhausted:
            raise CodecConfigError("AV1 configuration ends early") from None
        if not (width <= SIDE_MAX and height <= SIDE_MAX):
            raise CodecConfigError(f"AV1 picture of {width}x{height}")
        return cls(record, width, height)

    @property
    def frame_rate(self) -> Fraction | None:
        """None: encoders that know it claim it beside the media."""
        return None


def _sequence_header(units: bytes) -> BitReader:
    """Return the body of the first OBU, which has to be a sequence header (5.3.2)."""
    bits = BitReader(units)
    bits.take(1)  # obu_forbidden_bit
    kind, has_extension, has_size = bits.take(4), bits.flag(), bits.flag()
    bits.take(1 + 8 * has_extension)  # reserved, extension header
    if kind != _SEQUENCE_HEADER:
        raise CodecConfigError("AV1 configuration without a sequence header")
    for _ in range(_LEB128_BYTES_MAX if has_size else 0):
        if not bits.take(8) & 0x80:
            break
    return bits


def _frame_size(bits: BitReader) -> tuple[int, int]:
    """Return max_frame_width and max_frame_height (5.5.1)."""
    bits.take(3 + 1)  # seq_profile, still_picture
    if bits.flag():  # reduced_still_picture_header
        bits.take(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _skip_operating_points(bits: BitReader) -> None:
    delay_bits = 0
    if bits.flag():  # timing_info_present_flag
        bits.take(64)
        if bits.flag():  # equal_picture_interval
            bits.ue()  # uvlc() is the same code (4.10.3)
        if bits.flag():  # decoder_model_info_present_flag
            delay_bits = bits.take(5) + 1
            bits.take(32 + 5 + 5)
    has_display_delay = bits.flag()
    for _ in range(bits.take(5) + 1):
        bits.take(12)  # operating_point_idc
        if bits.take(5) > _TIERED_LEVEL:
            bits.take(1)
        if delay_bits and bits.flag():
            bits.take(2 * delay_bits + 1)
        if has_display_delay and bits.flag():
            bits.take(4)
