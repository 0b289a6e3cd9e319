"""Opus as containers carry it: the identification header."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from showfloor.media.formats.errors import CodecConfigError

_MAGIC: Final = b"OpusHead"
_HEADER_SIZE: Final = 19  # with channel mapping family 0
PRE_SKIP: Final = 312  # samples that libopus needs to settle; 6.5 ms


@dataclass(frozen=True, slots=True)
class OpusConfig:
    """An identification header (RFC 7845, 5.1) of one or two channels. Opus counts its time in
    samples of 48 kHz, whatever was encoded."""

    rate: ClassVar[int] = 48_000  # samples/s
    record: bytes
    channels: int

    @classmethod
    def parse(cls, record: bytes) -> Self:
        """Return the configuration; CodecConfigError for anything but mono and stereo."""
        if len(record) < _HEADER_SIZE or not record.startswith(_MAGIC):
            raise CodecConfigError("not an OpusHead")
        version, channels, family = record[8], record[9], record[18]
        if version >> 4 or channels not in {1, 2} or family:
            raise CodecConfigError(f"OpusHead {version}, {channels} channels, family {family}")
        return cls(record, channels)

    @classmethod
    def of_rtp(cls, channels: int = 2) -> Self:
        """Return the configuration of Opus in RTP, which has no header (RFC 7587)."""
        fields = PRE_SKIP.to_bytes(2, "little") + cls.rate.to_bytes(4, "little")
        gain_and_family = bytes(3)
        return cls.parse(_MAGIC + bytes([1, channels]) + fields + gain_and_family)
