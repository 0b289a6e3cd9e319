"""The back office's pages of price lists: what a list has said stays."""

from datetime import timedelta

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, Role
from showfloor.catalogue.models import Category
from showfloor.kernel.clock import utc_now
from showfloor.pricing.models import FreeGift, Market, PriceList, PriceListItem
from tests.conftest import make_staff
from tests.stock.helpers import make_variant
from tests.support.forms import fields
from tests.support.people import sign_in_confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(brand: Brand, client: Client) -> Client:
    sign_in_confirmed(client, make_staff(brand, Role.PRODUCER, "p@example.test"))
    return client


def make_list(brand: Brand, **more: object) -> PriceList:
    values = {"starts_at": utc_now() - timedelta(days=2), "published": True, **more}
    made = PriceList(brand=brand, name="Spring", **values)
    made.save()
    return made


def send(office: Client, row: PriceList, **more: str) -> str:
    """Send the list's form as it is drawn, with these fields changed; return the errors' text."""
    page = f"/admin/pricing/pricelist/{row.pk}/change/"
    answer = office.post(page, fields(office.get(page)) | more)
    return "" if answer.status_code == 302 else answer.content.decode()


def test_whole_category_goes_on_a_list_with_a_percentage(brand: Brand, office: Client) -> None:
    serum, cream = make_variant(brand, "SERUM", 5), make_variant(brand, "CREAM", 5)
    skin = Category(brand=brand, name="Skin")
    skin.save()
    serum.product.category = skin
    serum.product.save()
    row = make_list(brand)
    assert send(office, row, category=skin.pk, percent="12,5 %") == ""
    (item,) = PriceListItem.objects.for_brand(brand)
    assert (item.variant_id, item.percent_bp) == (serum.pk, 1250)
    assert cream.pk != item.variant_id


def test_changed_price_of_a_list_in_force_begins_anew(brand: Brand, office: Client) -> None:
    serum, row = make_variant(brand, "SERUM", 5), make_list(brand)
    PriceListItem(price_list=row, variant=serum, amount=900, since=row.starts_at).save()
    assert send(office, row, **{"items-0-price": "8.00"}) == ""
    before, after = PriceListItem.objects.for_brand(brand).order_by("since")
    assert (before.amount, before.until is not None) == (900, True)
    assert (after.amount, after.until) == (800, None)


def test_start_of_a_list_in_force_stays(brand: Brand, office: Client) -> None:
    row = make_list(brand)
    assert "part of the price history" in send(office, row, starts_at_0="2020-01-01")
    assert "moment that is over" in send(office, row, ends_at_0="2020-01-01", ends_at_1="10:00")
    row.refresh_from_db()
    assert (row.starts_at.year > 2020, row.ends_at) == (True, None)
    deleted = office.post(f"/admin/pricing/pricelist/{row.pk}/delete/", {"post": "yes"})
    assert deleted.status_code == 403


def test_market_sells_where_its_form_says(brand: Brand, client: Client) -> None:
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    rose = make_variant(brand, "ROSE", 1)
    form = {
        "brand": brand.pk, "name": "Schweiz", "code": "ch", "currency": "CHF", "position": "0",
        "countries": ["CH", "LI"], "tax_country": "DE", "active": "on",
        "exclusions-TOTAL_FORMS": "1", "exclusions-INITIAL_FORMS": "0",
        "exclusions-0-variant": rose.pk,
    }  # fmt: skip
    page = client.post("/admin/pricing/market/add/", form)
    assert page.context["adminform"].form.errors == {
        "tax_country": ["This market does not sell to that country."]
    }
    assert not Market.objects.for_brand(brand).exists()
    assert (
        client.post("/admin/pricing/market/add/", form | {"tax_country": "LI"}).status_code == 302
    )
    made = Market.objects.for_brand(brand).get()
    assert (made.countries, made.tax_country) == (["CH", "LI"], "LI")
    (excluded,) = made.exclusions.all()
    assert (excluded.product_id, excluded.variant_id) == (rose.product_id, rose.pk)


def test_gift_is_refused_without_an_amount_or_a_price_and_with_an_end_before_its_start(
    brand: Brand, office: Client
) -> None:
    pouch = make_variant(brand, "POUCH", 5)
    page = "/admin/pricing/freegift/add/"
    sent = fields(office.get(page)) | {
        "name": "Free pouch", "worth": "30.00", "currency": "EUR", "variant": pouch.pk,
        "brand": brand.pk, "published": "on",
    }  # fmt: skip
    wrong = {
        "Write an amount above zero.": {"worth": "0"},
        "The gift needs a price in CHF": {"currency": "CHF"},
        "The end comes after the beginning.": {
            "starts_at_0": "2026-03-02", "starts_at_1": "10:00:00",
            "ends_at_0": "2026-03-01", "ends_at_1": "10:00:00",
        },
    }  # fmt: skip
    for said, more in wrong.items():
        assert said in office.post(page, sent | more).content.decode()
    assert not FreeGift.objects.for_brand(brand).exists()
    assert office.post(page, sent).status_code == 302
    made = FreeGift.objects.for_brand(brand).get()
    assert (made.amount_from, made.variant_id, made.published) == (3000, pouch.pk, True)
