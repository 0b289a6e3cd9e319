"""H.264 as containers carry it: the decoder configuration, and NAL units behind their lengths."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

from showfloor.media.formats.errors import CodecConfigError
from showfloor.media.formats.sps import Sps, SpsError, parse_sps

_FILLER: Final = 12  # nal_unit_type of filler data (ITU-T H.264, 7.4.1)


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
        """Return the configuration; CodecConfigError when it could not start a decoder."""
        if len(record) < 7 or record[0] != 1:
            raise CodecConfigError("not an AVCDecoderConfigurationRecord of version 1")
        sps, position = _parameter_sets(record, 5, 0x1F)
        pps, _ = _parameter_sets(record, position, 0xFF)
        if not sps or not pps:
            raise CodecConfigError("H.264 configuration without parameter sets")
        try:
            picture = parse_sps(sps[0])
        except SpsError as error:
            raise CodecConfigError(str(error)) from None
        return cls(record, (record[4] & 3) + 1, sps, pps, picture)

    @classmethod
    def of_sets(cls, sps: bytes, pps: bytes) -> Self:
        """Return the configuration of a stream that brings its parameter sets itself; its lengths
        have four bytes. CodecConfigError."""
        if len(sps) < 4:
            raise CodecConfigError("H.264 sequence parameter set ends early")
        sets = b"\xe1" + len(sps).to_bytes(2) + sps + b"\1" + len(pps).to_bytes(2) + pps
        return cls.parse(b"\1" + sps[1:4] + b"\xff" + sets)

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


def _parameter_sets(record: bytes, position: int, mask: int) -> tuple[tuple[bytes, ...], int]:
    """Return the sets behind the count at `position`, and the position after them."""
    sets = []
    count = int.from_bytes(_slice(record, position, 1)) & mask
    position += 1
    for _ in range(count):
        size = int.from_bytes(_slice(record, position, 2))
        sets.append(_slice(record, position + 2, size))
        position += 2 + size
    return tuple(sets), position


def _slice(record: bytes, position: int, size: int) -> bytes:
    if position + size > len(record):
        raise CodecConfigError("H.264 configuration ends early")
    return record[position : position + size]


def without_filler(data: bytes, length_size: int) -> bytes:
    """Return an access unit without the filler data that an encoder at a constant bit rate adds
    (ITU-T H.264, 7.3.2.7); the unit itself where it has none."""
    position, kept, size = 0, [], len(data)
    while position + length_size < size:
        end = position + length_size + int.from_bytes(data[position : position + length_size])
        if data[position + length_size] & 0x1F != _FILLER:
            kept.append(data[position:end])
        position = end
    left = sum(map(len, kept))
    return b"".join(kept) if 0 < left < size else data


def size_without_filler(data: bytes, length_size: int) -> int:
    """Return the size of what `without_filler` returns."""
    position, kept, size = 0, 0, len(data)
    while position + length_size < size:
        end = position + length_size + int.from_bytes(data[position : position + length_size])
        if data[position + length_size] & 0x1F != _FILLER:
            kept += min(end, size) - position
        position = end
    return kept or size


def well_formed_units(data: bytes, length_size: int) -> bool:
    """Return whether the NAL units' lengths add up to exactly `data`."""
    position, size = 0, len(data)
    while position + length_size <= size:
        position += length_size + int.from_bytes(data[position : position + length_size])
    return position == size
