"""The price that a bulk edit makes of another one."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from showfloor.catalogue.amounts import AMOUNT_MAX

_WHOLE: Final = Decimal(10_000)  # a hundred percent, in hundredths


class FormerPrice(StrEnum):
    """The fate of the price before."""

    KEEP = "keep"
    OLD = "old"  # the price until now
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PriceStep:
    """Up or down by hundredths of a percent, or by minor units; half a unit goes up."""

    hundredths: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class NewPrice:
    amount: int
    compare_at: int | None


def new_price(
    amount: int, compare_at: int | None, step: PriceStep | None, before: FormerPrice
) -> NewPrice | None:
    """Return the new price with the price before; None when it would be nothing, or too much. A
    price before that is no higher any more is left out."""
    after = amount
    if step is not None:
        factor = (_WHOLE + step.hundredths) / _WHOLE
        after = int((amount * factor).quantize(Decimal(1), ROUND_HALF_UP)) + step.units
        if not 0 < after <= AMOUNT_MAX:
            return None
    shown = {FormerPrice.KEEP: compare_at, FormerPrice.OLD: amount, FormerPrice.NONE: None}[before]
    if before is FormerPrice.OLD and after >= amount:
        shown = compare_at  # nothing was reduced
    return NewPrice(after, shown if shown is not None and shown > after else None)
