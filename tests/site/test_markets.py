"""Markets of a site: by path and by host name, in the page, the API and the cart."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from showfloor.accounts import services as accounts
from showfloor.accounts.models import Brand
from showfloor.catalogue.services import set_price
from showfloor.kernel.clock import utc_now
from showfloor.pricing import availability, markets
from showfloor.pricing import queries as pricing
from showfloor.pricing.models import Market, MarketExclusion, PriceList, PriceListItem
from showfloor.shows.models import Show
from showfloor.shows.queries import rundown_products
from showfloor.site import goods_pages
from tests.stock.helpers import make_variant
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


def test_pages_of_goods_are_those_of_their_market(client: Client, show: Show, brand: Brand) -> None:
    cream = rundown_products(show)[0]
    home = goods_pages.product_path(brand, cream)
    euro, franc = client.get(home).content.decode(), client.get(f"/ch{home}").content.decode()
    assert ('"priceCurrency": "EUR"' in euro, '"priceCurrency": "CHF"' in franc) == (True, True)
    assert '"price": "25.00"' in franc
    assert (
        f'<link rel="canonical" href="http://ch.shop.example.com:8000{home}">' in franc
    )  # a market with a host name of its own is found there
    assert client.get(f"/uk{home}").status_code == 404  # no price in pounds
    british = client.get(f"/uk/brands/{brand.slug}/categories/").content.decode()
    assert f'href="http://shop.example.com:8000/uk/brands/{brand.slug}/categories/"' in british
    variant = only_variant(cream)
    MarketExclusion(
        market=Market.objects.for_brand(brand).get(code="ch"), product=cream, variant=variant
    ).save()
    assert client.get(f"/ch{home}").status_code == 404
    assert client.get(home).status_code == 200


def test_page_and_map_link_the_markets_that_sell_it(
    client: Client, show: Show, brand: Brand
) -> None:
    Market.objects.for_brand(brand).filter(code="ch").update(countries=["CH", "LI"])
    Market.objects.for_brand(brand).filter(code="uk").update(countries=["GB"])
    markets.forget()
    path = goods_pages.product_path(brand, rundown_products(show)[0])
    own, swiss = "http://shop.example.com:8000", "http://ch.shop.example.com:8000"
    links = [
        ("x-default", own + path), ("en", own + path), ("en-CH", swiss + path),
        ("en-LI", swiss + path),
    ]  # fmt: skip
    found = re.findall(r'rel="alternate" hreflang="(.*?)" href="(.*?)"', client.get(path).text)
    assert found == links
    text = b"".join(client.get("/sitemap.xml", headers={"host": "shop.example.com"})).decode()
    (line,) = [one for one in text.splitlines() if f"<loc>{own}{path}</loc>" in one]
    assert re.findall(r'hreflang="(.*?)" href="(.*?)"/>', line) == links
    assert f"<loc>{own}/uk/shows/{show.slug}</loc>" in text
    assert (f"<loc>{own}/uk{path}</loc>" in text, f"<loc>{swiss}" in text) == (False, False)
    there = b"".join(client.get("/sitemap.xml", headers={"host": "ch.shop.example.com"})).decode()
    assert f"<loc>{swiss}{path}</loc>" in there
    assert f"<loc>{own}" not in there


def test_lists_of_goods_name_what_a_sale_would_take(show: Show, brand: Brand) -> None:
    """Pages ask `availability`, a sale asks `queries.load`: both know the same variants."""
    now = utc_now()
    swiss = Market.objects.for_brand(brand).get(code="ch")
    ids = []
    for number, (own, listed, kind, market, hours) in enumerate([
        ("CHF", None, "", None, 0), ("EUR", None, "", None, 0), ("EUR", 900, "regular", None, 0),
        ("EUR", 900, "regular", swiss, 0), ("EUR", 900, "sale", None, 0),
        ("EUR", 900, "regular", None, 2), ("CHF", 900, "sale", swiss, 0),
    ]):  # fmt: skip
        variant = make_variant(brand, f"V{number}", 1)
        ids.append(variant.pk)
        variant.prices.all().delete()
        set_price(variant, own, 1000, None)
        if listed is not None:
            row = PriceList.objects.create(
                brand=brand, name="L", kind=kind, currency="CHF", market=market, published=True,
                starts_at=now - timedelta(hours=1) + timedelta(hours=hours),
            )  # fmt: skip
            PriceListItem.objects.create(
                price_list=row, variant=variant, amount=listed, since=row.starts_at
            )
    with connection.cursor() as cursor:
        for market in (None, swiss):
            currency, market_id = markets.terms_of(brand, market)
            book = pricing.load(cursor, brand.pk, ids, currency, now, market_id)
            rows = availability.sold(brand, market, now).filter(pk__in=ids)
            assert set(rows.values_list("pk", flat=True)) == set(book.prices)
            assert len(book.prices) == (5 if market is None else 4)
