"""Goods that can no longer be bought or sent are named in a sentence, and nobody pays for them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.checkout.models import CartLine, Checkout, Payment, ShippingOption
from tests.checkout.shopping import ADDRESS, Shopper
from tests.conftest import make_staff
from tests.stock.helpers import level, make_variant
from tests.support.forms import fields
from tests.support.people import sign_in_confirmed


@pytest.fixture
def cream(brand: Brand) -> Variant:
    return make_variant(brand, "CREAM", 5)


def test_unpublished_line_is_named_once_and_the_rest_goes_on(
    shopper: Shopper, brand: Brand, cream: Variant
) -> None:
    soap = make_variant(brand, "SOAP", 5)
    shopper.add("CREAM")
    shopper.add("SOAP")
    Product.objects.for_brand(brand).filter(pk=cream.product_id).update(published=False)
    refused = shopper.begin()
    assert (refused.status, refused.body["code"]) == (409, "no-longer-sold")
    assert (
        refused.body["detail"] == "Product CREAM: no longer sold here, and taken out of your cart."
    )
    assert (Checkout.objects.for_brand(brand).count(), level(soap)) == (0, (5, 0))
    begun = shopper.begin()
    assert (begun.status, [line["sku"] for line in begun.body["lines"]]) == (201, ["SOAP"])
    assert CartLine.objects.for_brand(brand).get().variant_id == soap.pk


def test_line_without_a_price_in_the_brands_currency_is_named(
    shopper: Shopper, brand: Brand, cream: Variant
) -> None:
    shopper.add("CREAM")
    Price.objects.for_brand(brand).update(currency="USD")
    assert shopper.begin().body["code"] == "no-longer-sold"
    assert shopper.begin().body["code"] == "cart-empty"


def test_checkout_begun_before_is_answered_again_as_it_was(
    shopper: Shopper, brand: Brand, cream: Variant
) -> None:
    shopper.add("CREAM")
    first = shopper.call("POST", "/checkouts", {}, key="tap")
    Product.objects.for_brand(brand).update(published=False)
    again = shopper.call("POST", "/checkouts", {}, key="tap")
    assert (again.status, again.body, again.replayed) == (201, first.body, True)


def filled_in(shopper: Shopper) -> str:
    shopper.add("CREAM")
    checkout_id: str = shopper.begin().body["id"]
    assert shopper.call("PATCH", f"/checkouts/{checkout_id}", ADDRESS).status == 200
    return checkout_id


@pytest.mark.parametrize("change", [{"active": False}, {"currency": "USD"}])
def test_brand_that_can_send_nothing_takes_no_money(
    shopper: Shopper, brand: Brand, cream: Variant, change: dict[str, Any]
) -> None:
    ShippingOption.objects.for_brand(brand).update(**change)
    refused = shopper.pay(filled_in(shopper))
    assert (refused.status, refused.body["code"]) == (409, "no-shipping")
    assert Payment.objects.for_brand(brand).count() == 0


def test_country_outside_every_shipping_option_names_the_field(
    shopper: Shopper, brand: Brand, cream: Variant
) -> None:
    ShippingOption.objects.for_brand(brand).update(countries=["AT"])
    refused = shopper.pay(filled_in(shopper))
    assert (refused.status, refused.body["field"]) == (422, "shipping_option")
    assert Payment.objects.for_brand(brand).count() == 0


# --- the brand's currency


@pytest.fixture
def office(client: Client, brand: Brand) -> Client:
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    return client


def change_currency(office: Client, brand: Brand, currency: str) -> str:
    """Return the field's error; empty when the change was taken."""
    page = reverse("admin:accounts_brand_change", args=[brand.pk])
    form = fields(office.get(page)) | {"currency": currency}
    answer = office.post(page, form)
    if answer.status_code == 302:
        return ""
    (error,) = answer.context["adminform"].form.errors["currency"]
    return str(error)


def test_currency_stays_while_products_have_no_price_in_the_new_one(
    shopper: Shopper, office: Client, brand: Brand, cream: Variant
) -> None:
    shopper.add("CREAM")
    assert change_currency(office, brand, "USD") == (
        "1 product or variant has no price in USD and could not be bought any more."
        " Enter or import it first."
    )
    brand.refresh_from_db()
    assert (brand.currency, shopper.cart()["count"]) == ("EUR", 1)


def test_currency_stays_while_nothing_could_be_sent_in_the_new_one(
    shopper: Shopper, office: Client, brand: Brand, cream: Variant
) -> None:
    Price(variant=cream, currency="USD", amount=2090).save()
    said = change_currency(office, brand, "USD")
    assert said == "No shipping option has a price in USD. Add one first."
    brand.refresh_from_db()
    assert brand.currency == "EUR"


def test_currency_changes_once_everything_has_a_price_and_carts_stay(
    shopper: Shopper, office: Client, brand: Brand, cream: Variant
) -> None:
    shopper.add("CREAM")
    Price(variant=cream, currency="USD", amount=2090).save()
    ShippingOption(brand=brand, name="Standard", price=590, currency="USD").save()
    assert change_currency(office, brand, "usd") == ""
    brand.refresh_from_db()
    shopper_of_now = Shopper(shopper.client, brand, shopper.sub, shopper.testpay)
    cart = shopper_of_now.cart()
    assert (cart["currency"], cart["subtotal"]) == ("USD", 2090)
