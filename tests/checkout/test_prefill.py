"""A checkout begins with the details entered last, a country that is likely right, and a way of
sending whose price is in the totals from the start."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.languages import region_of
from showfloor.accounts.models import Brand
from showfloor.checkout.models import Checkout, Order, ShippingOption
from tests.checkout.shopping import ADDRESS, Shopper
from tests.stock.helpers import make_variant

ENTERED = {**ADDRESS["address"], "line2": "", "region": ""}  # type: ignore[dict-item]


def begun(shopper: Shopper, languages: str = "") -> Any:
    answer = shopper.send("POST", "/checkouts", b"{}", {"Accept-Language": languages})
    assert answer.status == 201, answer
    return answer.body


def made_later(brand: Brand, by: timedelta) -> None:
    """Let all checkouts and orders be that much older."""
    for checkout in Checkout.objects.for_brand(brand):
        checkout.created_at -= by
        checkout.save(update_fields=["created_at"])
    for order in Order.objects.for_brand(brand):
        order.placed_at -= by
        order.save(update_fields=["placed_at"])


def test_preselected_way_of_sending_is_in_the_totals(
    shopper: Shopper, brand: Brand, post: ShippingOption
) -> None:
    ShippingOption(brand=brand, name="Express", price=890, position=1).save()
    make_variant(brand, "CREAM", 5)
    shopper.add("CREAM")
    checkout = begun(shopper)
    assert checkout["shipping_option"] == post.pk
    assert checkout["totals"]["shipping"] == 490
    assert checkout["totals"]["total"] == 1990 + 490


def test_new_checkout_is_prefilled_from_the_last_one(
    shopper: Shopper, rival: Shopper, brand: Brand
) -> None:
    """A reload begins a new one: nothing is to be typed twice, and nobody else sees it."""
    express = ShippingOption(brand=brand, name="Express", price=890, position=1)
    express.save()
    make_variant(brand, "CREAM", 5)
    shopper.add("CREAM")
    first = begun(shopper)
    path = f"/checkouts/{first['id']}"
    assert shopper.call("PATCH", path, {**ADDRESS, "shipping_option": express.pk}).status == 200
    again = begun(shopper)
    assert again["id"] != first["id"]
    assert (again["email"], again["name"]) == ("anna@example.test", "Anna Muster")
    assert again["address"] == ENTERED
    assert (again["shipping_option"], again["totals"]["shipping"]) == (express.pk, 890)
    rival.add("CREAM")
    assert begun(rival)["email"] == ""


def test_guests_details_are_prefilled_for_one_day(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    paid = shopper.ready("CREAM")
    assert shopper.pay(paid).status == 200
    shopper.add("CREAM")
    assert begun(shopper)["address"] == ENTERED
    made_later(brand, timedelta(hours=25))
    assert begun(shopper)["email"] == ""


def test_members_last_address_is_always_prefilled(shopper: Shopper, brand: Brand) -> None:
    member = replace(shopper, sub="m:mia")
    make_variant(brand, "CREAM", 5)
    paid = member.ready("CREAM")
    assert member.pay(paid).status == 200
    made_later(brand, timedelta(days=200))
    member.add("CREAM")
    assert begun(member)["address"] == ENTERED
    # A checkout in which nothing was entered hides nothing.
    Checkout.objects.for_brand(brand).exclude(state="completed").update(line1="", country="")
    assert begun(member)["address"] == ENTERED


@pytest.mark.parametrize(
    ("languages", "zone", "countries", "expected"),
    [
        ("de-AT,en;q=0.5", "Europe/Berlin", ["DE", "AT"], "AT"),
        ("en-GB", "Europe/Berlin", ["DE", "AT"], "DE"),  # nothing is sent to Britain
        ("en-US,en;q=0.9", "Europe/Vienna", [], "AT"),  # what a browser says that was never set up
        ("en-GB", "Europe/Berlin", [], "GB"),
        ("fr", "UTC", ["FR"], "FR"),
        ("fr", "UTC", ["FR", "BE"], ""),
        ("fr", "UTC", [], ""),
    ],
)
def test_country_is_the_visitors_or_the_brands_or_left_open(
    shopper: Shopper, brand: Brand, post: ShippingOption,
    languages: str, zone: str, countries: list[str], expected: str,
) -> None:  # fmt: skip
    Brand.objects.filter(pk=brand.pk).update(time_zone=zone)
    ShippingOption.objects.for_brand(brand).update(countries=countries)
    make_variant(brand, "CREAM", 5)
    shopper.add("CREAM")
    checkout = begun(shopper, languages)
    assert checkout["address"]["country"] == expected
    assert checkout["countries"] == sorted(countries) or len(checkout["countries"]) > 200
    assert checkout["totals"]["shipping"] == 490


@pytest.mark.parametrize(
    ("header", "region"),
    [
        ("", ""), ("de", ""), ("de-CH", "CH"), ("zh-Hant-TW,zh;q=0.9", "TW"), ("*", ""),
        ("en-us, de-de;q=0.7", "DE"), ("en-US", ""), ("x" * 5000 + "-DE", ""), ("de-1996", ""),
    ],
)  # fmt: skip
def test_region_is_the_first_one_of_the_accepted_languages(header: str, region: str) -> None:
    assert region_of(header) == region
