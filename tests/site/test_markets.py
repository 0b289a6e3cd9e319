"""Markets of a site: by path and by host name, in the page, the API and the cart."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.catalogue.services import set_price
from showfloor.kernel.clock import utc_now
from showfloor.pricing import markets
from showfloor.pricing.models import Market
from showfloor.shows.models import Show
from showfloor.shows.queries import rundown_products
from tests.support.catalogue import only_variant
from tests.support.shows import make_show

pytestmark = pytest.mark.django_db


@pytest.fixture
def show(brand: Brand, settings: Any) -> Show:
    settings.ALLOWED_HOSTS = ["*"]
    brand.host_name, brand.host_verified_at = "shop.example.com", utc_now()
    brand.save()
    Market(
        brand=brand, name="Schweiz", code="ch", currency="CHF", host_name="ch.shop.example.com"
    ).save()
    Market(brand=brand, name="UK", code="uk", currency="GBP").save()
    markets.forget()
    made = make_show(brand, products=1)
    set_price(only_variant(rundown_products(made)[0]), "CHF", 2500, None)
    return made


def page(client: Client, path: str, host: str = "testserver") -> dict[str, Any]:
    text = client.get(path, headers={"host": host}).content.decode()
    found = re.search(r"<script[^>]*application/json[^>]*>(.*?)</script>", text, re.DOTALL)
    assert found is not None, text[:500]
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_path_and_host_name_decide_the_market(client: Client, show: Show) -> None:
    home = page(client, f"/shows/{show.slug}")
    assert (home["market"], home["products"][0]["variants"][0]["currency"]) == ("", "EUR")
    for path, host in ((f"/ch/shows/{show.slug}", "testserver"),
                       (f"/shows/{show.slug}", "ch.shop.example.com")):  # fmt: skip
        swiss = page(client, path, host)
        variant = swiss["products"][0]["variants"][0]
        assert (swiss["market"], variant["price"], variant["currency"]) == ("ch", 2500, "CHF")
    british = page(client, f"/uk/shows/{show.slug}")
    assert (british["market"], british["products"][0]["variants"]) == ("uk", [])  # no price there


def test_page_offers_its_address_in_every_market(client: Client, show: Show) -> None:
    path = f"/shows/{show.slug}"
    offered = page(client, f"/uk{path}")["markets"]
    assert [(one["code"], one["url"], one["is_here"]) for one in offered] == [
        ("", path, False),
        ("ch", f"http://ch.shop.example.com{path}", False),
        ("uk", f"/uk{path}", True),
    ]
    swiss = page(client, path, "ch.shop.example.com")["markets"]
    assert [one["url"] for one in swiss][::2] == [
        f"http://shop.example.com{path}", f"http://shop.example.com/uk{path}",
    ]  # fmt: skip


def test_host_name_of_a_market_is_its_brands(show: Show, brand: Brand, other_brand: Brand) -> None:
    Brand.objects.filter(pk=other_brand.pk).update(created_at=brand.created_at.replace(year=2000))
    assert accounts.brand_of_host("ch.shop.example.com") == brand
    assert accounts.brand_of_host("fr.shop.example.com") == other_brand


def test_api_lists_the_goods_of_a_market(client: Client, show: Show) -> None:
    answer = client.get(f"/api/v1/shows/{show.slug}/products?market=ch").json()
    assert answer[0]["variants"][0]["currency"] == "CHF"
