"""`Showfloor-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`: what was signed cannot
be changed, and what was recorded cannot be played again later."""

import hashlib
import hmac

HEADER = "Showfloor-Signature"
TOLERANCE_S = 300


class NotSigned(ValueError):
    """Not signed by the holder of the secret, or not lately."""


def sign(secret: bytes, body: bytes, now_s: int) -> str:
    return f"t={now_s},v1={_digest(secret, body, now_s)}"


def check(secret: bytes, header: str, body: bytes, now_s: int) -> None:
    """NotSigned unless the header signs the body and is at most five minutes off."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise NotSigned("no time")
    if not hmac.compare_digest(
        _digest(secret, body, int(stamp)).encode(), parts.get("v1", "").encode()
    ):
        raise NotSigned("wrong signature")
    if abs(now_s - int(stamp)) > TOLERANCE_S:
        raise NotSigned("too old")


def _digest(secret: bytes, body: bytes, stamp_s: int) -> str:
    return hmac.new(secret, str(stamp_s).encode() + b"." + body, hashlib.sha256).hexdigest()
