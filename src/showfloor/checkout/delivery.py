"""How long the delivery of one product takes, for the card of a product before there is a cart.

The checkout knows the address and tells the dates. The card does not know it, so that it tells the
span of all ways in which the brand sends one such parcel.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict

from showfloor.accounts.models import Brand
from showfloor.checkout.models import ShippingKind, ShippingOption
from showfloor.checkout.services import shipping
from showfloor.pricing import markets
from showfloor.pricing.models import Market


class DeliveryView(TypedDict):
    """Working days until a parcel is there."""

    days_min: int
    days_max: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """One unit of a product: its price in minor units and its weight in grams."""

    price: int
    weight_g: int


def options_of(brand: Brand, market: Market | None = None) -> list[ShippingOption]:
    """Return the ways to send parcels in a market whose duration is known."""
    currency, market_id = markets.terms_of(brand, market)
    return [
        row for row in shipping.active(brand.pk, currency, market_id)
        if row.kind == ShippingKind.DELIVERY and row.days_min is not None
    ]  # fmt: skip


def estimate(options: Iterable[ShippingOption], parcel: Parcel) -> DeliveryView | None:
    """Return the span of days in which one unit is there; None where nobody knows."""
    days = [
        (row.days_min, row.days_max or row.days_min)
        for row in options
        if row.weight_from_g <= parcel.weight_g
        and (row.weight_to_g is None or parcel.weight_g < row.weight_to_g)
        and row.value_from <= parcel.price
        and (row.value_to is None or parcel.price < row.value_to)
    ]
    known = [(least, most) for least, most in days if least is not None and most is not None]
    if not known:
        return None
    return {
        "days_min": min(least for least, _most in known),
        "days_max": max(most for _least, most in known),
    }
