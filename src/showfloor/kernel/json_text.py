"""JSON as the hot path writes it: compact, UTF-8, characters as they are.

orjson writes it in a tenth of the time, but no number of more than 64 bits; those, and whatever
else it does not know, are written by the standard library, which also has the errors.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import orjson

_encode: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_bytes(value: Any) -> bytes:
    """Return the text in UTF-8; TypeError, or ValueError for a lone surrogate."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _encode(value).encode()


def to_json(value: Any) -> str:
    """Return the text; TypeError."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return _encode(value)


def read_strictly(sent: bytes) -> Any:
    """Return the value of JSON text in UTF-8 that somebody has sent; ValueError or RecursionError
    for anything else, also for NaN and Infinity, and for half a character, which could not be sent
    on."""
    value = _decode(sent.decode("utf-8"))
    if _SURROGATE.search(sent):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_number(name: str) -> Any:
    raise ValueError(name)


_SURROGATE: Final = re.compile(rb"\\u[dD]")
# Made once: `json.loads` with options makes one for each call. Numbers of any length stay whole.
_decode = json.JSONDecoder(parse_constant=_no_number).decode
