"""A cache of values that are the same for everyone and may be a moment old."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _Kept[V]:
    value: V
    made_at: float
    is_being_made: bool = False


class Fresh[K: Hashable, V]:
    """Values by key, normally at most `ttl_s` old.

    One caller at a time makes a new value; the others meanwhile get the old one, at most `stale_s`
    old. An error of `make` goes to the caller and is not kept. Any thread.
    """

    def __init__(
        self, ttl_s: float, stale_s: float, entries_max: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._ttl_s = ttl_s
        self._stale_s = stale_s
        self._entries_max = entries_max
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[K, _Kept[V]] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self._serves(kept):
                return kept.value
            if kept is not None:
                kept.is_being_made = True
        try:
            value = make()
        except BaseException:
            if kept is not None:
                kept.is_being_made = False
            raise
        with self._lock:
            if len(self._kept) >= self._entries_max and key not in self._kept:
                self._kept.clear()
            self._kept[key] = _Kept(value, self._clock())
        return value

    def forget(self, gone: Callable[[K], bool] = lambda _key: True) -> None:
        """Drop the values for which `gone` is true; by default all."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if not gone(key)}

    def _serves(self, kept: _Kept[V]) -> bool:
        age_s = self._clock() - kept.made_at
        return age_s < self._ttl_s or (kept.is_being_made and age_s < self._stale_s)
