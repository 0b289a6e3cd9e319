"""Bundles: variants that cost less together, in cart, checkout and order."""

from collections.abc import Iterator
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price
from showfloor.kernel.clock import utc_now
from showfloor.pricing.models import Bundle, BundleItem, Voucher
from showfloor.pricing.promotions import queries as promotions
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    promotions.forget()
    yield
    promotions.forget()


def make_bundle(brand: Brand, on_hand: int = 5, **more: Any) -> Bundle:
    """A cream and two balms, of 19.90 each, for 50.00 instead of 59.70."""
    values: dict[str, Any] = {"name": "Care set", "price": 5000, "published": True} | more
    made = Bundle(brand=brand, **values)
    made.save()
    for sku, count in (("CREAM", 1), ("BALM", 2)):
        variant = make_variant(brand, sku, on_hand)
        BundleItem(bundle=made, variant=variant, quantity=count).save()
    return made


def add_set(shopper: Shopper, bundle_id: str) -> Any:
    return shopper.call("POST", f"/cart/bundles/{bundle_id}", {})


def test_one_tap_adds_the_set_and_its_price_lasts_into_the_order(
    shopper: Shopper, brand: Brand
) -> None:
    bundle = make_bundle(brand)
    shopper.add("CREAM")
    (offered,) = shopper.cart()["bundles"]
    assert (offered["price"], offered["worth"], offered["times"]) == (5000, 5970, 0)
    cart = add_set(shopper, bundle.pk).body
    assert [(item["sku"], item["quantity"]) for item in cart["items"]] == [
        ("CREAM", 2), ("BALM", 2),
    ]  # fmt: skip
    assert (cart["bundles"][0]["times"], cart["bundles"][0]["off"]) == (1, 970)
    assert cart["subtotal"] == 4 * 1990 - 970
    Voucher(brand=brand, code="TEN", kind="percent", value=1000).save()
    begun = shopper.begin().body
    assert begun["totals"]["discount"] == 970
    Price.objects.for_brand(brand).update(amount=9900)
    checkout_id = shopper.fill_in(begun["id"])
    body = shopper.call("PATCH", f"/checkouts/{checkout_id}", {"voucher": "TEN"}).body
    rows = [[(row["kind"], row["amount"]) for row in line["adjustments"]] for line in body["lines"]]
    assert rows == [[("bundle", -323), ("voucher", -366)], [("bundle", -647), ("voucher", -333)]]
    order = shopper.order(shopper.pay(checkout_id).body["order"]["number"])
    assert order["totals"]["total"] == 4 * 1990 - 970 - 366 - 333 + 490


def test_set_is_added_whole_or_not_at_all(shopper: Shopper, brand: Brand) -> None:
    bundle = make_bundle(brand, 1)  # two balms are needed
    answer = add_set(shopper, bundle.pk)
    assert (answer.status, answer.body["code"]) == (409, "sold-out")
    assert shopper.cart()["items"] == []
    assert add_set(shopper, "nothing").status == 404


def test_draft_ended_or_dearer_bundle_and_one_of_another_brand_take_nothing_off(
    shopper: Shopper, brand: Brand, other_brand: Brand
) -> None:
    bundle = make_bundle(brand)
    assert add_set(shopper, bundle.pk).body["subtotal"] == 5000
    for change in (
        {"published": False}, {"published": True, "ends_at": utc_now()},
        {"ends_at": None, "price": 5970}, {"price": 5000, "currency": "CHF"},
    ):  # fmt: skip
        Bundle.objects.for_brand(brand).update(**change)
        promotions.forget()
        cart = shopper.cart()
        assert (cart["subtotal"], cart["bundles"]) == (5970, [])
    Bundle.objects.for_brand(brand).update(currency="EUR", brand=other_brand)
    promotions.forget()
    assert shopper.cart()["bundles"] == []
    assert add_set(shopper, bundle.pk).status == 404
