"""H.264 in RTP (RFC 6184): the NAL units of a frame, and the pictures of a track."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from showfloor.media.formats.avc import AvcConfig
from showfloor.media.formats.errors import CodecConfigError

LENGTH_SIZE: Final = 4
_STAP_A, _FU_A = 24, 28  # RFC 6184, 5.2; packetization-mode 1 has no others
_IDR, _SPS, _PPS, _DELIMITER, _FILLER = 5, 7, 8, 9, 12


class BadPayload(ValueError):
    """The payloads are no H.264 of packetization-mode 1."""


@dataclass(frozen=True, slots=True)
class AvcPicture:
    """One picture: `config` decodes it, `data` is its NAL units behind their lengths."""

    config: AvcConfig
    is_key: bool
    data: bytes


class AvcPictures:
    """Makes pictures of frames. Pictures before the first key frame, and those between a loss and
    the next one, are dropped: a decoder would show them torn."""

    def __init__(self) -> None:
        self.waits_for_key = True
        self._sps = b""
        self._pps = b""
        self._config: AvcConfig | None = None

    def lose(self) -> None:
        """Note that a frame is missing."""
        self.waits_for_key = True

    def take(self, payloads: Sequence[bytes]) -> AvcPicture | None:
        """Return the picture of a frame; None for one that cannot be decoded."""
        try:
            units = list(nal_units(payloads))
            self._configure(units)
        except (BadPayload, CodecConfigError):
            self.lose()
            return None
        is_key = any(_kind(unit) == _IDR for unit in units)
        if self._config is None or (self.waits_for_key and not is_key):
            return None
        self.waits_for_key = False
        kept = [one for one in units if _kind(one) not in {_SPS, _PPS, _DELIMITER, _FILLER}]
        if not kept:
            return None
        data = b"".join(len(unit).to_bytes(LENGTH_SIZE) + unit for unit in kept)
        return AvcPicture(self._config, is_key, data)

    def _configure(self, units: Sequence[bytes]) -> None:
        """Take parameter sets; a camera that is turned sends others."""
        sps = next((unit for unit in units if _kind(unit) == _SPS), self._sps)
        pps = next((unit for unit in units if _kind(unit) == _PPS), self._pps)
        if sps and pps and (sps, pps) != (self._sps, self._pps):
            self._config = AvcConfig.of_sets(sps, pps)
        self._sps, self._pps = sps, pps


def nal_units(payloads: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the NAL units of one frame's payloads; BadPayload."""
    fragments: list[bytes] = []
    for payload in payloads:
        if len(payload) < 2:
            raise BadPayload(f"payload of {len(payload)} bytes")
        match _kind(payload):
            case kind if 1 <= kind <= 23 and not fragments:
                yield payload
            case kind if kind == _STAP_A and not fragments:
                yield from _aggregated(payload)
            case kind if kind == _FU_A:
                is_start, is_end = payload[1] & 0x80, payload[1] & 0x40
                if bool(is_start) == bool(fragments):
                    raise BadPayload("a fragment without its beginning")
                if is_start:
                    fragments.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
                fragments.append(payload[2:])
                if is_end:
                    yield b"".join(fragments)
                    fragments = []
            case kind:
                raise BadPayload(f"payload of type {kind}")
    if fragments:
        raise BadPayload("a fragment without its end")


def _aggregated(payload: bytes) -> Iterator[bytes]:
    position = 1
    while position < len(payload):
        size = int.from_bytes(payload[position : position + 2])
        position += 2
        if not 0 < size <= len(payload) - position:
            raise BadPayload("an aggregate that is cut off")
        yield payload[position : position + size]
        position += size


def _kind(unit: bytes) -> int:
    return unit[0] & 0x1F
