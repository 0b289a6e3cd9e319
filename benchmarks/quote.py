"""CPU of one quote: 30 lines, three offers, two rates of tax.

The baseline of the same run is the least that any price needs: the sum of price times quantity.
"""

import time
from collections.abc import Callable, Iterator

from benchmarks.figures import Figure
from showfloor.pricing.rules import (
    ListPrice,
    Offer,
    OfferKind,
    PriceBook,
    TaxRates,
    Terms,
    Wish,
    quote,
)

LINES, TIMES = 30, 2_000
FIGURES = ("quote_cpu_ms", "quote_baseline_cpu_ms")


def run() -> Iterator[Figure]:
    prices = {
        f"v{n}": ListPrice(990 + 37 * n, tax_class="reduced" if n % 3 == 0 else "standard")
        for n in range(LINES)
    }
    book = PriceBook("EUR", prices, TaxRates(1900, rows={("DE", "reduced"): 700}))
    wishes = [Wish(name, 1 + n % 3) for n, name in enumerate(prices)]
    terms = Terms(
        "DE", 490,
        [
            Offer(OfferKind.PERCENT, "voucher:1", "TEN", 1000, frozenset(list(prices)[:10])),
            Offer(OfferKind.AMOUNT, "voucher:2", "FIVE", 500),
            Offer(OfferKind.FREE_SHIPPING, "voucher:3", "SEND"),
        ],
    )  # fmt: skip
    assert quote(book, wishes, terms).discount > 500 + 490

    def least() -> int:
        return sum(prices[wish.variant_id].amount * wish.quantity for wish in wishes)

    yield Figure("quote_cpu_ms", _cpu_ms(lambda: quote(book, wishes, terms)), "ms", "<= 3")
    yield Figure("quote_baseline_cpu_ms", _cpu_ms(least), "ms")


def _cpu_ms(once: Callable[[], object]) -> float:
    began = time.process_time()
    for _n in range(TIMES):
        once()
    return (time.process_time() - began) * 1000 / TIMES
