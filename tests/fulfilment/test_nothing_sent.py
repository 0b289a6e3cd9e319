"""Carts of nothing but downloads and tickets: no way of sending, no street, nothing to ship."""

from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout.entitlement_models import Entitlement, ProductGrant
from showfloor.checkout.models import Checkout, Order, ShippingOption
from showfloor.checkout.order_emails import MailKind, render_order
from showfloor.checkout.order_links import path_of
from showfloor.fulfilment import cancellations, edits, queries, refunds, shipments, withdrawals
from showfloor.fulfilment.documents import slips
from showfloor.fulfilment.progress import lines_of
from showfloor.fulfilment.queries import Work
from showfloor.fulfilment.rules import Wanted
from showfloor.fulfilment.withdrawal_rules import Statement
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.shows import services
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges
from tests.checkout.shopping import Shopper, deliver
from tests.fulfilment.conftest import BRUSH, CREAM, SHIPPING, line
from tests.support.shows import make_show

BUYER = {"email": "anna@example.test", "name": "Anna Muster", "address": {"country": "DE"}}


@pytest.fixture(autouse=True)
def ticket(brand: Brand, cream: Variant, brush: Variant, post: ShippingOption) -> Show:
    """A cream is a ticket; a brush is a brush."""
    show = make_show(brand)
    ProductGrant.objects.create(brand=brand, product=cream.product, kind="attend", show=show)
    Product.objects.for_brand(brand).filter(pk=cream.product_id).update(
        is_sent=False, withdrawal_exception="dated"
    )
    return show


def begin(shopper: Shopper, sku: str = "CREAM", quantity: int = 2) -> Any:
    shopper.add(sku, quantity)
    return shopper.begin().body


def buy(shopper: Shopper, testpay: TestPay, brand: Brand) -> Order:
    checkout = begin(shopper)["id"]
    assert shopper.call("PATCH", f"/checkouts/{checkout}", BUYER).status == 200
    assert shopper.pay(checkout).status == 200
    deliver(testpay)
    return Order.objects.for_brand(brand).get()


def test_ticket_is_bought_with_email_name_and_country_alone(
    shopper: Shopper, brand: Brand, testpay: TestPay, post: ShippingOption
) -> None:
    view = begin(shopper)
    path = f"/checkouts/{view['id']}"
    assert (view["needs_shipping"], view["shipping_options"]) == (False, [])
    assert (view["shipping_option"], view["totals"]["shipping"]) == (None, 0)
    for missing in ("email", "name"):
        refused = shopper.call("PATCH", path, {**BUYER, missing: ""})
        assert refused.status == 200
        refused = shopper.pay(view["id"])
        assert (refused.status, refused.body["field"]) == (422, missing)
    refused = shopper.call("PATCH", path, {**BUYER, "shipping_option": post.pk})
    assert (refused.status, refused.body["field"]) == (422, "shipping_option")
    assert refused.body["detail"] == "Nothing of this is sent: name no way of sending."
    filled = shopper.call("PATCH", path, BUYER)
    assert (filled.status, filled.body["totals"]["total"]) == (200, 2 * CREAM)
    Checkout.objects.for_brand(brand).update(country="")
    refused = shopper.pay(view["id"])
    assert (refused.status, refused.body["field"]) == (422, "address.country")
    shopper.call("PATCH", path, BUYER)
    assert shopper.pay(view["id"]).status == 200
    deliver(testpay)
    order = Order.objects.for_brand(brand).get()
    assert (order.total, order.shipping, order.shipping_name) == (2 * CREAM, 0, "")
    assert (order.state, order.deliver_from, order.line1, order.country) == (
        "completed", None, "", "DE",
    )  # fmt: skip
    assert shopper.order(order.number)["needs_shipping"] is False
    assert Entitlement.objects.for_brand(brand).get().quantity == 2


def test_business_names_its_street_for_the_invoice(shopper: Shopper, brand: Brand) -> None:
    checkout = begin(shopper)["id"]
    shopper.call("PATCH", f"/checkouts/{checkout}", BUYER)
    Checkout.objects.for_brand(brand).update(vat_id="DE136695976")
    refused = shopper.pay(checkout)
    assert (refused.status, refused.body["field"]) == (422, "address.line1")
    there = {"line1": "Weg 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
    shopper.call("PATCH", f"/checkouts/{checkout}", {"address": there})
    assert shopper.pay(checkout).status == 200
    order = Order.objects.for_brand(brand).get()
    assert (order.line1, order.city, order.needs_shipping) == ("Weg 1", "Berlin", False)
    assert "Weg 1" in render_order(order, MailKind.ORDER_CONFIRMED).text


def test_brand_that_sends_nothing_sells_tickets(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    ShippingOption.objects.for_brand(brand).delete()
    assert buy(shopper, testpay, brand).total == 2 * CREAM


def test_order_of_tickets_waits_for_no_clerk_and_says_nothing_of_sending(
    shopper: Shopper, brand: Brand, testpay: TestPay, client: Client, clerk: User
) -> None:
    order = buy(shopper, testpay, brand)
    assert set(queries.counts(Order.objects.for_brand(brand), utc_now()).values()) == {0}
    assert [(one.open, one.unshipped) for one in lines_of(order)] == [(0, 2)]
    with pytest.raises(Conflict, match="still to be sent"):
        shipments.ship(
            _confirmed(order), {line(order, "CREAM").pk: 1}, shipments.Parcel(), "k", utc_now()
        )
    _completed(order)
    mail = render_order(order, MailKind.ORDER_CONFIRMED)
    for text in (mail.text, mail.html, client.get(path_of(order)).content.decode()):
        assert "Shipping" not in text
        assert "Delivery address" not in text
        assert "Anna Muster" in text
    page = client.get(path_of(order)).content.decode()
    assert "Paid. It is yours now: nothing is sent." in page
    assert "order-expected" not in page
    client.force_login(clerk)
    sheet = client.get(f"/admin/checkout/order/{order.pk}/change/").content.decode()
    assert "Nothing is sent" in sheet
    typed = {"email": "anne@example.test"}
    assert list(edits.edit(order, typed, edits.version(order), utc_now(), by=clerk)) == ["email"]


def _confirmed(order: Order) -> Order:
    Order.objects.for_brand(order.brand_id).update(state="confirmed")
    order.refresh_from_db()
    return order


def _completed(order: Order) -> None:
    Order.objects.for_brand(order.brand_id).update(state="completed")
    order.refresh_from_db()


def test_refunded_ticket_is_taken_back_and_its_seat_is_free_again(
    shopper: Shopper, brand: Brand, testpay: TestPay, cream: Variant
) -> None:
    order = buy(shopper, testpay, brand)
    ask = refunds.Ask(Wanted({line(order, "CREAM").pk: 1}), True, returned=True)
    assert refunds.refund(order, ask, "r1", utc_now()).amount == CREAM
    assert [(one.dropped, one.returned) for one in lines_of(order)] == [(1, 0)]
    order.refresh_from_db()
    assert order.state == "completed"
    with pytest.raises(Conflict):  # the buyer has it: no way to cancel it as unsent goods
        cancellations.cancel(order, utc_now())


def test_withdrawal_from_an_unsent_thing_gives_its_money_back_and_awaits_no_parcel(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    Product.objects.for_brand(brand).update(withdrawal_exception="")
    order = buy(shopper, testpay, brand)
    right = withdrawals.right_of(order, utc_now())
    assert right.ends_at is not None
    assert [one.units for one in right.lines] == [2]
    given = Statement("Anna Muster", order.number, "anna@example.test", "", {})
    made = withdrawals.declare(brand, order, given, "w" * 26, utc_now())
    assert withdrawals.expected_return(made) is None
    assert refunds.left(order) == 0


def test_mixed_cart_is_sent_without_its_ticket(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    shopper.add("CREAM")
    checkout = shopper.ready("BRUSH")
    assert shopper.pay(checkout).status == 200
    deliver(testpay)
    order = Order.objects.for_brand(brand).get()
    assert (order.state, order.total, order.needs_shipping) == (
        "confirmed", CREAM + BRUSH + SHIPPING, True,
    )  # fmt: skip
    rows = Order.objects.for_brand(brand)
    assert queries.counts(rows, utc_now())[Work.TO_SHIP] == 1
    listed = slips._open_lines(list(rows.prefetch_related(slips.with_lines())))
    assert [(row.sku, units) for _order, row, units in listed] == [("BRUSH", 1)]
    assert shipments.open_units(order) == {line(order, "BRUSH").pk: 1}
    cancellations.cancel_lines(order, {line(order, "BRUSH").pk: 1}, "c1", utc_now())
    order.refresh_from_db()
    assert order.state == "completed"  # the ticket counts
    assert Entitlement.objects.for_brand(brand).get().revocations.count() == 0


def test_cancelled_mixed_order_takes_its_ticket_back(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    shopper.add("CREAM")
    shopper.pay(shopper.ready("BRUSH"))
    deliver(testpay)
    order = Order.objects.for_brand(brand).get()
    units = {one.id: 1 for one in lines_of(order)}
    cancellations.cancel_lines(order, units, "c1", utc_now())
    order.refresh_from_db()
    assert (order.state, refunds.left(order)) == ("cancelled", 0)
    assert Entitlement.objects.for_brand(brand).get().revocations.count() == 1


def test_street_of_last_time_is_not_carried_into_an_order_of_tickets(
    shopper: Shopper, brand: Brand
) -> None:
    shopper.ready("BRUSH")
    shopper.call("PATCH", "/cart/items/BRUSH", {"quantity": 0})
    view = begin(shopper)
    assert (view["email"], view["address"]["line1"]) == ("anna@example.test", "")


def test_first_right_of_a_product_says_that_nothing_is_sent_and_staff_can_say_otherwise(
    brand: Brand, brush: Variant, ticket: Show, producer: User, client: Client
) -> None:
    client.force_login(producer)
    add = "/admin/checkout/productgrant/add/"
    row = {"product": brush.product_id, "kind": "attend", "show": ticket.pk, "file": "", "days": ""}
    page = client.post(add, row, follow=True).content.decode()
    assert "Nothing is sent to buyers of" in page
    products = Product.objects.for_brand(brand).filter(pk=brush.product_id)
    assert products.get().is_sent is False
    products.update(is_sent=True)  # a kit with goods in it
    client.post(add, {**row, "kind": "watch"})
    assert products.get().is_sent is True


def test_last_right_of_a_published_show_is_not_deleted(
    brand: Brand, brush: Variant, ticket: Show, producer: User, client: Client
) -> None:
    services.update_show(ticket, ShowChanges({"published": True, "open_to": "ticket"}))
    grants = ProductGrant.objects.for_brand(brand)
    path = f"/admin/checkout/productgrant/{grants.get().pk}/delete/"
    client.force_login(producer)
    page = client.post(path, {"post": "yes"}).content.decode()
    assert "and nothing else sells one" in page
    assert grants.count() == 1
    ProductGrant.objects.create(brand=brand, product=brush.product, kind="attend", show=ticket)
    assert client.post(path, {"post": "yes"}).status_code == 302
    assert grants.count() == 1
