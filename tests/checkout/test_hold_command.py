"""Holding the cart's goods over the open connection: the same as over HTTP, once per client id."""

from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.checkout.commands import perform_hold, perform_set
from showfloor.timeline.commands import Command, Outcome
from tests.checkout.shopping import Shopper
from tests.stock.helpers import level, make_variant


def claims_of(shopper: Shopper) -> Claims:
    return Claims(shopper.sub, shopper.brand.pk, network=shopper.network)


def ask(claims: Claims, key: str, **body: object) -> Outcome:
    (outcome,) = perform_hold(claims.brand, [Command(key, "hold", body, claims, "show", "en")])
    return outcome


def test_cart_is_held_once(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5, price=1990)
    shopper.add("CREAM", 2)
    claims = claims_of(shopper)
    first = ask(claims, "k1")
    assert first.problem is None
    assert level(cream) == (5, 2)
    assert ask(claims, "k1").result == first.result
    assert level(cream) == (5, 2)
    shown = shopper.call("GET", f"/checkouts/{first.result['checkout']['id']}")
    assert shown.body == first.result["checkout"]


def test_refused_hold_gives_its_reason(shopper: Shopper, brand: Brand) -> None:
    claims = claims_of(shopper)
    empty = ask(claims, "k1")
    assert empty.problem is not None
    assert (empty.problem["status"], empty.problem["code"]) == (422, "cart-empty")
    odd = ask(claims, "k2", sku="CREAM")
    assert odd.problem is not None
    assert (odd.problem["status"], odd.problem["field"]) == (422, "sku")


def test_quantity_for_an_older_cart_is_refused_and_changes_nothing(
    shopper: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 5)
    shopper.add("CREAM")
    shopper.add("CREAM")  # in another tab: version 2
    claims = claims_of(shopper)

    def set_to(quantity: int, version: int, key: str) -> Outcome:
        body = {"sku": "CREAM", "quantity": quantity, "version": version}
        (outcome,) = perform_set(brand.pk, [Command(key, "cart.set", body, claims, "show", "en")])
        return outcome

    stale = set_to(5, 1, "k1").problem
    assert stale is not None
    assert (stale["status"], stale["code"], stale["field"]) == (409, "cart-changed", "version")
    assert [item["quantity"] for item in shopper.cart()["items"]] == [2]
    fresh = set_to(5, 2, "k2").result
    assert fresh is not None
    assert (fresh["cart"]["version"], fresh["cart"]["count"]) == (3, 5)
