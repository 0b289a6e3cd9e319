"""Buyers whose cart was refused a moment ago because it is sold out: those who tap again are
refused from memory, without the database, so that a crowd of losers delays no winner.

Nobody is refused who could get something. A buyer is in here only with the cart that was refused,
and leaves when it changes; only without any checkout before, whose stored answer a repeated tap
would have to get. Whether the goods are still sold out is for the sold-out book to say, which
forgets them as soon as units come back, here or in another process.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from showfloor.kernel.errors import SoldOut
from showfloor.stock.sold_out import MAX_AGE_S, SoldOutBook, book

BUYERS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Refused:
    lines: Mapping[str, int]  # variant id → units
    language: str  # of the brand
    until: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error, and the language of the brand for buyers who have none."""

    error: SoldOut
    language: str


class RefusedBuyers:
    """Safe to use from several threads."""

    def __init__(
        self, sold_out: SoldOutBook = book, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._book = sold_out
        self._clock = clock
        self._lock = threading.Lock()
        self._refused: dict[tuple[str, str], _Refused] = {}

    def note(self, brand_id: str, owner: str, lines: Mapping[str, int], language: str) -> None:
        """Remember a refused cart, while its row is locked."""
        now = self._clock()
        with self._lock:
            if len(self._refused) >= BUYERS_MAX:
                self._refused = {
                    buyer: one for buyer, one in self._refused.items() if one.until > now
                }
            if len(self._refused) < BUYERS_MAX:
                entry = _Refused(dict(lines), language, now + MAX_AGE_S)
                self._refused[brand_id, owner] = entry

    def refusal(self, brand_id: str, owner: str) -> Refusal | None:
        """Return why this buyer's cart is still refused; None says nothing."""
        known = self._refused.get((brand_id, owner))
        if known is None or known.until <= self._clock():
            return None
        error = self._book.refusal(known.lines)
        return None if error is None else Refusal(error, known.language)

    def forget(self, brand_id: str, owners: Iterable[str]) -> None:
        """Forget buyers whose carts change, while their rows are locked."""
        if self._refused:
            with self._lock:
                for owner in owners:
                    self._refused.pop((brand_id, owner), None)


refused_buyers: Final = RefusedBuyers()
