"""Lists of prices, pure: which of them decides a variant's price at a moment.

The order, as the back office states it: a list of regular prices comes before the variant's own
price, one of the market before one of all markets, the later start before the earlier. Then, of
all sales in force, the one with the lowest price wins, and of equal ones the later start. A sale
that is not below the regular price does nothing. A sale leaves an adjustment that names it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.money import share_of
from showfloor.pricing.rules import ListPrice, Sale

LIST_SOURCE: Final = "price-list:"  # an adjustment's source begins with it, the list's id follows


class ListKind(StrEnum):
    """The meaning of a list."""

    REGULAR = "regular"  # what the goods cost from a day on
    SALE = "sale"  # a reduction for a time


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """What one list says of one variant, between `starts_at` and `ends_at` (None: without end).
    Either `amount` or `percent_bp` is set; `is_of_market`: the list is for one market alone."""

    list_id: str
    label: str
    kind: str
    is_of_market: bool
    starts_at: datetime
    ends_at: datetime | None = None
    amount: int | None = None
    percent_bp: int | None = None

    def is_in_force(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)

    @property
    def source(self) -> str:
        return f"{LIST_SOURCE}{self.list_id}"


def price_of(
    own: ListPrice | None, listed: Iterable[ListedPrice], tax_class: str = TaxClass.STANDARD
) -> ListPrice | None:
    """Return a variant's price from its own and what the lists in force say, None without one."""
    every = list(listed)
    regular = _regular(own, [one for one in every if one.kind == ListKind.REGULAR], tax_class)
    if regular is None:
        return None
    sales = [
        (off, one)
        for one in every
        if one.kind == ListKind.SALE and (off := _off(regular.amount, one)) > 0
    ]
    if not sales:
        return regular
    off, winner = max(sales, key=lambda sale: (sale[0], sale[1].starts_at, sale[1].list_id))
    return replace(regular, sale=Sale(off, winner.source, winner.label))


def _regular(
    own: ListPrice | None, listed: Iterable[ListedPrice], tax_class: str
) -> ListPrice | None:
    found = [one for one in listed if one.amount is not None]
    if not found:
        return own
    winner = max(found, key=lambda one: (one.is_of_market, one.starts_at, one.list_id))
    assert winner.amount is not None, "chosen so"
    return ListPrice(winner.amount, tax_class=tax_class)


def _off(regular: int, sale: ListedPrice) -> int:
    """Return what a sale takes off one unit."""
    if sale.percent_bp is not None:
        return share_of(regular, sale.percent_bp)
    return regular - sale.amount if sale.amount is not None else 0
