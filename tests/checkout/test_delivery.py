"""Ways of sending by weight, value and place, gifts, and addresses as each country writes them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import address_formats, delivery, personal_data
from showfloor.checkout.models import Order, SavedAddress, ShippingKind, ShippingOption
from showfloor.checkout.services import shipping
from showfloor.checkout.shipping_rules import expected, working_day
from showfloor.kernel.slices import Erasure
from showfloor.pricing import markets
from showfloor.pricing.models import Market
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant

pytestmark = pytest.mark.django_db


def option(brand: Brand, name: str, **more: Any) -> ShippingOption:
    made = ShippingOption(brand=brand, name=name, **{"price": 900, "position": 5, **more})
    made.save()
    return made


def names(body: Any) -> list[str]:
    return [one["name"] for one in body["shipping_options"]]


def test_weight_and_value_choose_the_options(shopper: Shopper, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 9)  # 19.90
    cream.weight_g = 600
    cream.save()
    option(brand, "Letter", weight_to_g=1000)
    option(brand, "Parcel", weight_from_g=1000)
    option(brand, "Dear", value_from=5000)
    option(brand, "Cheap", value_to=1990)
    shopper.add("CREAM")
    assert names(shopper.begin().body) == ["Standard", "Letter"]
    shopper.add("CREAM")
    assert names(shopper.begin().body) == ["Standard", "Parcel"]
    shopper.add("CREAM")
    assert names(shopper.begin().body) == ["Standard", "Dear", "Parcel"]


def test_shipping_is_free_from_its_value_on(
    shopper: Shopper, brand: Brand, post: ShippingOption
) -> None:
    make_variant(brand, "CREAM", 9)
    ShippingOption.objects.for_brand(brand).filter(pk=post.pk).update(free_from=3980)
    shopper.add("CREAM")
    begun = shopper.begin().body
    assert (begun["shipping_options"][0]["price"], begun["totals"]["shipping"]) == (490, 490)
    shopper.add("CREAM")
    begun = shopper.begin().body
    assert (begun["shipping_options"][0]["price"], begun["totals"]["total"]) == (0, 3980)


def test_goods_that_no_option_takes_are_refused_in_words(
    shopper: Shopper, brand: Brand, post: ShippingOption
) -> None:
    make_variant(brand, "CREAM", 9)
    ShippingOption.objects.for_brand(brand).filter(pk=post.pk).update(value_to=1000)
    shopper.add("CREAM")
    begun = shopper.begin().body
    shopper.call("PATCH", f"/checkouts/{begun['id']}", shopper.details)
    refused = shopper.pay(begun["id"])
    assert (refused.status, refused.body["field"]) == (422, "shipping_option")
    assert refused.body["detail"] == (
        "This is too much for one parcel. Order fewer, or ask the shop."
    )


def test_days_are_working_days() -> None:
    friday = date(2026, 11, 27)
    assert working_day(friday, 1) == date(2026, 11, 30)
    assert expected(friday, 2, 4) == (date(2026, 12, 1), date(2026, 12, 3))
    assert expected(friday, 2, None) == (date(2026, 12, 1), date(2026, 12, 1))
    assert expected(friday, None, None) == (None, None)


def test_pick_up_needs_no_address_and_says_where(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 9)
    point = option(
        brand, "Our shop", kind=ShippingKind.PICKUP, price=0, pickup_address="Alte Gasse 3, Mainz",
        pickup_hours="Mon–Sat 10–19", days_min=1, days_max=2,
    )  # fmt: skip
    shopper.add("CREAM")
    checkout_id = shopper.begin().body["id"]
    details = {"email": "anna@example.test", "name": "Anna", "shipping_option": point.pk}
    body = shopper.call("PATCH", f"/checkouts/{checkout_id}", details).body
    shown = next(one for one in body["shipping_options"] if one["id"] == point.pk)
    assert (shown["kind"], shown["pickup_address"]) == ("pickup", "Alte Gasse 3, Mainz")
    assert shown["deliver_from"] < shown["deliver_to"]
    paid = shopper.pay(checkout_id)
    assert paid.status == 200, paid
    order = shopper.order(paid.body["order"]["number"])
    assert order["pickup"] == "Alte Gasse 3, Mainz\nMon–Sat 10–19"
    assert order["deliver_from"] == shown["deliver_from"]


def test_wrapping_is_a_row_of_its_own_and_the_note_goes_along(
    shopper: Shopper, brand: Brand, post: ShippingOption
) -> None:
    make_variant(brand, "CREAM", 9)
    ShippingOption.objects.for_brand(brand).filter(pk=post.pk).update(wrapping_price=300)
    checkout_id = shopper.ready("CREAM")
    path = f"/checkouts/{checkout_id}"
    body = shopper.call("PATCH", path, {"wrapped": True, "gift_note": "For  you"}).body
    assert (body["wrapped"], body["wrapping_price"], body["gift_note"]) == (True, 300, "For you")
    assert [(line["name"], line["line_total"]) for line in body["lines"]] == [
        ("Product CREAM", 1990), ("Gift wrapping", 300),
    ]  # fmt: skip
    assert body["totals"]["total"] == 1990 + 300 + 490
    without = shopper.call("PATCH", path, {"wrapped": False}).body
    assert (len(without["lines"]), without["totals"]["total"]) == (1, 2480)
    shopper.call("PATCH", path, {"wrapped": True})
    unwrapped = option(brand, "Plain")
    moved = shopper.call("PATCH", path, {"shipping_option": unwrapped.pk}).body
    assert (moved["wrapped"], moved["wrapping_price"]) == (False, None)
    shopper.call("PATCH", path, {"shipping_option": post.pk, "wrapped": True})
    long = shopper.call("PATCH", path, {"gift_note": "x" * 301})
    assert (long.status, long.body["field"]) == (422, "gift_note")
    paid = shopper.pay(checkout_id)
    order = Order.objects.for_brand(brand).get(number=paid.body["order"]["number"])
    assert (order.gift_note, order.total, order.lines.count()) == ("For you", 2780, 2)


def test_address_has_the_countrys_fields_in_its_order_and_words(
    shopper: Shopper, brand: Brand, post: ShippingOption
) -> None:
    make_variant(brand, "CREAM", 9)
    ShippingOption.objects.for_brand(brand).filter(pk=post.pk).update(countries=[])
    checkout_id = shopper.ready("CREAM")
    path = f"/checkouts/{checkout_id}"
    body = shopper.call("PATCH", path, {"address": {"country": "US"}}).body
    rows = [[(one["name"], one["label"]) for one in row] for row in body["address_rows"]]
    assert rows == [
        [("line1", "Street and number")],
        [("line2", "Address, second line")],
        [("city", "City"), ("region", "State"), ("postal_code", "ZIP code")],
    ]
    assert ["CA", "California"] in body["address_rows"][2][1]["choices"]
    refused = shopper.pay(checkout_id)
    assert (refused.body["field"], refused.body["detail"]) == (
        "address.region", "Fill in: State."
    )  # fmt: skip
    address = {"city": "Beverly Hills", "region": "california", "postal_code": "90210"}
    right = shopper.call("PATCH", path, {"address": address}).body
    assert right["address"]["region"] == "CA"
    wrong = shopper.call("PATCH", path, {"address": {"region": "NY", "postal_code": "90210"}})
    assert (wrong.status, wrong.body["field"]) == (422, "address.postal_code")
    assert wrong.body["detail"] == "This is not a postal code of that region."
    nowhere = shopper.call("PATCH", path, {"address": {"region": "Atlantis"}})
    assert (nowhere.status, nowhere.body["field"]) == (422, "address.region")
    assert shopper.pay(checkout_id).status == 200


def test_formats_follow_the_country() -> None:
    def order(country: str) -> list[list[str]]:
        return [[one["name"] for one in row] for row in address_formats.rows_of(country)]

    assert order("DE") == [["line1"], ["line2"], ["postal_code", "city"]]
    assert order("GB") == [["line1"], ["line2"], ["city"], ["postal_code"]]
    assert order("JP") == [["postal_code"], ["region"], ["line1"], ["line2"]]
    assert order("") == [["line1"], ["line2"], ["postal_code", "city"]]


def test_lines_of_an_address_follow_the_country() -> None:
    def lines(country: str, region: str = "", postal_code: str = "10115") -> list[str]:
        return SavedAddress(
            line1="Lange Straße 1", line2="2nd floor", city="Berlin", region=region,
            postal_code=postal_code, country=country,
        ).address_lines  # fmt: skip

    assert lines("DE") == ["Lange Straße 1", "2nd floor", "10115 Berlin"]
    assert lines("US", "CA") == ["Lange Straße 1", "2nd floor", "Berlin, CA 10115"]
    assert lines("GB", "", "") == ["Lange Straße 1", "2nd floor", "Berlin"]
    assert lines("JP", "東京都") == ["10115", "東京都", "Lange Straße 1", "2nd floor"]
    assert lines("") == ["Lange Straße 1", "2nd floor", "10115 Berlin"]


HOME = {"line1": "Lange Straße 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def member(brand: Brand, testpay: TestPay, post: ShippingOption) -> Shopper:
    return Shopper(Client(), brand, "m:01jd0000000000000000000000", testpay)


def test_member_keeps_addresses_and_the_default_one_is_filled_in(
    member: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 9)
    first = member.call("POST", "/addresses", {"name": "Anna Muster", "address": HOME})
    assert (first.status, first.body["addresses"][0]["is_default"]) == (201, True)
    work = {**HOME, "line1": "Am Markt 2"}
    both = member.call("POST", "/addresses", {"name": "Anna M.", "address": work}).body
    home, office = both["addresses"]
    assert [one["name"] for one in both["addresses"]] == ["Anna Muster", "Anna M."]
    changed = member.call("PATCH", f"/addresses/{office['id']}", {"is_default": True}).body
    assert [one["is_default"] for one in changed["addresses"]] == [True, False]
    member.add("CREAM")
    begun = member.begin().body
    assert (begun["name"], begun["address"]["line1"]) == ("Anna M.", "Am Markt 2")
    rest = member.call("DELETE", f"/addresses/{office['id']}").body["addresses"]
    assert [(one["id"], one["is_default"]) for one in rest] == [(home["id"], True)]
    wrong = member.call(
        "PATCH", f"/addresses/{home['id']}", {"address": {"postal_code": "1", "country": "DE"}}
    )
    assert (wrong.status, wrong.body["field"]) == (422, "address.postal_code")
    assert member.call("GET", "/addresses").body["addresses"] == rest


def test_addresses_are_the_members_own_and_go_with_the_person(
    member: Shopper, shopper: Shopper, brand: Brand, testpay: TestPay
) -> None:
    saved = member.call("POST", "/addresses", {"name": "Anna", "address": HOME}).body
    address_id = saved["addresses"][0]["id"]
    stranger = Shopper(Client(), brand, "m:01jd0000000000000000000001", testpay)
    assert stranger.call("GET", "/addresses").body == {"addresses": []}
    for method in ("PATCH", "DELETE"):
        body: Any = {} if method == "PATCH" else None
        assert stranger.call(method, f"/addresses/{address_id}", body).status == 404
    refused = shopper.call("POST", "/addresses", {"name": "Anna", "address": HOME})
    assert (refused.status, refused.body["code"]) == (403, "members-only")
    for _n in range(19):
        member.call("POST", "/addresses", {"name": "Anna", "address": HOME})
    full = member.call("POST", "/addresses", {"name": "Anna", "address": HOME})
    assert (full.status, full.body["code"]) == (409, "too-many")
    personal_data.erase(Erasure(brand.pk, member.sub))
    assert not SavedAddress.objects.for_brand(brand).exists()


def test_estimate_spans_the_ways_that_take_one_unit(brand: Brand) -> None:
    option(brand, "Letter", weight_to_g=500, days_min=3, days_max=5)
    option(brand, "Parcel", weight_from_g=500, days_min=1)
    option(brand, "Dear", value_from=5000, days_min=1, days_max=1)
    option(brand, "Silent")
    option(brand, "Off", active=False, days_min=0)
    option(brand, "Shop", kind=ShippingKind.PICKUP, pickup_address="Here", days_min=0)
    option(brand, "Francs", currency="CHF", days_min=9)
    ways = delivery.options_of(brand)
    assert sorted(one.name for one in ways) == ["Dear", "Letter", "Parcel"]

    def days(price: int, weight_g: int) -> tuple[int, int] | None:
        found = delivery.estimate(ways, delivery.Parcel(price, weight_g))
        return None if found is None else (found["days_min"], found["days_max"])

    assert days(1990, 499) == (3, 5)  # a band leaves its upper end out
    assert days(1990, 500) == (1, 1)  # one number is both ends of the span
    assert days(5000, 100) == (1, 5)
    assert delivery.estimate([], delivery.Parcel(1990, 1)) is None


def test_estimate_in_a_market_takes_its_currency_and_countries(brand: Brand) -> None:
    swiss = Market.objects.create(
        brand=brand, name="CH", code="ch", currency="CHF", countries=["CH"]
    )
    markets.forget()
    option(brand, "Post", currency="CHF", days_min=2)
    option(brand, "To Austria", currency="CHF", countries=["AT"], days_min=1)
    option(brand, "Euro", days_min=1)
    assert [one.name for one in delivery.options_of(brand, swiss)] == ["Post"]


def test_days_count_from_the_day_that_it_is_where_the_brand_is(brand: Brand) -> None:
    """Thursday 23:30 UTC is Friday in Berlin: the first working day after it is Monday."""
    thursday = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    way = option(brand, "Post", days_min=1, days_max=2)
    for zone, first, last in (
        ("UTC", date(2026, 11, 27), date(2026, 11, 30)),
        ("Europe/Berlin", date(2026, 11, 30), date(2026, 12, 1)),
        ("Pacific/Auckland", date(2026, 11, 30), date(2026, 12, 1)),
    ):
        brand.time_zone = zone
        brand.save()
        way.refresh_from_db()
        assert shipping.expected_of(way, thursday) == (first, last)
    assert shipping.expected_of(None, thursday) == (None, None)
