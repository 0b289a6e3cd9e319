"""The range of bytes that a request names (RFC 9110, 14.2)."""

import re
from typing import Final

_RANGE: Final = re.compile(r"bytes=(?P<first>[0-9]{0,12})-(?P<last>[0-9]{0,12})", re.IGNORECASE)


class InvalidRange(ValueError):
    """The range lies beyond the end: 416."""


def read(asked: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last; None for the whole file, which an invalid
    range (14.1.1) and several ranges get. InvalidRange for a range beyond the end."""
    wanted = _RANGE.fullmatch(asked.strip())
    if wanted is None or (not wanted["first"] and not wanted["last"]):
        return None
    first, last = wanted["first"], wanted["last"]
    if not first:  # the last bytes
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise InvalidRange
    return start, end
