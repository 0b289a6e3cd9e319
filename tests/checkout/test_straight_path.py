"""From the cart to the mail, as it should be."""

import pytest
from django.core import mail as outbox

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.models import Order
from showfloor.outbox.jobs import send_messages
from showfloor.timeline import personal_stream
from showfloor.timeline.bus import Wake, bus
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import level, make_variant


def test_cart_checkout_pay_webhook_mail(shopper: Shopper, brand: Brand, testpay: TestPay) -> None:
    cream = make_variant(brand, "CREAM", 5, price=1990)
    assert shopper.add("CREAM", 2).body["subtotal"] == 3980
    checkout = shopper.begin()
    assert (checkout.status, level(cream)) == (201, (5, 2))
    assert checkout.body["totals"] == {
        "subtotal": 3980, "discount": 0, "shipping": 490, "shipping_adjustments": [],
        "tax_included": 714, "tax_added": 0, "total": 4470, "currency": "EUR",
        "taxes": [{"rate_bp": 1900, "net": 3756, "tax": 714, "exemption": ""}],
    }  # fmt: skip
    checkout_id = shopper.fill_in(checkout.body["id"])
    totals = shopper.call("GET", f"/checkouts/{checkout_id}").body["totals"]
    assert (totals["shipping"], totals["tax_included"], totals["total"]) == (490, 714, 4470)

    paid = shopper.pay(checkout_id)
    assert paid.status == 200, paid
    order = paid.body["order"]
    assert (order["state"], order["payment_state"]) == ("placed", "authorized")
    assert shopper.cart()["items"] == []
    assert level(cream) == (5, 2)
    assert send_messages() == 0

    assert [answer.body for answer in deliver(testpay)] == [{"outcome": "applied"}]
    told = shopper.order(order["number"])
    assert (told["state"], told["payment_state"]) == ("confirmed", "captured")
    assert told["totals"]["total"] == 4470
    assert level(cream) == (3, 0)

    owner = Order.objects.for_brand(brand).get().owner
    news = [entry.body for entry in personal_stream.read(brand.pk, owner)]
    assert news == [
        {"number": order["number"], "state": "placed", "payment_state": "authorized"},
        {"number": order["number"], "state": "confirmed", "payment_state": "captured"},
    ]

    assert (send_messages(), send_messages()) == (1, 0)
    (sent,) = outbox.outbox
    assert sent.to == ["anna@example.test"]
    assert sent.subject == f"Your order {order['number']} at Maison Test"
    assert "2 × Product CREAM: €39.80" in sent.body
    assert "Total: €44.70" in sent.body
    assert "including 19 % tax: €7.14" in sent.body


class SecondTab:
    """Reads its cart at the moment at which it hears of the order."""

    def __init__(self, shopper: Shopper) -> None:
        self._shopper = shopper
        self.carts: list[list[str]] = []

    def hear(self, wake: Wake) -> None:
        if wake.person:
            self.carts.append([item["sku"] for item in self._shopper.cart()["items"]])


@pytest.mark.django_db(transaction=True)
def test_second_tab_that_hears_of_the_order_finds_it_out_of_the_cart(
    shopper: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 5)
    make_variant(brand, "SOAP", 5)
    checkout_id = shopper.ready("CREAM")
    shopper.add("SOAP")  # after the checkout began
    tab = SecondTab(shopper)
    stop_hearing = bus.subscribe(tab.hear)
    try:
        assert shopper.pay(checkout_id).status == 200
    finally:
        stop_hearing()
    assert tab.carts == [["SOAP"]]
