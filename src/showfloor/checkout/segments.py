"""The segment of customers, which viewer tokens carry."""

from collections.abc import Sequence

from showfloor.accounts import segments
from showfloor.checkout.models import Order, OrderState

CUSTOMER = "customer"
_BOUGHT = (OrderState.CONFIRMED, OrderState.COMPLETED)


def register() -> None:
    segments.register(segments_of)


def segments_of(brand_id: str, subject: str) -> Sequence[str]:
    """Return `customer` for a person with a confirmed order at the brand, guest or member."""
    bought = Order.objects.for_brand(brand_id).filter(owner=subject, state__in=_BOUGHT)
    return [CUSTOMER] if bought.exists() else []
