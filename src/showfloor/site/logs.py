"""A filter for the log: repeated tracebacks of one fault are counted, not written."""

import logging
import time
from collections.abc import Callable
from typing import Final, override

from showfloor.kernel.disk_full import is_disk_full

QUIET_S: Final = 60.0
KEYS_MAX: Final = 256


class OneTracebackAMinute(logging.Filter):
    """Logs an exception with its traceback once a minute; the next line tells how often it came
    meanwhile. A full disk fails all writes, and gives one line without a traceback."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[tuple[str, ...], tuple[float, int]] = {}  # when, and how often since

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        full = is_disk_full(error)
        key = ("disk full",) if full else (record.name, type(error).__name__, str(error)[:200])
        now = self._clock()
        said_at, count = self._said.get(key, (now - QUIET_S, 0))
        if now - said_at < QUIET_S:
            self._said[key] = said_at, count + 1
            return False
        if len(self._said) >= KEYS_MAX:
            self._said.clear()
        self._said[key] = now, 0
        if full or count:
            words = "disk_full " if full else ""
            again = f" ({count} more since)" if count else ""
            record.msg, record.args = f"{words}{record.getMessage()}{again}", None
        if full:
            record.exc_info = record.exc_text = None
        return True
