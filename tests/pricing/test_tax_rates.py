"""Rates of tax: whose wins, from when on, and filling them in from the published ones."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client

from showfloor.accounts.models import Brand, Role
from showfloor.kernel.errors import Invalid
from showfloor.pricing import published_rates, queries
from showfloor.pricing.models import TaxRate
from showfloor.pricing.published_rates import Outcome, RateChange
from showfloor.pricing.rules import TaxRates
from tests.conftest import make_staff
from tests.support.people import sign_in_confirmed

TODAY = date(2026, 3, 1)


def rates_of(brand: Brand, day: date = TODAY) -> TaxRates:
    with connection.cursor() as cursor:
        return queries.tax_rates(
            cursor, brand.pk, datetime(day.year, day.month, day.day, tzinfo=UTC)
        )


@pytest.mark.django_db
def test_published_rates_are_filled_in_once(brand: Brand) -> None:
    planned = published_rates.plan(brand, ["DE", "FR"], TODAY)
    assert planned == [
        RateChange("DE", "standard", None, 1900, Outcome.ADDED),
        RateChange("DE", "reduced", None, 700, Outcome.ADDED),
        RateChange("FR", "standard", None, 2000, Outcome.ADDED),
        RateChange("FR", "reduced", None, None, Outcome.UNCLEAR),  # it has six
        RateChange("FR", "second-reduced", None, None, Outcome.UNCLEAR),
        RateChange("FR", "super-reduced", None, 210, Outcome.ADDED),
    ]
    assert not TaxRate.objects.for_brand(brand).exists()  # a plan changes nothing
    assert published_rates.fill(brand, ["DE", "FR"], TODAY) == planned
    assert rates_of(brand).rows == {
        ("DE", "standard"): 1900, ("DE", "reduced"): 700, ("FR", "standard"): 2000,
        ("FR", "super-reduced"): 210,
    }  # fmt: skip
    again = published_rates.fill(brand, ["DE"], TODAY)
    assert {one.outcome for one in again} == {Outcome.UNCHANGED}
    assert TaxRate.objects.for_brand(brand).count() == 4


@pytest.mark.django_db
def test_rate_that_staff_entered_wins_and_stays(brand: Brand) -> None:
    TaxRate(brand=brand, country="DE", tax_class="reduced", rate_bp=550).save()
    changes = published_rates.fill(brand, ["DE"], TODAY)
    assert [one.outcome for one in changes] == [Outcome.ADDED, Outcome.OWN]
    assert rates_of(brand).rate("DE", "reduced") == 550
    TaxRate(brand=brand, country="DE", rate_bp=1600, valid_from=date(2026, 1, 1)).save()
    assert rates_of(brand).rate("DE", "standard") == 1600


@pytest.mark.django_db
def test_changed_rate_is_valid_from_today_on(brand: Brand) -> None:
    TaxRate(brand=brand, country="DE", rate_bp=1600, source="earlier data").save()
    changes = published_rates.fill(brand, ["DE"], TODAY)
    assert changes[0] == RateChange("DE", "standard", 1600, 1900, Outcome.CHANGED)
    assert rates_of(brand, date(2026, 2, 28)).rate("DE", "standard") == 1600
    assert rates_of(brand).rate("DE", "standard") == 1900


@pytest.mark.django_db
def test_rate_of_a_later_day_waits_for_it(brand: Brand) -> None:
    TaxRate(brand=brand, country="DE", rate_bp=1900).save()
    TaxRate(brand=brand, country="DE", rate_bp=2000, valid_from=date(2027, 1, 1)).save()
    assert rates_of(brand).rate("DE", "standard") == 1900
    assert rates_of(brand, date(2027, 1, 1)).rate("DE", "standard") == 2000


@pytest.mark.django_db
def test_country_without_published_rates_names_the_field(brand: Brand) -> None:
    with pytest.raises(Invalid) as refused:
        published_rates.plan(brand, ["DE", "US"], TODAY)
    assert refused.value.field == "countries"


def test_rates_of_every_member_state_are_published() -> None:
    assert len(published_rates.of_eu()) == 27


@pytest.mark.django_db
def test_owner_sees_the_changes_before_they_are_made(brand: Brand, client: Client) -> None:
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    page = "/admin/pricing/taxrate/fill/"
    asked = {"brand": brand.pk, "countries": "de, us"}
    assert "no published rates of US" in client.post(page, asked).content.decode()
    shown = client.post(page, asked | {"countries": "de"}).content.decode()
    assert "Fill in 2 rates" in shown
    assert not TaxRate.objects.for_brand(brand).exists()
    client.post(page, asked | {"countries": "DE", "fill": "1"})
    assert rates_of(brand).rows == {("DE", "standard"): 1900, ("DE", "reduced"): 700}


@pytest.mark.django_db
def test_owner_enters_a_rate_in_percent(brand: Brand, client: Client) -> None:
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    page = "/admin/pricing/taxrate/add/"
    typed = {"brand": brand.pk, "country": "FR", "tax_class": "reduced", "valid_from": "2026-01-01"}
    refused = client.post(page, typed | {"percent": "190"}).content.decode()
    assert "Write a percentage between 0 and 100." in refused
    assert "FR" in refused  # what was typed is still there
    assert not TaxRate.objects.for_brand(brand).exists()
    client.post(page, typed | {"percent": "5,5 %"})
    rate = TaxRate.objects.for_brand(brand).get()
    assert (rate.country, rate.tax_class, rate.rate_bp) == ("FR", "reduced", 550)
    again = client.post(page, typed | {"percent": "7"})
    assert (again.status_code, TaxRate.objects.for_brand(brand).count()) == (200, 1)
    assert client.post(page, typed | {"country": "XX", "percent": "7"}).status_code == 200
    change = f"/admin/pricing/taxrate/{rate.pk}/change/"
    assert 'value="5.5"' in client.get(change).content.decode()
    client.post(change, typed | {"percent": "0"})
    assert TaxRate.objects.for_brand(brand).get().rate_bp == 0
