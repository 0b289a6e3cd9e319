"""Identifiers: 26 characters, sortable by the millisecond they were made in, safe in an address."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # ten bits at a time
_SHIFTS = range(120, -1, -10)
ID_LENGTH = 26
_TIME_CHARS = 10  # two spare bits, then the 48 of the time


def new_id(now_ms: int | None = None) -> str:
    """A new identifier: 48 bits of Unix milliseconds, then 80 random bits."""
    ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    value = (ms << 80) | int.from_bytes(os.urandom(10))  # half the time of `secrets.randbits`
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in _SHIFTS])


def made_ms(identifier: str) -> int:
    """The Unix millisecond that one of our identifiers was made in."""
    ms = 0
    for char in identifier[:_TIME_CHARS]:
        ms = ms << 5 | _ALPHABET.index(char)
    return ms


def is_id(text: str) -> bool:
    """Return whether `text` could be one of our identifiers."""
    return len(text) == ID_LENGTH and all(char in _ALPHABET for char in text)
