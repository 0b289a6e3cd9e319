"""The price of goods that are partly reserved, without I/O."""

from collections.abc import Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from showfloor.pricing.rules import Adjustment, AdjustmentKind, ListPrice


class Reserved(Protocol):
    """Units of one variant and the price of each; None for today's."""

    @property
    def quantity(self) -> int: ...
    @property
    def unit_amount(self) -> int | None: ...
    @property
    def source(self) -> str: ...
    @property
    def label(self) -> str: ...


def price_of(reserved: Reserved, listed: ListPrice) -> int:
    """Return what one reserved unit costs."""
    return listed.paid if reserved.unit_amount is None else reserved.unit_amount


def frozen(listed: ListPrice, others: int, reserved: Sequence[Reserved]) -> ListPrice:
    """Return the price of one line: `others` units at today's price, and reserved ones each at its
    own. The list price is the highest of them, and everything else is an adjustment with its
    reason, so that the line's amounts add up as those of every other line."""
    own = [one for one in reserved if one.unit_amount is not None]
    if not own:
        return listed
    others += sum(one.quantity for one in reserved if one.unit_amount is None)
    unit = max([listed.amount, *(price_of(one, listed) for one in own)])
    fixed = []
    if others and unit > listed.paid:
        sale = listed.sale
        source, label = (sale.source, sale.label) if sale is not None else ("", _("Today's price"))
        off = (listed.paid - unit) * others
        fixed.append(Adjustment(AdjustmentKind.PRICE_LIST, source, label, off))
    fixed += [
        Adjustment(
            AdjustmentKind.RESERVED, one.source, one.label,
            (price_of(one, listed) - unit) * one.quantity,
        )
        for one in own
        if price_of(one, listed) < unit
    ]  # fmt: skip
    return ListPrice(unit, listed.compare_at, listed.tax_class, None, tuple(fixed))
