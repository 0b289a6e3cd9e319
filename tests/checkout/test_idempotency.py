"""The same request twice is one purchase."""

import pytest

from showfloor.accounts.models import Brand
from showfloor.checkout.models import Checkout, Order, Payment
from showfloor.outbox.models import IdempotencyKey
from tests.checkout.shopping import DECLINED, Shopper
from tests.stock.helpers import level, make_variant


@pytest.mark.parametrize("path", ["/cart/items", "/checkouts", "/checkouts/{id}/pay"])
@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel"])
def test_post_without_a_valid_key_names_the_header(
    shopper: Shopper, brand: Brand, path: str, key: str
) -> None:
    make_variant(brand, "CREAM", 5)
    checkout_id = shopper.ready("CREAM")
    body = b'{"sku":"CREAM"}' if "items" in path else b"{}"
    body = b'{"payment_method":"pm_x"}' if "pay" in path else body
    refused = shopper.send("POST", path.format(id=checkout_id), body, {"Idempotency-Key": key})
    assert (refused.status, refused.body["field"]) == (422, "Idempotency-Key")
    assert Checkout.objects.for_brand(brand).count() == 1
    assert Payment.objects.for_brand(brand).count() == 0


def test_adding_twice_with_one_key_adds_once(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    body = {"sku": "CREAM", "quantity": 1}
    first = shopper.call("POST", "/cart/items", body, key="tap")
    again = shopper.call("POST", "/cart/items", body, key="tap")
    assert (first.body, first.replayed) == (again.body, False)
    assert (again.status, again.replayed, shopper.cart()["count"]) == (200, True, 1)


def test_key_belongs_to_one_request(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    shopper.call("POST", "/cart/items", {"sku": "CREAM", "quantity": 1}, key="tap")
    other = shopper.call("POST", "/cart/items", {"sku": "CREAM", "quantity": 2}, key="tap")
    assert (other.status, other.body["code"]) == (422, "idempotency-key-reused")
    assert shopper.cart()["count"] == 1


def test_key_belongs_to_one_buyer_and_one_operation(
    shopper: Shopper, rival: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 5)
    for buyer in (shopper, rival):
        body = {"sku": "CREAM", "quantity": 1}
        assert not buyer.call("POST", "/cart/items", body, key="one").replayed
        assert not buyer.call("POST", "/checkouts", {}, key="one").replayed
    assert Checkout.objects.for_brand(brand).count() == 2


def test_beginning_twice_with_one_key_holds_once(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    shopper.add("CREAM")
    first = shopper.call("POST", "/checkouts", {}, key="begin")
    again = shopper.call("POST", "/checkouts", {}, key="begin")
    assert (again.status, again.body, again.replayed) == (201, first.body, True)
    assert level(cream) == (1, 1)
    stored = IdempotencyKey.objects.for_brand(brand).get(scope__startswith="checkout.begin")
    assert not stored.body.keys() & {"countries", "address_rows"}
    stored.body = first.body  # as before answers were kept in short
    stored.save()
    assert shopper.call("POST", "/checkouts", {}, key="begin").body == first.body


def test_refused_request_may_be_sent_again(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    assert shopper.call("POST", "/checkouts", {}, key="begin").status == 422
    shopper.add("CREAM")
    assert shopper.call("POST", "/checkouts", {}, key="begin").status == 201
    assert IdempotencyKey.objects.for_brand(brand).count() == 2


def test_paying_twice_with_one_key_is_one_order(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    checkout_id, method = shopper.ready("CREAM"), shopper.card()
    first = shopper.pay_with(checkout_id, method, key="pay")
    again = shopper.pay_with(checkout_id, method, key="pay")
    assert (again.status, again.body, again.replayed) == (200, first.body, True)
    assert Order.objects.for_brand(brand).count() == 1
    assert Payment.objects.for_brand(brand).count() == 1


def test_decline_is_replayed_under_its_key(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    checkout_id, method = shopper.ready("CREAM"), shopper.card(DECLINED)
    first = shopper.pay_with(checkout_id, method, key="pay")
    again = shopper.pay_with(checkout_id, method, key="pay")
    assert (first.status, again.status, again.replayed) == (402, 402, True)
    assert again.body == first.body
    assert Payment.objects.for_brand(brand).count() == 1
