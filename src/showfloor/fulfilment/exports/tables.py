"""The columns and rows of the exports. Times are in the zone of the order's brand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Model, QuerySet

from showfloor.accounts import time_zones
from showfloor.checkout.models import Order, OrderLine
from showfloor.fulfilment import progress
from showfloor.fulfilment.documents.rules import percent
from showfloor.kernel.money import exponent
from showfloor.pricing import markets

PAGE: Final = 500  # rows in memory at a time


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as a number in a cell; `decimals` are the currency's own."""

    value: Decimal
    decimals: int


type Cell = str | int | bool | datetime | Amount | Decimal | None


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of export: its name, its headings, the rows of orders that it is made of."""

    name: str
    headings: Sequence[str]
    rows: Callable[[QuerySet[Order]], Iterator[Sequence[Cell]]]


def money(minor: int, currency: str) -> Amount:
    """Return an amount in the currency's main unit."""
    decimals = exponent(currency)
    return Amount(Decimal(minor).scaleb(-decimals), decimals)


def _local(moment: datetime | None, order: Order) -> datetime | None:
    return moment and moment.astimezone(time_zones.zone(order.brand.time_zone))


_ORDER: Final[tuple[tuple[str, Callable[[Order], Cell]], ...]] = (
    ("number", lambda one: one.number),
    ("placed_at", lambda one: _local(one.placed_at, one)),
    ("state", lambda one: one.state),
    ("payment", lambda one: one.payment_state),
    ("email", lambda one: one.email),
    ("name", lambda one: one.name),
    ("country", lambda one: one.country),
    ("market", lambda one: markets.code_of(one.brand_id, one.market)),
    ("currency", lambda one: one.currency),
    ("subtotal", lambda one: money(one.subtotal, one.currency)),
    ("discount", lambda one: money(one.discount, one.currency)),
    ("shipping", lambda one: money(one.shipping, one.currency)),
    ("tax", lambda one: money(one.tax_included, one.currency)),
    ("total", lambda one: money(one.total, one.currency)),
    ("vat_number", lambda one: one.vat_id),
    ("show", lambda one: one.show.title if one.show is not None else ""),
    ("test", lambda one: one.is_test),
)  # fmt: skip

_LINE: Final[tuple[tuple[str, Callable[[Any], Cell]], ...]] = (
    ("order", lambda one: one.order.number),
    ("placed_at", lambda one: _local(one.order.placed_at, one.order)),
    ("state", lambda one: one.order.state),
    ("payment", lambda one: one.order.payment_state),
    ("country", lambda one: one.order.country),
    ("market", lambda one: markets.code_of(one.order.brand_id, one.order.market)),
    ("sku", lambda one: one.sku),
    ("product", lambda one: one.product_name),
    ("options", lambda one: " · ".join(str(value) for value in one.options.values())),
    ("quantity", lambda one: one.quantity),
    ("shipped", lambda one: progress.sold_line(one).shipped),
    ("cancelled", lambda one: progress.sold_line(one).dropped),
    ("returned", lambda one: progress.sold_line(one).returned),
    ("currency", lambda one: one.order.currency),
    ("price", lambda one: money(one.price, one.order.currency)),
    ("discount", lambda one: money(one.discount, one.order.currency)),
    ("line_total", lambda one: money(one.line_total, one.order.currency)),
    ("tax_percent", lambda one: Decimal(percent(one.tax_rate_bp))),
    ("show", lambda one: one.show.title if one.show is not None else ""),
    ("show_time_s", lambda one: None if one.show_time_s is None else round(one.show_time_s)),
    ("test", lambda one: one.order.is_test),
)  # fmt: skip


def _order_rows(orders: QuerySet[Order]) -> Iterator[Sequence[Cell]]:
    rows = orders.select_related("brand", "show").prefetch_related(None)
    for order in _paged(rows):
        yield [read(order) for _heading, read in _ORDER]


def _line_rows(orders: QuerySet[Order]) -> Iterator[Sequence[Cell]]:
    """Yield the lines of the orders: the filters of the list are a part of the query."""
    chosen = orders.order_by().select_related(None).prefetch_related(None).values("pk")
    lines = OrderLine.objects.all_brands().filter(order__in=chosen)
    rows = lines.select_related("order__brand", "show", "progress")
    for line in _paged(rows):
        yield [read(line) for _heading, read in _LINE]


def _paged[M: Model](rows: QuerySet[M]) -> Iterator[M]:
    """Yield all rows, oldest first, a page in memory at a time. Each page is a query of its own:
    one that stays open while somebody loads slowly would keep SQLite's log from being cleared."""
    ordered, last = rows.order_by("pk"), ""
    while page := list(ordered.filter(pk__gt=last)[:PAGE]):
        last = str(page[-1].pk)
        yield from page


ORDERS: Final = Table("orders", [heading for heading, _read in _ORDER], _order_rows)
LINES: Final = Table("order-lines", [heading for heading, _read in _LINE], _line_rows)
