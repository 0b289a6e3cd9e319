"""Carts and checkouts in markets: each cart keeps its own currency."""

from datetime import date

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.catalogue.services import set_price
from showfloor.checkout.models import Cart, Checkout, Order, Payment, ShippingOption
from showfloor.pricing import markets
from showfloor.pricing.models import Market, MarketExclusion, TaxRate
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def swiss(brand: Brand) -> Market:
    """Francs without tax in the prices; cream has a price there, and soap has none."""
    made = Market(
        brand=brand, name="Schweiz", code="ch", currency="CHF", prices_include_tax=False,
        countries=["CH"],
    )  # fmt: skip
    made.save()
    markets.forget()
    cream = make_variant(brand, "CREAM", 9, price=2000)
    make_variant(brand, "SOAP", 9, price=500)
    set_price(cream, "CHF", 2500, None)
    ShippingOption(brand=brand, name="Post", price=900, currency="CHF", countries=["CH"]).save()
    return made


def test_cart_takes_the_market_of_the_page_and_keeps_it(shopper: Shopper, swiss: Market) -> None:
    cart = shopper.add("CREAM", market="ch").body
    assert (cart["market"], cart["currency"], cart["subtotal"]) == ("ch", "CHF", 2500)
    cart = shopper.add("CREAM").body  # from a page of the home market
    assert (cart["market"], cart["subtotal"], cart["version"]) == ("ch", 5000, 2)
    refused = shopper.add("SOAP", market="ch")
    assert (refused.status, refused.body["code"]) == (422, "not-on-sale")
    assert shopper.cart()["currency"] == "CHF"


def test_checkout_of_a_market_has_its_currency_tax_and_ways_of_sending(
    shopper: Shopper, brand: Brand, swiss: Market
) -> None:
    shopper.add("CREAM", 2, market="ch")
    begun = shopper.begin().body
    totals = begun["totals"]
    assert [one["name"] for one in begun["shipping_options"]] == ["Post"]
    assert (totals["currency"], totals["subtotal"], totals["shipping"]) == ("CHF", 5000, 900)
    assert (totals["tax_added"], totals["total"]) == (1121, 7021)  # 19 % on top
    address = {"line1": "Gasse 1", "postal_code": "8001", "city": "Zürich", "country": "CH"}
    path = f"/checkouts/{begun['id']}"
    filled = shopper.call("PATCH", path, {"email": "a@b.test", "name": "A", "address": address})
    assert filled.body["totals"]["total"] == 7021
    assert Checkout.objects.for_brand(brand).get().market == swiss.pk
    order = shopper.order(shopper.pay(begun["id"]).body["order"]["number"])
    assert (order["totals"]["currency"], order["totals"]["total"]) == ("CHF", 7021)


def test_market_ships_to_its_countries_alone(shopper: Shopper, brand: Brand, swiss: Market) -> None:
    Market.objects.for_brand(brand).update(countries=["CH", "LI"])
    ShippingOption.objects.for_brand(brand).filter(name="Post").update(countries=[])
    ShippingOption(
        brand=brand, name="To Austria", price=1, currency="CHF", countries=["AT"]
    ).save()  # fmt: skip
    markets.forget()
    shopper.add("CREAM", market="ch")
    begun = shopper.begin().body
    assert begun["countries"] == ["CH", "LI"]
    assert [(one["name"], one["countries"]) for one in begun["shipping_options"]] == [
        ("Post", ["CH", "LI"])
    ]
    path = f"/checkouts/{begun['id']}"
    before = shopper.call("GET", path).body
    refused = shopper.call("PATCH", path, {"email": "a@b.test", "address": {"country": "DE"}})
    assert (refused.status, refused.body["field"], refused.body["detail"]) == (
        422, "address.country",
        "Schweiz does not sell to Germany. Choose another country, or shop in another market.",
    )  # fmt: skip
    assert {**shopper.call("GET", path).body, "expires_at": ""} == {**before, "expires_at": ""}
    shopper.call("PATCH", path, {**shopper.details, "address": {
        "line1": "Gasse 1", "postal_code": "9490", "city": "Vaduz", "country": "LI",
    }})  # fmt: skip
    Market.objects.for_brand(brand).update(countries=["CH"])
    markets.forget()
    late = shopper.pay(begun["id"])
    assert (late.status, late.body["field"]) == (422, "address.country")
    assert not Payment.objects.for_brand(brand).exists()


def test_tax_and_country_are_those_of_the_market_until_the_buyer_names_one(
    shopper: Shopper, brand: Brand, swiss: Market
) -> None:
    for country, rate in (("CH", 810), ("LI", 250)):
        TaxRate(
            brand=brand, country=country, tax_class="standard", rate_bp=rate,
            valid_from=date(2024, 1, 1),
        ).save()  # fmt: skip
    Market.objects.for_brand(brand).update(countries=["CH", "LI"], tax_country="LI")
    ShippingOption.objects.for_brand(brand).filter(name="Post").update(countries=[])
    markets.forget()
    shopper.add("CREAM", 2, market="ch")
    begun = shopper.begin().body
    assert (begun["address"]["country"], begun["totals"]["tax_added"]) == ("LI", 148)
    path = f"/checkouts/{begun['id']}"
    there = shopper.call("PATCH", path, {"address": {"country": "CH"}}).body
    assert there["totals"]["tax_added"] == 478


def test_order_keeps_its_market_also_when_that_is_closed(
    shopper: Shopper, brand: Brand, swiss: Market
) -> None:
    shopper.add("CREAM", market="ch")
    begun = shopper.begin().body["id"]
    shopper.call("PATCH", f"/checkouts/{begun}", {**shopper.details, "address": {
        "line1": "Gasse 1", "postal_code": "8001", "city": "Zürich", "country": "CH",
    }})  # fmt: skip
    assert shopper.pay(begun).status == 200
    Market.objects.for_brand(brand).update(active=False)
    markets.forget()
    order = Order.objects.for_brand(brand).get()
    assert (order.market, markets.code_of(brand.pk, order.market)) == (swiss.pk, "ch")


def test_variant_that_is_not_sold_in_a_market_is_refused_there_alone(
    shopper: Shopper, brand: Brand, swiss: Market
) -> None:
    rose = Variant.objects.for_brand(brand).get(sku="CREAM")
    MarketExclusion(market=swiss, product=rose.product, variant=rose).save()
    set_price(Variant.objects.for_brand(brand).get(sku="SOAP"), "CHF", 600, None)
    refused = shopper.add("CREAM", market="ch")
    assert (refused.status, refused.body["code"], refused.body["field"]) == (
        422, "not-on-sale", "sku"
    )  # fmt: skip
    assert refused.body["detail"] == "This is not sold in the market Schweiz."
    assert Cart.objects.for_brand(brand).count() == 0
    assert shopper.add("SOAP", market="ch").body["subtotal"] == 600
    shopper.call("PUT", "/cart/market", {"market": ""})
    assert shopper.add("CREAM").body["subtotal"] == 2500


def test_moved_cart_names_what_has_no_price_there(shopper: Shopper, swiss: Market) -> None:
    shopper.add("CREAM")
    shopper.add("SOAP")
    cart = shopper.call("PUT", "/cart/market", {"market": "ch"}).body
    assert (cart["currency"], cart["subtotal"], cart["count"]) == ("CHF", 2500, 1)
    assert cart["unpriced"] == [{"sku": "SOAP", "name": "Product SOAP"}]
    refused = shopper.begin()
    assert (refused.status, refused.body["code"]) == (409, "no-longer-sold")
    assert "Product SOAP" in refused.body["detail"]
    back = shopper.call("PUT", "/cart/market", {"market": ""}).body
    assert (back["currency"], back["subtotal"]) == ("EUR", 2000)
    unknown = shopper.call("PUT", "/cart/market", {"market": "xx"})
    assert (unknown.status, shopper.cart()["market"]) == (404, "")


def test_cart_of_a_market_that_is_closed_comes_home(
    shopper: Shopper, brand: Brand, swiss: Market
) -> None:
    shopper.add("CREAM", market="ch")
    swiss.active = False
    swiss.save()
    markets.forget()
    cart = shopper.add("CREAM").body
    assert (cart["market"], cart["currency"], cart["subtotal"]) == ("", "EUR", 4000)
    assert Cart.objects.for_brand(brand).get().market == ""


def test_market_of_another_brand_is_none(
    shopper: Shopper, other_brand: Brand, brand: Brand
) -> None:
    Market(brand=other_brand, name="X", code="ch", currency="CHF").save()
    markets.forget()
    make_variant(brand, "CREAM", 9, price=2000)
    assert shopper.add("CREAM", market="ch").body["currency"] == "EUR"
