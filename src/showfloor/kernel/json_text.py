"""JSON as the hot path writes it: compact, UTF-8, characters as they are.

orjson writes it in a tenth of the time, but no number of more than 64 bits; those, and whatever
else it does not know, are written by the standard library, which also has the errors.
"""

import json
from collections.abc import Callable
from typing import Any

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
