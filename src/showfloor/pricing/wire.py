"""The shape of a price in JSON, as cards, carts and the API carry it. Money is in minor units."""

from decimal import Decimal
from typing import TypedDict

from showfloor.catalogue.unit_prices import unit_price
from showfloor.pricing.history import Reduction
from showfloor.pricing.rules import ListPrice


class UnitPriceView(TypedDict):
    """`amount` for `quantity` of `unit` (ml, l, g, kg, cm, m, m2, piece)."""

    amount: int
    quantity: str
    unit: str


class PriceView(TypedDict):
    """`price` is what one unit costs now. `compare_at_price`: the higher price shown beside it;
    with it comes `lowest_price_30d`, the lowest of the 30 days before the reduction (Directive
    98/6/EC, Art. 6a). `sale`: the name of the sale that it is in."""

    price: int
    compare_at_price: int | None
    lowest_price_30d: int | None
    unit_price: UnitPriceView | None
    sale: str | None


type Content = tuple[Decimal | None, str, Decimal | None]


def price_view(price: ListPrice, reduction: Reduction | None, content: Content) -> PriceView:
    """Return a price as the API answers it. `content`: what is inside, its unit, and for how much
    of it the unit price is."""
    found = unit_price(price.paid, *content)
    return {
        "price": price.paid,
        "compare_at_price": reduction.before if reduction is not None else None,
        "lowest_price_30d": reduction.prior if reduction is not None else None,
        "unit_price": None
        if found is None
        else {
            "amount": found.amount, "quantity": f"{found.quantity:f}", "unit": found.unit.value,
        },
        "sale": price.sale.label if price.sale is not None else None,
    }  # fmt: skip
