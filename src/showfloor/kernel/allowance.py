"""How often someone may do something: a bucket of tokens that fills up again, per key."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class Allowances:
    """`burst` at once, then `per_s` a second, for each key; the keys used least lately are
    forgotten, which gives them a full bucket, as waiting would have done. Any thread."""

    def __init__(
        self, burst: int, per_s: float, keys_max: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._burst = burst
        self._per_s = per_s
        self._keys_max = keys_max
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, as of when
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take one; 0, or the seconds until there is one (then none is taken)."""
        with self._lock:
            now = self._clock()
            tokens, since = self._left.pop(key, (float(self._burst), now))
            tokens = min(float(self._burst), tokens + (now - since) * self._per_s)
            allowed = tokens >= 1
            self._left[key] = (tokens - 1 if allowed else tokens, now)
            if len(self._left) > self._keys_max:
                self._left.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._per_s
