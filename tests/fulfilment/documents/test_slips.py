"""Packing slips and pick lists, over orders with open lines at several locations."""

from collections.abc import Sequence

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.checkout.gifts import WRAPPING_SKU
from showfloor.checkout.models import Order, OrderLine
from showfloor.fulfilment import progress, shipments
from showfloor.fulfilment.documents import slips
from showfloor.fulfilment.documents.slips import Pick
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.stock.models import Location, Stock, StockMovement
from tests.fulfilment.documents.conftest import Buy
from tests.fulfilment.documents.test_files import text_of


@pytest.fixture
def orders(buy: Buy, brand: Brand) -> Sequence[Order]:
    """Two creams, of which one was sent; three brushes for a gift."""
    cream, brush = buy("CREAM", 2), buy("BRUSH", 3)
    (line,) = cream.lines.all()
    shipments.ship(cream, {line.pk: 1}, shipments.Parcel(), "key", utc_now())
    Order.objects.for_brand(brand).filter(pk=brush.pk).update(gift_note="Für Oma – alles Liebe")
    rows = Order.objects.for_brand(brand).select_related("brand").order_by("pk")
    return list(rows.prefetch_related(slips.with_lines()))


def test_packing_slips_list_what_is_still_to_be_sent_without_prices(
    orders: Sequence[Order],
) -> None:
    read = text_of(slips.packing_slips(orders, utc_now()))
    first, second = orders
    for fact in (first.number, second.number, "CREAM", "BRUSH", "Für Oma – alles Liebe", "1 / 2"):
        assert fact in read, fact
    assert "19.90" not in read
    assert "€" not in read


def test_slip_of_a_fully_sent_order_tells_what_was_sent(orders: Sequence[Order]) -> None:
    for order in orders:
        for line in order.lines.all():
            left = progress.sold_line(line).open
            parcel = shipments.Parcel("DHL", f"JD{order.number}")
            shipments.ship(order, {line.pk: left}, parcel, f"all-{line.pk}", utc_now())
    rows = Order.objects.for_brand(orders[0].brand).select_related("brand").order_by("pk")
    read = text_of(slips.packing_slips(list(rows.prefetch_related(slips.with_lines())), utc_now()))
    for fact in ("Nothing is left to be sent. This was sent:", f"DHL · JD{orders[0].number}",
                 "CREAM", "BRUSH", "2 / 2"):  # fmt: skip
        assert fact in read, fact
    assert "€" not in read


def test_gift_says_that_it_is_wrapped_and_the_wrapping_is_no_goods(
    orders: Sequence[Order], brand: Brand
) -> None:
    assert "Wrapped as a gift" not in text_of(slips.packing_slips(orders, utc_now()))
    (line,) = orders[1].lines.all()
    wrapping = OrderLine.objects.for_brand(brand).get(pk=line.pk)
    wrapping.pk, wrapping._state.adding = new_id(), True
    wrapping.sku, wrapping.variant, wrapping.position = WRAPPING_SKU, None, 1
    wrapping.product_name, wrapping.quantity = "Gift wrapping", 1
    wrapping.save()
    rows = Order.objects.for_brand(brand).select_related("brand").order_by("pk")
    wrapped = list(rows.prefetch_related(slips.with_lines()))
    assert "Wrapped as a gift" in text_of(slips.packing_slips(wrapped, utc_now()))
    assert [pick.sku for pick in slips.picks_of(wrapped)] == ["BRUSH", "CREAM"]


def test_pick_list_adds_up_over_orders_by_location_and_sku(
    orders: Sequence[Order], brand: Brand
) -> None:
    first, second = orders
    picks = slips.picks_of(orders)
    assert picks == [
        Pick("Main location", "BRUSH", "Product BRUSH", "", 3, (second.number,)),
        Pick("Main location", "CREAM", "Product CREAM", "", 1, (first.number,)),
    ]
    cellar = Location.objects.create(brand=brand, name="Cellar")
    stock = Stock.objects.for_brand(brand).get(variant__sku="BRUSH")
    sale = StockMovement.objects.for_brand(brand).filter(stock=stock, reason="sold")
    sale.update(location=cellar, change=-2)
    at = [(pick.location, pick.sku, pick.quantity) for pick in slips.picks_of(orders)]
    assert at == [("Cellar", "BRUSH", 2), ("Main location", "BRUSH", 1),
                  ("Main location", "CREAM", 1)]  # fmt: skip
    sale.update(location=None, change=-3)
    assert "4 units for 2 orders" in text_of(slips.pick_list(orders, utc_now()))


def test_clerk_prints_slips_of_chosen_orders(
    orders: Sequence[Order], producer: User, stranger: User, client: Client
) -> None:
    client.force_login(producer)
    for action in ("print_packing_slips", "print_pick_list"):
        answer = client.post(
            "/admin/checkout/order/",
            {"action": action, "_selected_action": [one.pk for one in orders]},
        )
        assert answer["Content-Type"] == "application/pdf", action
    address = f"/admin/checkout/order/{orders[0].pk}/packing-slip/"
    assert client.get(address).content.startswith(b"%PDF")
    client.force_login(stranger)
    assert client.get(address).status_code == 404
