"""The sold-out book: variants of which this process has just seen too few units.

A buyer of a sold-out variant is refused from memory, without the database. The book only ever
refuses. An entry ends after MAX_AGE_S, and at once when this process sees, or another one tells,
that units came back; `version` is the stock row's, so that older news never replaces newer news.
No Django here: the processes that take commands ask it before they gather them.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from showfloor.kernel.errors import SoldOut

MAX_AGE_S: Final = 0.25
ENTRIES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The number of free units of a variant at one version of its stock row."""

    variant_id: str
    sku: str
    free: int
    version: int


@dataclass(frozen=True, slots=True)
class _Entry:
    seen: StockLevel
    until: float  # monotonic


class SoldOutBook:
    """Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def refusal(self, lines: Mapping[str, int]) -> SoldOut | None:
        """Return SoldOut when a line (variant id → units) asks for more than there was a moment
        ago; None says nothing."""
        if not self._entries:
            return None
        now = self._clock()
        for variant_id, quantity in sorted(lines.items()):
            entry = self._entries.get(variant_id)
            if entry is not None and now < entry.until and quantity > entry.seen.free:
                return SoldOut(entry.seen.sku, entry.seen.free)
        return None

    def note(self, seen: Iterable[StockLevel]) -> None:
        """Take news of committed rows. Plenty ends an entry as surely as scarcity makes one."""
        now = self._clock()
        with self._lock:
            for one in seen:
                known = self._entries.get(one.variant_id)
                if known is None or known.seen.version <= one.version or known.until <= now:
                    self._entries[one.variant_id] = _Entry(one, now + MAX_AGE_S)
            if len(self._entries) > ENTRIES_MAX:
                self._entries = {
                    variant_id: entry for variant_id, entry in self._entries.items()
                    if entry.until > now
                }  # fmt: skip
            if len(self._entries) > ENTRIES_MAX:
                self._entries = {}


book: Final = SoldOutBook()
