"""Identifiers: 26 characters, sortable by the millisecond they were made in, safe in an address."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
_OF_BYTE = "".join(_ALPHABET[byte % 32] for byte in range(256)).encode()  # each eight times
ID_LENGTH = 26
_TIME_CHARS = 10  # two spare bits, then the 48 of the time
_SHIFTS = range(5 * (_TIME_CHARS - 1), -1, -5)

_latest = (0, "0" * _TIME_CHARS)  # the last millisecond, and its text


def new_id(now_ms: int | None = None) -> str:
    """A new identifier: 48 bits of Unix milliseconds, then 80 random bits."""
    global _latest  # a checkout that begins makes four ids within one millisecond
    ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    latest = _latest
    if latest[0] != ms:
        latest = _latest = ms, "".join([_ALPHABET[(ms >> shift) & 31] for shift in _SHIFTS])
    return latest[1] + os.urandom(ID_LENGTH - _TIME_CHARS).translate(_OF_BYTE).decode()


def made_ms(identifier: str) -> int:
    """The Unix millisecond that one of our identifiers was made in."""
    ms = 0
    for char in identifier[:_TIME_CHARS]:
        ms = ms << 5 | _ALPHABET.index(char)
    return ms


def is_id(text: str) -> bool:
    """Return whether `text` could be one of our identifiers."""
    return len(text) == ID_LENGTH and all(char in _ALPHABET for char in text)
