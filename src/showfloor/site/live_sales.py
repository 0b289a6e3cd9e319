"""The sales of a show while it runs, in one answer: carts, what is kept, waits, orders and revenue,
by product and minute."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict

from showfloor.checkout import queries as checkout
from showfloor.checkout import show_sales
from showfloor.checkout.show_sales import MinuteSales, ProductSales
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.shows import queries as shows
from showfloor.shows.models import Show
from showfloor.shows.wire import RundownRow
from showfloor.timeline import presence
from showfloor.waitlists import queries as waitlists


class ProductRow(TypedDict):
    """Units of one product: in carts, kept (in open checkouts, and reserved), bought; `amount`:
    minor units; `available`: free units."""

    product_id: str
    name: str
    image_url: str | None
    available: int
    carts: int
    held: int
    waiting: int  # persons on the waitlist of one of its variants, wherever they joined
    units: int
    amount: int


class MinuteRow(TypedDict):
    """What was bought in a minute. An order of two products counts in each, so orders are those of
    the whole show alone."""

    minute: str
    product_id: str
    units: int
    amount: int


class LiveSales(TypedDict):
    now: str
    currency: str
    viewers: int
    carts: int  # persons with something of the show in their cart
    orders: int
    sales: int  # of whole orders, with shipping, minor units
    products: list[ProductRow]  # those that sell best first
    minutes: list[MinuteRow]  # from the minute of `since` on


def report(show: Show, since: datetime | None) -> LiveSales:
    numbers = checkout.show_numbers(show.pk)
    return {
        "now": iso_ms(utc_now()),
        "currency": show.brand.currency,
        "viewers": presence.read(show.timeline_id).viewers,
        "carts": numbers.carts,
        "orders": numbers.orders,
        "sales": numbers.sales,
        "products": _products(show),
        "minutes": [_minute(one) for one in show_sales.by_minute(show, since)],
    }


def table(show: Show) -> Iterator[list[object]]:
    """Yield what was bought by minute and product, the heading first."""
    names = {row["product_id"]: row["name"] for row in shows.rundown_rows(show)}
    yield ["minute", "product_id", "product", "orders", "units", "amount_minor", "currency"]
    for one in show_sales.by_minute(show):
        yield [
            iso_ms(one.minute), one.product_id, names.get(one.product_id, ""), one.orders,
            one.units, one.amount, show.brand.currency,
        ]  # fmt: skip


def _products(show: Show) -> list[ProductRow]:
    found, waiting = show_sales.by_product(show), waitlists.lengths_by_product(show.brand_id)
    rows = [
        _product(row, found.get(row["product_id"]), waiting.get(row["product_id"], 0))
        for row in shows.rundown_rows(show)
    ]
    return sorted(rows, key=lambda row: (-row["amount"], -row["held"], -row["carts"]))


def _product(row: RundownRow, sales: ProductSales | None, waiting: int) -> ProductRow:
    sales = sales or ProductSales()
    return {
        "product_id": row["product_id"],
        "name": row["name"],
        "image_url": row["image_url"],
        "available": row["available"],
        "carts": sales.carts,
        "held": sales.held,
        "waiting": waiting,
        "units": sales.units,
        "amount": sales.amount,
    }


def _minute(one: MinuteSales) -> MinuteRow:
    return {
        "minute": iso_ms(one.minute), "product_id": one.product_id, "units": one.units,
        "amount": one.amount,
    }  # fmt: skip
