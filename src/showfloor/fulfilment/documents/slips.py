"""Packing slips and pick lists: what goes into each parcel, and what is fetched from which shelf.

Neither states a price, so that a slip can lie in a gift. Both print what is still to be sent; where
nothing of that is left, the slips tell what was sent.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Prefetch
from django.utils import formats, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts import time_zones
from showfloor.accounts.countries import country_name
from showfloor.checkout import gifts
from showfloor.checkout.models import Order, OrderLine
from showfloor.fulfilment import progress
from showfloor.fulfilment.documents import new_pages, paper
from showfloor.fulfilment.documents.paper import Column, FileInfo
from showfloor.fulfilment.models import Shipment
from showfloor.stock.models import Location, MovementReason, StockMovement

if TYPE_CHECKING:
    from showfloor.fulfilment.documents.pages import Paper

ORDERS_MAX: Final = 500  # in one file


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of a variant to fetch from one location, and the orders that they are for."""

    location: str
    sku: str
    name: str
    note: str
    quantity: int
    orders: tuple[str, ...]


type _Open = tuple[Order, OrderLine, int]  # and the units that are still to be sent


def packing_slips(orders: Sequence[Order], now: datetime) -> bytes:
    """Return a page for each order with something to be sent, in its buyer's language; where there
    is none, a page for each order with what was sent."""
    lines = list(_open_lines(orders))
    is_sent = not lines
    if is_sent:
        lines = list(_sent_lines(orders))
    texts = [text for order, line, _units in lines for text in _texts(order, line)]
    drawn = new_pages.begin(_file(_("Packing slips"), orders, now), texts)
    by_order: dict[str, list[_Open]] = {}
    for one in lines:
        by_order.setdefault(one[0].pk, []).append(one)
    for page, found in enumerate(by_order.values()):
        if page:
            drawn.add_page()
        with translation.override(found[0][0].language):
            _slip(drawn, found[0][0], found, is_sent=is_sent)
    if not by_order:
        drawn.text_block(_("Nothing of this is sent."))
    return drawn.bytes_of()


def _slip(drawn: "Paper", order: Order, lines: Sequence[_Open], *, is_sent: bool) -> None:
    drawn.brand_line(order.brand.name)
    to = {
        "name": order.name, "line1": order.line1, "line2": order.line2,
        "postal_code": order.postal_code, "city": order.city,
    }  # fmt: skip
    zone = time_zones.zone(order.brand.time_zone)
    ordered = formats.date_format(order.placed_at.astimezone(zone), "DATE_FORMAT")
    rows = [(_("Order number"), order.number), (_("Ordered"), ordered)]
    if order.shipping_name:
        rows.append((_("Shipping"), order.shipping_name))
    drawn.beside(paper.address_lines(to, country_name(order.country)), rows)
    drawn.heading(_("Packing slip"))
    if order.is_test:
        drawn.text_block(_("Test order: nothing is to be sent."), bold=True)
    if gifts.wrapping_of(list(order.lines.all())) is not None:
        drawn.text_block(_("Wrapped as a gift"), bold=True)
    if order.gift_note:
        drawn.text_block(_("A note for you"), small=True)
        drawn.text_block(order.gift_note, bold=True)
    if is_sent:
        _parcels(drawn, order)
    drawn.ln(2)
    drawn.rows(
        [Column(_("Quantity"), 18, is_number=True), Column(_("Item"), 110), Column("SKU", 42)],
        [(str(units), _named(line), line.sku) for _order, line, units in lines],
    )


def _parcels(drawn: "Paper", order: Order) -> None:
    """Tell when and how everything of an order was sent."""
    drawn.text_block(_("Nothing is left to be sent. This was sent:"), bold=True)
    zone = time_zones.zone(order.brand.time_zone)
    sent = Shipment.objects.for_brand(order.brand_id).filter(order=order, undone_at__isnull=True)
    for parcel in sent.order_by("number"):
        day = formats.date_format(parcel.shipped_at.astimezone(zone), "DATE_FORMAT")
        words = [day, parcel.carrier, parcel.tracking_number]
        drawn.text_block(" · ".join(word for word in words if word))


def pick_list(orders: Sequence[Order], now: datetime) -> bytes:
    """Return one list over all these orders, by location and SKU, in the language of now."""
    picks = picks_of(orders)
    texts = [text for pick in picks for text in (pick.location, pick.sku, pick.name, pick.note)]
    drawn = new_pages.begin(_file(_("Pick list"), orders, now), texts)
    drawn.heading(_("Pick list"))
    count = len({number for pick in picks for number in pick.orders})
    drawn.text_block(
        _("%(units)d units for %(orders)d orders")
        % {"units": sum(pick.quantity for pick in picks), "orders": count}
    )
    for location in dict.fromkeys(pick.location for pick in picks):
        drawn.ln(3)
        drawn.heading(location, 13)
        drawn.rows(
            [
                Column("", 8), Column(_("Quantity"), 17, is_number=True), Column("SKU", 35),
                Column(_("Item"), 66), Column(_("Orders"), 44),
            ],
            [
                ("__", str(pick.quantity), pick.sku, _with_note(pick), ", ".join(pick.orders))
                for pick in picks
                if pick.location == location
            ],
        )  # fmt: skip
    return drawn.bytes_of()


def picks_of(orders: Sequence[Order]) -> list[Pick]:
    """Return what is to be fetched for these orders. The location is the one that a sale took its
    units from."""
    shelves = _shelves(orders)
    mains: dict[str, str] = {}
    found: dict[tuple[str, str], list[tuple[OrderLine, int, str]]] = {}
    for order, line, units in _open_lines(orders):
        left = units
        for location, there in shelves.get((order.checkout_id, line.variant_id or ""), []):
            part = min(left, there)
            if part:
                found.setdefault((location, line.sku), []).append((line, part, order.number))
                left -= part
        if left:
            if order.brand_id not in mains:
                mains[order.brand_id] = _main(order.brand_id)
            here = mains[order.brand_id]
            found.setdefault((here, line.sku), []).append((line, left, order.number))
    return [
        Pick(
            location, sku, parts[0][0].product_name, _options(parts[0][0]),
            sum(units for _line, units, _number in parts),
            tuple(dict.fromkeys(number for _line, _units, number in parts)),
        )
        for (location, sku), parts in sorted(found.items(), key=lambda one: one[0])
    ]  # fmt: skip


def _shelves(orders: Sequence[Order]) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """Return by checkout and variant how many units a sale took from other locations than the main
    one."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    rows = StockMovement.objects.for_brands(sorted({order.brand_id for order in orders}))
    sales = rows.filter(
        reason=MovementReason.SOLD, location__isnull=False,
        owner__in=[order.checkout_id for order in orders],
    )  # fmt: skip
    for one in sales.select_related("stock", "location").order_by("pk"):
        assert one.location is not None, "asked for"
        units = (one.location.name, -one.change)
        found.setdefault((one.owner, one.stock.variant_id), []).append(units)
    return found


def _main(brand_id: str) -> str:
    main = Location.objects.for_brand(brand_id).filter(is_main=True).first()
    return main.name if main is not None else _("Main location")


def _open_lines(orders: Sequence[Order]) -> Iterator[_Open]:
    """Yield the lines that are still to be sent, with their orders."""
    assert len(orders) <= ORDERS_MAX, "one file is bounded"
    for order in orders:
        for line in order.lines.all():
            units = progress.sold_line(line).open
            if units and gifts.is_goods(line):  # the wrapping is said above them
                yield order, line, units


def _sent_lines(orders: Sequence[Order]) -> Iterator[_Open]:
    """Yield the lines of which something was sent, with their orders."""
    for order in orders:
        for line in order.lines.all():
            units = progress.sold_line(line).shipped
            if units and gifts.is_goods(line):
                yield order, line, units


def with_lines() -> "Prefetch[str]":
    """Return what a query of orders reads ahead for these papers."""
    return Prefetch("lines", OrderLine.objects.all_brands().select_related("progress"))


def _file(title: str, orders: Sequence[Order], now: datetime) -> FileInfo:
    brand = orders[0].brand
    return FileInfo(
        title, brand.name, get_language() or "en", now.replace(microsecond=0), brand.accent
    )


def _texts(order: Order, line: OrderLine) -> Iterable[str]:
    return (
        order.brand.name, order.name, order.line1, order.line2, order.city, order.gift_note,
        order.shipping_name, _named(line), country_name(order.country),
    )  # fmt: skip


def _named(line: OrderLine) -> str:
    options = _options(line)
    return f"{line.product_name}\n{options}" if options else line.product_name


def _options(line: OrderLine) -> str:
    return " · ".join(str(value) for value in line.options.values())


def _with_note(pick: Pick) -> str:
    return f"{pick.name}\n{pick.note}" if pick.note else pick.name
