"""AAC as containers carry it: the decoder configuration."""

from dataclasses import dataclass
from typing import Final, Self

from showfloor.media.formats.bits import BitReader, BitsExhausted
from showfloor.media.formats.errors import CodecConfigError

_AAC_RATES: Final = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000,
    22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
)  # fmt: skip
_AAC_CHANNELS: Final = (0, 1, 2, 3, 4, 5, 6, 8)
_SBR, _PS = 5, 29  # object types that announce an extension, then name the core's own type


@dataclass(frozen=True, slots=True)
class AacConfig:
    """An AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). `rate`: samples/s of the core coder,
    whose frames are 1024 samples; HE-AAC plays at twice that."""

    record: bytes  # as it goes into an `esds` box
    object_type: int
    rate: int
    channels: int

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """Return the configuration; CodecConfigError when it could not start a decoder."""
        bits = BitReader(record[:64])
        try:
            object_type = _object_type(bits)
            rate, layout = _rate(bits), bits.take(4)
            if object_type in {_SBR, _PS}:
                _rate(bits)  # of the extension
                _object_type(bits)
        except BitsExhausted:
            raise CodecConfigError("AudioSpecificConfig ends early") from None
        if object_type == 0 or not rate or not 1 <= layout < len(_AAC_CHANNELS):
            raise CodecConfigError(f"AAC of type {object_type}, {rate} Hz, channel layout {layout}")
        return cls(record, object_type, rate, _AAC_CHANNELS[layout])

    @property
    def codec_string(self) -> str:
        """The codec as in a playlist's CODECS (RFC 6381): `mp4a.40.2`."""
        return f"mp4a.40.{self.object_type}"


def _object_type(bits: BitReader) -> int:
    short = bits.take(5)
    return 32 + bits.take(6) if short == 31 else short


def _rate(bits: BitReader) -> int:
    """Return the rate in samples/s; 0 for a reserved index."""
    index = bits.take(4)
    if index == 15:
        return bits.take(24)
    return _AAC_RATES[index] if index < len(_AAC_RATES) else 0
