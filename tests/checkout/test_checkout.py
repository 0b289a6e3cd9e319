"""Checkout before the money: holds, frozen prices, who gets it and how it is sent."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price
from showfloor.checkout import provider
from showfloor.checkout.models import Checkout, ShippingOption
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import reconciliation
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
from tests.checkout.shopping import ADDRESS, Shopper
from tests.stock.helpers import level, make_variant


def test_last_item_goes_to_one_of_two(shopper: Shopper, rival: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    assert (shopper.add("CREAM").status, rival.add("CREAM").status) == (200, 200)
    assert shopper.begin().status == 201
    refused = rival.begin()
    assert refused.status == 409
    assert {key: refused.body[key] for key in ("code", "field", "available", "detail")} == {
        "code": "sold-out", "field": "CREAM", "available": 0, "detail": "Sold out.",
    }  # fmt: skip
    assert level(cream) == (1, 1)
    assert Checkout.objects.for_brand(brand).count() == 1


def test_empty_cart_cannot_be_checked_out(shopper: Shopper) -> None:
    refused = shopper.begin()
    assert (refused.status, refused.body["code"]) == (422, "cart-empty")


def test_checkout_does_not_begin_without_a_payment_provider(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    shopper.add("CREAM")
    provider.use(None)
    refused = shopper.begin()
    assert (refused.status, refused.body["code"]) == (503, "no-payments")
    assert level(cream) == (1, 0)
    assert not Checkout.objects.for_brand(brand).exists()


def test_jobs_of_payments_have_nothing_to_do_without_a_provider(db: None) -> None:
    """They run every few seconds: an error each time would fill the log."""
    provider.use(None)
    assert (reconciliation.reconcile(utc_now()), reconciliation.send_refunds(utc_now())) == (0, 0)


def test_price_is_frozen_when_checkout_begins(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5, price=1990)
    shopper.add("CREAM", 2)
    begun = shopper.begin().body
    Price.objects.for_brand(brand).filter(variant=cream).update(amount=1)
    again = shopper.call("GET", f"/checkouts/{begun['id']}").body
    assert [(line["price"], line["line_total"]) for line in again["lines"]] == [(1990, 3980)]
    assert (again["totals"]["subtotal"], again["totals"]["total"]) == (3980, 3980 + 490)


def test_new_checkout_replaces_the_old_one(shopper: Shopper, brand: Brand) -> None:
    """One item, and a buyer who goes back and comes again: it is still hers."""
    cream = make_variant(brand, "CREAM", 1)
    shopper.add("CREAM")
    first, second = shopper.begin().body["id"], shopper.begin().body["id"]
    states = dict(Checkout.objects.for_brand(brand).values_list("pk", "state"))
    assert states == {first: "abandoned", second: "holding"}
    assert level(cream) == (1, 1)


def test_leaving_gives_the_stock_back(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    checkout_id = shopper.ready("CREAM")
    assert shopper.call("DELETE", f"/checkouts/{checkout_id}").status == 204
    assert shopper.call("DELETE", f"/checkouts/{checkout_id}").status == 204
    assert level(cream) == (1, 0)
    assert shopper.cart()["count"] == 1
    refused = shopper.call("PATCH", f"/checkouts/{checkout_id}", {"name": "Anna"})
    assert (refused.status, refused.body["code"]) == (409, "checkout-expired")


def test_checkout_runs_out_with_its_hold(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    checkout_id = shopper.ready("CREAM")
    later = utc_now() + timedelta(minutes=10, seconds=1)
    assert checkouts.expire_due(later - timedelta(seconds=30)) == 0
    assert (checkouts.expire_due(later), checkouts.expire_due(later)) == (1, 0)
    assert stock.expire_due(later) == 0
    assert level(cream) == (1, 0)
    refused = shopper.pay(checkout_id)
    assert (refused.status, refused.body["code"]) == (409, "checkout-expired")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_nobody_reaches_anothers_checkout(
    shopper: Shopper, rival: Shopper, brand: Brand, method: str
) -> None:
    make_variant(brand, "CREAM", 1)
    checkout_id = shopper.ready("CREAM")
    body = {"name": "Eve"} if method == "PATCH" else None
    assert rival.call(method, f"/checkouts/{checkout_id}", body).status == 404
    assert rival.pay(checkout_id).status == 404
    assert shopper.call("GET", f"/checkouts/{checkout_id}").body["name"] == "Anna Muster"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "anna"}, "email"),
        ({"email": "anna@example"}, "email"),
        ({"email": "a" * 260 + "@example.test"}, "email"),
        ({"email": "anna@example.test\nBcc: all@example.test"}, "email"),
        ({"name": "A" * 121}, "name"),
        ({"name": "Anna\x00"}, "name"),
        ({"address": {"country": "XX"}}, "address.country"),
        ({"address": {"country": "Germany"}}, "address.country"),
        ({"address": {"line1": "x" * 301}}, "address.line1"),
        ({"address": {"postal_code": "1" * 17}}, "address.postal_code"),
        ({"address": {"planet": "Mars"}}, "address.planet"),
        ({"shipping_option": "no-such-option"}, "shipping_option"),
        ({"total": 1}, "total"),
        ({"shipping": 0}, "shipping"),
    ],
)
def test_wrong_field_is_named(
    shopper: Shopper, brand: Brand, change: dict[str, Any], field: str
) -> None:
    make_variant(brand, "CREAM", 1)
    checkout_id = shopper.ready("CREAM")
    before = shopper.call("GET", f"/checkouts/{checkout_id}").body
    refused = shopper.call("PATCH", f"/checkouts/{checkout_id}", change)
    assert (refused.status, refused.body["field"]) == (422, field)
    assert shopper.call("GET", f"/checkouts/{checkout_id}").body == before


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"email": ""}, "email"),
        ({"name": " "}, "name"),
        ({"address": {"line1": ""}}, "address.line1"),
        ({"address": {"postal_code": ""}}, "address.postal_code"),
        ({"address": {"city": ""}}, "address.city"),
        ({"address": {"country": ""}}, "address.country"),
    ],
)
def test_order_needs_an_address(
    shopper: Shopper, brand: Brand, missing: dict[str, Any], field: str
) -> None:
    make_variant(brand, "CREAM", 1)
    checkout_id = shopper.ready("CREAM")
    assert shopper.call("PATCH", f"/checkouts/{checkout_id}", missing).status == 200
    refused = shopper.pay(checkout_id)
    assert (refused.status, refused.body["field"]) == (422, field)


def test_shipping_follows_the_country(shopper: Shopper, brand: Brand, post: ShippingOption) -> None:
    world = ShippingOption(brand=brand, name="World", price=1500, position=2)
    world.save()
    ShippingOption(brand=brand, name="Dollars", price=1, currency="USD").save()
    ShippingOption(brand=brand, name="Gone", price=1, active=False).save()
    make_variant(brand, "CREAM", 1)
    shopper.add("CREAM")
    checkout = shopper.begin().body
    assert [option["name"] for option in checkout["shipping_options"]] == ["Standard", "World"]
    path = f"/checkouts/{checkout['id']}"
    chosen = shopper.call("PATCH", path, {**ADDRESS, "shipping_option": post.pk}).body
    assert (chosen["shipping_option"], chosen["totals"]["total"]) == (post.pk, 1990 + 490)
    moved = shopper.call("PATCH", path, {"address": {"country": "us"}}).body
    assert moved["address"]["country"] == "US"
    assert [option["name"] for option in moved["shipping_options"]] == ["World"]
    assert (moved["shipping_option"], moved["totals"]["total"]) == (world.pk, 1990 + 1500)
    refused = shopper.call("PATCH", path, {"shipping_option": post.pk})
    assert (refused.status, refused.body["field"]) == (422, "shipping_option")


def test_checkout_to_a_country_without_shipping_is_not_paid(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 1)
    checkout_id = shopper.ready("CREAM")
    path = f"/checkouts/{checkout_id}"
    moved = shopper.call("PATCH", path, {"address": {"country": "FR"}}).body
    assert (moved["shipping_options"], moved["shipping_option"]) == ([], None)
    refused = shopper.pay(checkout_id)
    assert (refused.status, refused.body["field"]) == (422, "shipping_option")
