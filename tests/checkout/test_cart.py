"""Carts: what can be put in, and what a client may not say."""

import json
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.checkout.models import CartLine
from showfloor.stock import services as stock
from showfloor.timeline import personal_stream
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant
from tests.support.shows import make_show


def test_empty_cart(shopper: Shopper) -> None:
    assert shopper.cart() == {
        "version": 0, "currency": "EUR", "market": "", "unpriced": [], "reserved": [], "gift": None,
        "bundles": [], "items": [], "subtotal": 0, "count": 0, "held": {},
    }  # fmt: skip


def test_cart_shows_prices_and_stock_of_now(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 3, price=1990)
    Variant.objects.for_brand(brand).filter(pk=cream.pk).update(options={"Size": "50 ml"})
    shopper.add("CREAM")
    Price.objects.for_brand(brand).filter(variant=cream).update(amount=1790)
    assert shopper.add("CREAM").body == {
        "version": 2,
        "currency": "EUR",
        "market": "",
        "unpriced": [], "reserved": [], "gift": None, "bundles": [],
        "items": [
            {
                "sku": "CREAM", "variant_id": cream.pk, "product_id": cream.product_id,
                "name": "Product CREAM", "options": {"Size": "50 ml"}, "image_url": None,
                "quantity": 2, "price": 1790, "compare_at_price": None,
                "lowest_price_30d": None, "sale": None, "line_total": 3580, "available": 3,
            }
        ],
        "subtotal": 3580,
        "count": 2,
        "held": {},
    }  # fmt: skip


def test_quantities_are_set_and_lines_removed(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "LIP/ROSÉ 3", 9)
    shopper.add("LIP/ROSÉ 3", 5)
    path = "/cart/items/LIP%2FROS%C3%89%203"
    assert shopper.call("PATCH", path, {"quantity": 2}).body["count"] == 2
    assert shopper.call("PATCH", path, {"quantity": 0}).body["items"] == []
    assert shopper.call("PATCH", path, {"quantity": 0}).status == 200
    assert shopper.call("PATCH", path, {"quantity": 1}).status == 404


def test_quantity_above_the_stock_is_refused(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 3)
    shopper.add("CREAM", 2)
    refused = shopper.add("CREAM", 2)
    assert (refused.status, refused.body["code"], refused.body["available"]) == (409, "sold-out", 3)
    assert refused.body["field"] == "CREAM"
    assert shopper.cart()["count"] == 2


def test_quantity_of_a_sold_out_variant_can_be_reduced(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 3)
    shopper.add("CREAM", 3)
    stock.set_level(brand.pk, cream.pk, 0)
    assert shopper.call("PATCH", "/cart/items/CREAM", {"quantity": 2}).body["count"] == 2
    assert shopper.call("PATCH", "/cart/items/CREAM", {"quantity": 3}).status == 409


@pytest.mark.parametrize(
    "quantity",
    [0, -1, -(2**31), 21, 2**31 - 1, 2**31, 2**63, 1.5, 1.0, "2", "٢", True, None, [], {}, "NaN"],
)
def test_quantity_out_of_bounds_is_refused(shopper: Shopper, brand: Brand, quantity: Any) -> None:
    make_variant(brand, "CREAM", 100)
    refused = shopper.call("POST", "/cart/items", {"sku": "CREAM", "quantity": quantity})
    assert (refused.status, refused.body["field"]) == (422, "quantity")
    assert shopper.cart()["items"] == []


@pytest.mark.parametrize("text", ['{"sku":"CREAM","quantity":NaN}', '{"sku":"CREAM"', "[]", "7"])
def test_body_that_is_not_json_is_refused(shopper: Shopper, brand: Brand, text: str) -> None:
    make_variant(brand, "CREAM", 100)
    refused = shopper.send("POST", "/cart/items", text.encode())
    assert refused.status in {400, 422}
    assert shopper.cart()["items"] == []


@pytest.mark.parametrize("key", ["price", "currency", "amount", "discount", "brand", "owner"])
def test_money_is_never_taken_from_the_client(shopper: Shopper, brand: Brand, key: str) -> None:
    make_variant(brand, "CREAM", 100)
    refused = shopper.add("CREAM", 1, **{key: 1})
    assert (refused.status, refused.body["field"]) == (422, key)
    assert shopper.cart()["items"] == []


@pytest.mark.parametrize("sku", ["THEIRS", "HIDDEN", "NOWHERE", "' OR 1=1 --", "A\x00", "\ud800"])
def test_only_this_brands_published_products(
    shopper: Shopper, brand: Brand, other_brand: Brand, sku: str
) -> None:
    make_variant(other_brand, "THEIRS", 5)
    hidden = make_variant(brand, "HIDDEN", 5)
    Product.objects.for_brand(brand).filter(pk=hidden.product_id).update(published=False)
    assert shopper.add(sku).status in {404, 422}
    assert shopper.cart()["items"] == []


def test_variant_without_a_price_in_the_brands_currency_is_not_sold(
    shopper: Shopper, brand: Brand
) -> None:
    cream = make_variant(brand, "CREAM", 5)
    Price.objects.for_brand(brand).filter(variant=cream).update(currency="USD")
    refused = shopper.add("CREAM")
    assert (refused.status, refused.body["code"]) == (422, "not-on-sale")


def test_two_guests_have_two_carts(shopper: Shopper, rival: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    shopper.add("CREAM")
    assert rival.cart()["items"] == []


def test_cart_line_keeps_its_show_and_show_time(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    show = make_show(brand)
    shopper.add("CREAM", show=show.slug, show_time_s=12.34567)
    line = CartLine.objects.for_brand(brand).get()
    assert (line.show_id, line.show_time_s) == (show.pk, 12.346)


@pytest.mark.parametrize("hint", [{"show": "no-such-show"}, {"show_time_s": -1}, {}])
def test_wrong_attribution_does_not_stop_a_sale(
    shopper: Shopper, brand: Brand, hint: dict[str, Any]
) -> None:
    make_variant(brand, "CREAM", 5)
    assert shopper.add("CREAM", **hint).status == 200
    line = CartLine.objects.for_brand(brand).get()
    assert (line.show_id, line.show_time_s) == (None, None)


def test_cart_is_not_cached_and_needs_a_token(shopper: Shopper) -> None:
    response = shopper.client.get("/api/v1/cart")
    assert response.status_code == 401
    assert json.loads(response.content)["code"] == "no-token"


@pytest.mark.parametrize(
    "path", ["/cart/items/A%00", "/checkouts/%00", "/orders/%00", "/orders/%FF"]
)
def test_malformed_path_is_not_found(shopper: Shopper, path: str) -> None:
    method = "PATCH" if "items" in path else "GET"
    assert shopper.call(method, path, {"quantity": 1} if "items" in path else None).status == 404


def test_members_other_devices_hear_of_a_changed_cart(
    shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    make_variant(brand, "CREAM", 5)
    member = Shopper(Client(), brand, "m:01jd0000000000000000000000", testpay)
    assert member.add("CREAM").status == shopper.add("CREAM").status == 200
    member.call("PATCH", "/cart/items/CREAM", {"quantity": 3, "version": 1})
    refused = member.call("PATCH", "/cart/items/CREAM", {"quantity": 4, "version": 1})
    assert (refused.status, refused.body["code"]) == (409, "cart-changed")
    told = personal_stream.read(brand.pk, member.sub)
    assert [(one.kind, one.body) for one in told] == [
        ("cart.changed", {"version": 1}), ("cart.changed", {"version": 2}),
    ]  # fmt: skip
    assert personal_stream.read(brand.pk, shopper.sub) == []
