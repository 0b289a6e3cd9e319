"""Someone fills a cart as a guest and signs in: nothing is lost, and nothing is there twice."""

from dataclasses import dataclass, replace

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from showfloor.accounts.models import Brand, Member, User
from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Cart, CartLine, Checkout, Order
from showfloor.checkout.rules import CART_LINES_MAX
from tests.accounts.test_log_in import PASSWORD, code_in_mail
from tests.checkout.shopping import Shopper
from tests.stock.helpers import level, make_variant

EMAIL = "mia@example.test"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone's browser: who they are follows from its cookies alone."""

    client: Client
    shopper: Shopper

    def now(self) -> Shopper:
        answer = self.client.post("/api/v1/viewer-token", {}, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return replace(self.shopper, sub=answer.json()["viewer"]["id"])

    def sign_in(self) -> Shopper:
        done = self.client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
        assert done.status_code == 302, done.context["form"].errors
        return self.join()

    def join(self) -> Shopper:
        """Say yes to the question that signing in leads to from a show's page."""
        done = self.client.post(f"/brands/{self.shopper.brand.slug}/join/", {"name": ""})
        assert done.status_code == 302, done.content
        return self.now()


@pytest.fixture
def visitor(shopper: Shopper) -> Visitor:
    client = Client()
    return Visitor(client, replace(shopper, client=client))


@pytest.fixture
def mia(brand: Brand) -> User:
    user = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def member_of(user: User, brand: Brand, shopper: Shopper) -> Shopper:
    """The same person in a browser at home."""
    member, _new = Member.objects.all_brands().get_or_create(user=user, brand=brand)
    return replace(shopper, sub=f"m:{member.pk}")


def add_unlisted(brand: Brand, count: int) -> None:
    """Add lines to the only cart: variants without a price are not listed, but take up room."""
    line = CartLine.objects.for_brand(brand).select_related("variant").get()
    variants = Variant.objects.all_brands().bulk_create(
        [Variant(brand=brand, product_id=line.variant.product_id, sku=f"{n}") for n in range(count)]
    )
    CartLine.objects.all_brands().bulk_create(
        [CartLine(cart_id=line.cart_id, variant=variant, quantity=1) for variant in variants]
    )


def quantities(shopper: Shopper) -> dict[str, int]:
    return {item["sku"]: item["quantity"] for item in shopper.cart()["items"]}


def test_guests_cart_moves_into_a_new_account(visitor: Visitor, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    guest = visitor.now()
    assert guest.sub.startswith("g:")
    guest.add("CREAM", 2)
    form = {"email": EMAIL, "password1": PASSWORD}
    sent = visitor.client.post("/accounts/signup/", form)
    visitor.client.post(sent["Location"], {"code": code_in_mail()})
    assert (visitor.now().sub, quantities(guest)) == (guest.sub, {"CREAM": 2})
    member = visitor.join()
    assert member.sub.startswith("m:")
    assert (quantities(member), quantities(guest)) == ({"CREAM": 2}, {})
    assert quantities(visitor.now()) == {"CREAM": 2}


def test_two_carts_are_added_up_to_what_can_be_bought(
    visitor: Visitor, brand: Brand, mia: User
) -> None:
    for sku, on_hand in {"CREAM": 9, "RARE": 3, "MANY": 50, "OLD": 5, "NEW": 5}.items():
        make_variant(brand, sku, on_hand)
    home, guest = member_of(mia, brand, visitor.shopper), visitor.now()
    for shopper, cart in (
        (home, {"CREAM": 1, "RARE": 2, "MANY": 15, "OLD": 1}),
        (guest, {"CREAM": 3, "RARE": 3, "MANY": 15, "NEW": 1}),
    ):
        for sku, quantity in cart.items():
            assert shopper.add(sku, quantity).status == 200
    member = visitor.sign_in()
    assert member.sub == home.sub
    assert quantities(member) == {"CREAM": 4, "RARE": 3, "MANY": 20, "OLD": 1, "NEW": 1}
    assert quantities(guest) == {}


def test_lines_beyond_a_full_cart_wait(visitor: Visitor, brand: Brand, mia: User) -> None:
    for sku in ("ONE", "TWO", "THREE"):
        make_variant(brand, sku, 5)
    home, guest = member_of(mia, brand, visitor.shopper), visitor.now()
    home.add("ONE")
    add_unlisted(brand, CART_LINES_MAX - 2)
    guest.add("TWO")
    guest.add("THREE")
    member = visitor.sign_in()
    assert quantities(member) == {"ONE": 1, "TWO": 1}
    member.call("PATCH", "/cart/items/ONE", {"quantity": 0})
    assert quantities(visitor.now()) == {"TWO": 1, "THREE": 1}


def test_guests_checkout_keeps_its_details_after_signing_in(
    visitor: Visitor, brand: Brand, mia: User
) -> None:
    cream = make_variant(brand, "CREAM", 1)
    guest = visitor.now()
    checkout_id = guest.ready("CREAM")
    member = visitor.sign_in()
    assert level(cream) == (1, 1)
    assert member.call("GET", f"/checkouts/{checkout_id}").body["name"] == "Anna Muster"
    assert guest.call("GET", f"/checkouts/{checkout_id}").status == 404
    again = member.begin().body  # what the page does after it was loaded anew
    assert again["address"]["line1"] == "Lange Straße 1"
    assert level(cream) == (1, 1)
    assert member.pay(again["id"]).status == 200
    assert quantities(member) == {}


def test_checkout_that_is_being_paid_stays_beside_another(
    visitor: Visitor, brand: Brand, mia: User
) -> None:
    cream = make_variant(brand, "CREAM", 5)
    home, guest = member_of(mia, brand, visitor.shopper), visitor.now()
    at_home, here = home.ready("CREAM"), guest.ready("CREAM", 2)
    Checkout.objects.for_brand(brand).filter(pk=at_home).update(state="paying")
    visitor.sign_in()
    states = dict(Checkout.objects.for_brand(brand).values_list("pk", "state"))
    assert states == {at_home: "paying", here: "abandoned"}
    assert level(cream) == (5, 1)
    Checkout.objects.for_brand(brand).filter(pk=at_home).update(state="holding")

    other = Visitor(Client(), visitor.shopper)
    there = other.now().ready("CREAM")
    other.sign_in()
    states = dict(Checkout.objects.for_brand(brand).values_list("pk", "state"))
    assert states == {at_home: "abandoned", here: "abandoned", there: "holding"}
    assert quantities(other.now()) == {"CREAM": 4}


def test_orders_and_carts_of_another_brand_stay(
    visitor: Visitor, brand: Brand, other_brand: Brand, mia: User
) -> None:
    make_variant(brand, "CREAM", 5)
    make_variant(other_brand, "CREAM", 5)
    guest = visitor.now()
    elsewhere = replace(guest, brand=other_brand)
    assert guest.pay(guest.ready("CREAM")).status == 200
    elsewhere.add("CREAM")
    guest.add("CREAM")
    member = visitor.sign_in()
    assert (quantities(member), quantities(elsewhere)) == ({"CREAM": 1}, {"CREAM": 1})
    assert Order.objects.for_brand(brand).get().owner == guest.sub
    assert Cart.objects.for_brand(other_brand).get().owner == guest.sub


def test_made_up_cookie_moves_no_cart(visitor: Visitor, brand: Brand, mia: User) -> None:
    make_variant(brand, "CREAM", 5)
    visitor.now().add("CREAM")
    stranger = Visitor(Client(), visitor.shopper)
    stranger.client.cookies["sf_guest"] = "made-up"
    assert quantities(stranger.sign_in()) == {}


def test_buyers_own_hold_does_not_reduce_what_they_can_buy(
    shopper: Shopper, rival: Shopper, brand: Brand
) -> None:
    cream = make_variant(brand, "CREAM", 5)
    shopper.ready("CREAM", 3)
    cart = shopper.cart()
    assert [item["available"] for item in cart["items"]] == [5]
    assert cart["held"] == {cream.pk: 3}
    assert (shopper.add("CREAM", 2).status, shopper.add("CREAM").status) == (200, 409)
    assert rival.add("CREAM", 2).status == 200
    assert rival.cart()["items"][0]["available"] == 2
    assert rival.cart()["held"] == {}
