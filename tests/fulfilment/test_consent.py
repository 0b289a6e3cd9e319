"""Digital content that begins before the period of withdrawal is over, and tickets for a date
(Directive 2011/83/EU Art. 8(7), 16(l), 16(m); § 356(5) BGB)."""

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Product, Variant
from showfloor.checkout.models import Checkout, Order, ShippingOption
from showfloor.checkout.order_emails import MailKind, render_order
from showfloor.fulfilment import withdrawals
from showfloor.kernel.clock import utc_now
from showfloor.shows.models import Show
from tests.checkout.shopping import Shopper, deliver
from tests.fulfilment.conftest import line
from tests.support.shows import make_show

type Bought = tuple[Shopper, str]


def sell_as(exception: str, variant: Variant) -> None:
    rows = Product.objects.for_brand(variant.product.brand_id).filter(pk=variant.product_id)
    rows.update(withdrawal_exception=exception)


@pytest.fixture
def begun(cream: Variant, brush: Variant, shopper: Shopper, post: ShippingOption) -> str:
    """A checkout of a digital cream and a brush, filled in."""
    sell_as("digital", cream)
    shopper.add("CREAM")
    return shopper.ready("BRUSH")


def test_digital_content_is_not_sold_without_the_consent(
    begun: str, shopper: Shopper, brand: Brand
) -> None:
    view = shopper.call("GET", f"/checkouts/{begun}").body
    assert (view["needs_consent"], view["consented"]) == (True, False)  # nothing is pre-ticked
    refused = shopper.pay(begun)
    assert (refused.status, refused.body["field"]) == (422, "begin_at_once")
    assert refused.body["code"] == "consent-needed"
    assert not Order.objects.for_brand(brand).exists()
    for given in (True, False):
        said = shopper.call("PATCH", f"/checkouts/{begun}", {"begin_at_once": given})
        assert said.body["consented"] is given
    assert shopper.pay(begun).status == 422  # taken back before the purchase
    wrong = shopper.call("PATCH", f"/checkouts/{begun}", {"begin_at_once": "yes"})
    assert (wrong.status, wrong.body["field"]) == (422, "begin_at_once")


def test_consent_stands_in_order_mail_and_withdrawal(
    begun: str, shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    shopper.call("PATCH", f"/checkouts/{begun}", {"begin_at_once": True})
    at = Checkout.objects.for_brand(brand).get(pk=begun).consented_at
    shopper.call("PATCH", f"/checkouts/{begun}", {"begin_at_once": True})  # the first moment counts
    assert shopper.pay(begun).status == 200
    deliver(testpay)
    order = Order.objects.for_brand(brand).get()
    assert at is not None
    assert order.consented_at == at
    mail = render_order(order, MailKind.ORDER_CONFIRMED)
    for text in (mail.text, mail.html):
        assert text.count("you asked that the digital content of this order begins at once") == 1
        assert text.count("began with your consent: it cannot be withdrawn from") == 1
    right = withdrawals.right_of(order, utc_now())
    assert [(one.line.sku, one.units, one.is_excluded) for one in right.lines] == [
        ("CREAM", 0, True), ("BRUSH", 1, False),
    ]  # fmt: skip
    Order.objects.for_brand(brand).update(consented_at=None)  # as orders of before are
    order.refresh_from_db()
    right = withdrawals.right_of(order, utc_now())
    assert [one.units for one in right.lines] == [1, 1]


def test_goods_on_a_thing_need_no_consent_and_a_ticket_is_named_before_it_is_bought(
    cream: Variant, brush: Variant, shopper: Shopper, testpay: TestPay, brand: Brand
) -> None:
    sell_as("dated", cream)
    shopper.add("CREAM")
    checkout = shopper.ready("BRUSH")
    view = shopper.call("GET", f"/checkouts/{checkout}").body
    assert view["needs_consent"] is False
    notes = {row["sku"]: row["withdrawal_note"] for row in view["lines"]}
    assert notes == {"CREAM": "For a certain date: it cannot be withdrawn from.", "BRUSH": ""}
    assert shopper.pay(checkout).status == 200
    deliver(testpay)
    order = Order.objects.for_brand(brand).get()
    assert order.consented_at is None
    assert "For a certain date" in render_order(order, MailKind.ORDER_CONFIRMED).text
    right = withdrawals.right_of(order, utc_now())
    assert {one.line.sku: one.units for one in right.lines} == {"CREAM": 0, "BRUSH": 1}
    assert line(order, "CREAM").withdrawal_exception == "dated"


@pytest.fixture
def show(brand: Brand) -> Show:
    return make_show(brand)


@pytest.mark.parametrize(
    ("kind", "chosen", "expected"),
    [("attend", "", "dated"), ("watch", "", "digital"), ("attend", "bespoke", "bespoke")],
)
def test_right_of_a_product_names_its_exception_unless_somebody_chose(
    brand: Brand, cream: Variant, show: Show, producer: User, kind: str, chosen: str, expected: str
) -> None:
    sell_as(chosen, cream)
    client = Client()
    client.force_login(producer)
    answer = client.post(
        "/admin/checkout/productgrant/add/",
        {"product": cream.product_id, "kind": kind, "show": show.pk, "file": "", "days": ""},
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert (
        Product.objects.for_brand(brand).get(pk=cream.product_id).withdrawal_exception == expected
    )
    page = client.get(f"/admin/catalogue/product/{cream.product_id}/change/").content.decode()
    assert show.title in page
    assert f"/admin/checkout/productgrant/add/?product={cream.product_id}" in page
