"""Postal codes of every country, and the countries that a way of sending goes to."""

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.countries import COUNTRIES
from showfloor.accounts.models import Brand, Role
from showfloor.checkout import postal_codes
from showfloor.checkout.models import ShippingOption
from tests.checkout.shopping import Shopper
from tests.conftest import make_staff
from tests.stock.helpers import make_variant
from tests.support.forms import fields


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("DE", "10115", "10115"),
        ("DE", "D-10115", None),
        ("DE", "DE-10115", "10115"),
        ("DE", "1011", None),
        ("AT", "1010", "1010"),
        ("AT", "10115", None),
        ("GB", "sw1a 1aa", "SW1A 1AA"),
        ("GB", "SW1A 1AA trailing", None),
        ("GB", "xSW1A1AA", None),
        ("NL", "1234ab", "1234AB"),
        ("PL", "00950", "00-950"),
        ("US", "94043", "94043"),
        ("HK", "anything", "ANYTHING"),
    ],
)
def test_postal_code_is_stored_as_its_country_writes_it(
    country: str, typed: str, kept: str | None
) -> None:
    assert postal_codes.tidied(country, typed) == kept


def test_example_postal_code_of_every_country_is_accepted() -> None:
    wrong = [
        (country, example)
        for country in COUNTRIES
        if (example := postal_codes.of(country).example)
        and postal_codes.tidied(country, example) is None
    ]
    assert wrong == []


@pytest.fixture
def checkout(shopper: Shopper, brand: Brand) -> str:
    make_variant(brand, "CREAM", 5)
    shopper.add("CREAM")
    return str(shopper.begin().body["id"])


def test_wrong_code_names_its_field_and_changes_nothing(shopper: Shopper, checkout: str) -> None:
    address = {"line1": "Lange Straße 1", "city": "Berlin", "country": "DE", "postal_code": "1011"}
    refused = shopper.call("PATCH", f"/checkouts/{checkout}", {"address": address})
    assert (refused.status, refused.body["field"]) == (422, "address.postal_code")
    assert "they look like 26133." in refused.body["detail"]
    kept = shopper.call("GET", f"/checkouts/{checkout}").body["address"]
    assert kept["city"] == ""


def test_new_country_is_applied_before_the_postal_code(shopper: Shopper, checkout: str) -> None:
    german = {"address": {"country": "DE", "postal_code": "10115"}}
    assert shopper.call("PATCH", f"/checkouts/{checkout}", german).status == 200
    moved = shopper.call("PATCH", f"/checkouts/{checkout}", {"address": {"country": "AT"}})
    assert (moved.status, moved.body["address"]["country"]) == (200, "AT")
    assert moved.body["postal_code_required"] is True
    shopper.fill_in(checkout)
    shopper.call("PATCH", f"/checkouts/{checkout}", {"address": {"country": "AT"}})
    refused = shopper.pay(checkout)
    assert (refused.status, refused.body["field"]) == (422, "address.postal_code")


def test_country_without_postal_codes_needs_none(
    shopper: Shopper, brand: Brand, post: ShippingOption, checkout: str
) -> None:
    ShippingOption.objects.for_brand(brand).update(countries=["HK"])
    details = {
        "email": "anna@example.test", "name": "Anna",
        "address": {"line1": "1 Road", "city": "Mong Kok", "region": "Kowloon", "country": "HK"},
        "shipping_option": post.pk,
    }  # fmt: skip
    filled = shopper.call("PATCH", f"/checkouts/{checkout}", details)
    assert (filled.status, filled.body["postal_code_required"]) == (200, False)
    assert shopper.pay(checkout).status == 200


def test_countries_of_a_way_of_sending_are_chosen_by_name(
    brand: Brand, post: ShippingOption, client: Client
) -> None:
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    page = reverse("admin:checkout_shippingoption_change", args=[post.pk])
    shown = client.get(page)
    assert '<option value="DE" selected>Germany</option>' in shown.content.decode()

    chosen = fields(shown) | {"countries": ["FR", "DE"]}
    assert client.post(page, chosen).status_code == 302
    post.refresh_from_db()
    assert sorted(post.countries) == ["DE", "FR"]
    refused = client.post(page, fields(client.get(page)) | {"countries": ["XX"]})
    assert list(refused.context["adminform"].form.errors) == ["countries"]

    client.cookies["django_language"] = "de"
    assert ">Frankreich</option>" in client.get(page).content.decode()
