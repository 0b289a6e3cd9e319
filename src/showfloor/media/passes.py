"""Viewing passes: a part of an address that opens the media of one show for some minutes.

    /hls/<show>/pass/<slot>-<signature>/index.m3u8

Addresses in a playlist are relative, so that a pass opens all of a show. Everybody who may watch
gets the same pass in the same minutes: a cache in front keeps one copy for all of them. A pass says
nothing of its bearer; a person who may watch no longer gets no new one. No Django here: the hot
path reads passes.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from showfloor.kernel.clock import from_epoch_ms, to_epoch_ms

SLOT: Final = timedelta(minutes=5)  # a pass is good for its slot and the next one
_SLOT_MS: Final = SLOT // timedelta(milliseconds=1)
_MAC_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Pass:
    text: str
    expires_at: datetime


class PassSigner:
    """Issues with the first key, reads with any of them."""

    def __init__(self, *secrets: str) -> None:
        assert secrets, "a signer needs a key"
        assert all(secrets), "an empty key signs nothing"
        self._keys = [
            hashlib.sha256(f"viewing-pass:{secret}".encode()).digest() for secret in secrets
        ]

    def issue(self, show_id: str, now: datetime) -> Pass:
        slot = to_epoch_ms(now) // _SLOT_MS
        text = f"{slot}-{_signature(self._keys[0], show_id, slot)}"
        return Pass(text, from_epoch_ms((slot + 2) * _SLOT_MS))

    def left_s(self, text: str, show_id: str, now: datetime) -> int:
        """Return for how many whole seconds a pass opens this show; 0 for one that does not."""
        number, _, given = text.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) <= 9 and given.isascii()):
            return 0
        slot = int(number)
        left_ms = (slot + 2) * _SLOT_MS - to_epoch_ms(now)
        if not 0 < left_ms <= 2 * _SLOT_MS:
            return 0
        signed = [_signature(key, show_id, slot) for key in self._keys]
        if not any(hmac.compare_digest(one, given) for one in signed):
            return 0
        return left_ms // 1000


def _signature(key: bytes, show_id: str, slot: int) -> str:
    mac = hmac.digest(key, f"{show_id}:{slot}".encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
