"""What a show sells: goods in carts, goods that are kept, goods that were bought, by product and
minute. Cancelled orders do not count; returns are no matter of the night."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, ExpressionWrapper, F, IntegerField, QuerySet, Sum
from django.db.models.functions import TruncMinute

from showfloor.checkout.models import (
    OPEN_STATES,
    CartLine,
    CheckoutLine,
    OrderLine,
    OrderState,
    Reservation,
    ReservationState,
)
from showfloor.shows.models import Show

_AMOUNT: Final = ExpressionWrapper(F("price") * F("quantity") - F("discount"), IntegerField())


@dataclass(slots=True)
class ProductSales:
    """Units of one product. `held`: in open checkouts, and reserved. `amount`: minor units."""

    carts: int = 0
    held: int = 0
    units: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class MinuteSales:
    """What was bought of one product in one minute."""

    minute: datetime
    product_id: str
    orders: int
    units: int
    amount: int


def by_product(show: Show) -> dict[str, ProductSales]:
    """Return product id → what is in carts, kept and bought of it in the show."""
    found: dict[str, ProductSales] = defaultdict(ProductSales)
    lines = CartLine.objects.all_brands().filter(show=show)
    for product_id, units in _units(lines):
        found[product_id].carts += units
    held = CheckoutLine.objects.all_brands().filter(show=show, checkout__state__in=OPEN_STATES)
    kept = Reservation.objects.all_brands().filter(show=show, state=ReservationState.ACTIVE)
    for product_id, units in (*_units(held), *_units(kept)):
        found[product_id].held += units
    bought = _bought(show).values("variant__product_id")
    for row in bought.annotate(units=Sum("quantity"), amount=Sum(_AMOUNT)):
        sales = found[row["variant__product_id"]]
        sales.units, sales.amount = row["units"], row["amount"]
    return dict(found)


def bought_units(show: Show) -> dict[str, int]:
    """Return product id → units bought of it in the show, in one statement."""
    rows = _bought(show).values("variant__product_id").annotate(units=Sum("quantity"))
    return {row["variant__product_id"]: row["units"] for row in rows if row["units"] > 0}


def by_minute(show: Show, since: datetime | None = None) -> list[MinuteSales]:
    """Return what was bought by minute and product, from the minute of `since` on."""
    lines = _bought(show)
    if since is not None:
        lines = lines.filter(order__placed_at__gte=since.replace(second=0, microsecond=0))
    rows = (
        lines.annotate(minute=TruncMinute("order__placed_at"))
        .values("minute", "variant__product_id")
        .annotate(orders=Count("order", distinct=True), units=Sum("quantity"), amount=Sum(_AMOUNT))
        .order_by("minute", "variant__product_id")
    )
    return [
        MinuteSales(
            row["minute"], row["variant__product_id"], row["orders"], row["units"], row["amount"]
        )
        for row in rows
    ]


def _bought(show: Show) -> QuerySet[OrderLine]:
    lines = OrderLine.objects.for_brand(show.brand_id).filter(
        show=show, order__currency=show.brand.currency, variant__isnull=False
    )
    return lines.exclude(order__state=OrderState.CANCELLED).order_by()


def _units(
    lines: "QuerySet[CartLine] | QuerySet[CheckoutLine] | QuerySet[Reservation]",
) -> Iterable[tuple[str, int]]:
    rows = lines.filter(variant__isnull=False).order_by().values("variant__product_id")
    return [
        (row["variant__product_id"], row["units"]) for row in rows.annotate(units=Sum("quantity"))
    ]
