"""Unit prices, without I/O: the price of a litre, a kilogram or a metre (Directive 98/6/EC)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Unit(StrEnum):
    ML = "ml"
    L = "l"
    G = "g"
    KG = "kg"
    CM = "cm"
    M = "m"
    M2 = "m2"
    PIECE = "piece"


# The unit that the law names for a content in this one, and how many of this one it is.
_LARGE = {
    Unit.ML: (Unit.L, 1000), Unit.G: (Unit.KG, 1000), Unit.CM: (Unit.M, 100),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """`amount` minor units for `quantity` of `unit`."""

    amount: int
    quantity: Decimal
    unit: Unit


def unit_price(
    amount: int, content: Decimal | None, unit: str, base_quantity: Decimal | None
) -> UnitPrice | None:
    """Return the unit price of something that costs `amount` minor units; None without a content,
    or when the base is the content itself, so that the price says it already (Art. 3(1)).

    Halves of a minor unit are rounded up: nobody sees a price that is lower than it is.
    """
    if not content or not unit:
        return None
    own = Unit(unit)
    if base_quantity:
        shown, quantity, in_own = own, base_quantity, base_quantity
    else:
        shown, times = _LARGE.get(own, (own, 1))
        quantity, in_own = Decimal(1), Decimal(times)
    if in_own == content:
        return None
    exact = Decimal(amount) * in_own / content
    rounded = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return UnitPrice(rounded, quantity.normalize(), shown)
