"""Allowances: a bucket of tokens per key that fills up again, which bounds how often something is
done."""

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
        """Take a token and return 0; without one, return the seconds until the next and take
        none."""
        with self._lock:
            tokens = self._tokens(key)
            allowed = tokens >= 1
            self._keep(key, tokens - 1 if allowed else tokens)
        return 0.0 if allowed else (1 - tokens) / self._per_s

    def clear(self) -> None:
        """Forget everyone."""
        with self._lock:
            self._left.clear()

    def left(self, key: str) -> float:
        """Return the number of tokens now; below zero when more was charged than there was."""
        with self._lock:
            return self._tokens(key)

    def charge(self, key: str, amount: float) -> None:
        """Take tokens for something that is already used, also when there are too few."""
        with self._lock:
            self._keep(key, self._tokens(key) - amount)

    def _tokens(self, key: str) -> float:
        known = self._left.get(key)
        if known is None:
            return float(self._burst)
        tokens, since = known
        return min(float(self._burst), tokens + (self._clock() - since) * self._per_s)

    def _keep(self, key: str, tokens: float) -> None:
        self._left[key] = (tokens, self._clock())
        self._left.move_to_end(key)
        if len(self._left) > self._keys_max:
            self._left.popitem(last=False)
