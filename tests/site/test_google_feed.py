"""The feed for Google Merchant: required attributes, live prices and stock, caching."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, ProductMedium, Variant
from showfloor.catalogue.services import set_price
from showfloor.checkout.models import ShippingOption
from showfloor.kernel.clock import utc_now
from showfloor.pricing import markets
from showfloor.pricing.models import Market, MarketExclusion, PriceList, PriceListItem
from showfloor.stock import services as stock
from tests.support.catalogue import make_product

NS = {"g": "http://base.google.com/ns/1.0"}


@pytest.fixture
def lip(brand: Brand) -> Product:
    made = make_product(brand, "velvet-lip", shades=("Rosé", "Plum"), on_hand=2)
    made.vendor, made.description = "Maison & Co", "<p>Soft &amp; <b>bright</b></p>"
    made.save()
    ProductMedium.objects.create(product=made, image="products/side.webp")
    rose = Variant.objects.for_brand(brand).get(sku="VELVET-LIP-ROSÉ")
    Variant.objects.for_brand(brand).filter(pk=rose.pk).update(barcode="4006381333931")
    return made


def items(client: Client, brand: Brand) -> list[dict[str, str]]:
    answer = client.get(f"/feeds/{brand.slug}/google.xml")
    assert answer.status_code == 200
    tree = ElementTree.fromstring(b"".join(answer))
    return [
        {node.tag.partition("}")[2]: node.text or "" for node in item}
        for item in tree.findall("./channel/item")
    ]


def test_each_variant_is_an_item_with_what_google_requires(
    client: Client, brand: Brand, lip: Product
) -> None:
    ShippingOption.objects.create(brand=brand, name="Parcel", price=490, countries=["DE"])
    rose, plum = items(client, brand)
    assert rose == {
        "id": "VELVET-LIP-ROSÉ", "title": "Velvet lip Rosé", "description": "Soft & bright",
        "link": f"http://localhost:8000/brands/{brand.slug}/products/velvet-lip/",
        "image_link": "http://localhost:8000/uploads/products/side.webp",
        "availability": "in_stock", "price": "19.00 EUR", "condition": "new",
        "brand": "Maison & Co", "gtin": "4006381333931", "item_group_id": "velvet-lip",
        "shipping": "",
    }  # fmt: skip
    assert (plum["mpn"], plum["price"], "gtin" in plum) == ("VELVET-LIP-PLUM", "20.00 EUR", False)


def test_stock_and_price_are_those_of_now(client: Client, brand: Brand, lip: Product) -> None:
    rose = Variant.objects.for_brand(brand).get(sku="VELVET-LIP-ROSÉ")
    stock.claim(brand.pk, "checkout", [(rose.pk, 2)], utc_now())
    Price.objects.for_brand(brand).filter(variant=rose).update(amount=1500)
    first, second = items(client, brand)
    assert (first["availability"], first["price"]) == ("out_of_stock", "15.00 EUR")
    assert second["availability"] == "in_stock"


def test_unchanged_feed_is_not_sent_again(client: Client, brand: Brand, lip: Product) -> None:
    path = f"/feeds/{brand.slug}/google.xml"
    first = client.get(path)
    tag, size = first["ETag"], len(b"".join(first))
    same = client.get(path, headers={"If-None-Match": tag})
    assert (same.status_code, same.content, size > 500) == (304, b"", True)
    rose = Variant.objects.for_brand(brand).get(sku="VELVET-LIP-ROSÉ")
    stock.claim(brand.pk, "checkout", [(rose.pk, 2)], utc_now())
    changed = client.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, b"out_of_stock" in b"".join(changed)) == (200, True)


def test_feed_names_only_what_is_sold_and_is_the_brands(
    client: Client, brand: Brand, other_brand: Brand, lip: Product
) -> None:
    make_product(other_brand, "theirs")
    hidden = make_product(brand, "hidden")
    Product.objects.for_brand(brand).filter(pk=hidden.pk).update(published=False)
    assert {one["item_group_id"] for one in items(client, brand)} == {"velvet-lip"}
    assert client.get(f"/feeds/{brand.slug}/nowhere/google.xml").status_code == 404
    assert client.get("/feeds/nobody/google.xml").status_code == 404


def test_feed_of_a_market_has_its_goods_prices_sale_and_shipping(
    client: Client, brand: Brand, lip: Product
) -> None:
    swiss = Market.objects.create(
        brand=brand, name="Schweiz", code="ch", currency="CHF", countries=["CH", "LI"]
    )
    markets.forget()
    rose, plum = Variant.objects.for_brand(brand).filter(product=lip).order_by("position")
    now = utc_now().replace(second=0, microsecond=0)
    begin, end = now - timedelta(days=1), now + timedelta(days=2)
    for variant in (rose, plum):
        set_price(variant, "CHF", 2500, None, now - timedelta(days=60))
    MarketExclusion.objects.create(market=swiss, product=lip, variant=plum)
    Variant.objects.for_brand(brand).filter(pk=rose.pk).update(
        content=50, content_unit="ml", base_quantity=100
    )
    sale = PriceList.objects.create(
        brand=brand, name="Spring", kind="sale", currency="CHF", market=swiss, published=True,
        starts_at=begin, ends_at=end,
    )  # fmt: skip
    PriceListItem.objects.create(price_list=sale, variant=rose, amount=2000, since=begin)
    for name, price, countries in (("Post", 900, ["CH", "AT"]), ("Only Austria", 1, ["AT"])):
        ShippingOption.objects.create(
            brand=brand, name=name, price=price, currency="CHF", countries=countries
        )
    text = b"".join(client.get(f"/feeds/{brand.slug}/ch/google.xml")).decode()
    (line,) = [one for one in text.splitlines() if one.startswith("<item>")]
    span = f"{begin:%Y-%m-%dT%H:%MZ}/{end:%Y-%m-%dT%H:%MZ}"
    assert line == (
        "<item><g:id>VELVET-LIP-ROSÉ</g:id><g:title>Velvet lip Rosé</g:title>"
        "<g:description>Soft &amp; bright</g:description>"
        f"<g:link>http://localhost:8000/ch/brands/{brand.slug}/products/velvet-lip/</g:link>"
        "<g:image_link>http://localhost:8000/uploads/products/side.webp</g:image_link>"
        "<g:availability>in_stock</g:availability><g:price>25.00 CHF</g:price>"
        "<g:sale_price>20.00 CHF</g:sale_price><g:condition>new</g:condition>"
        "<g:brand>Maison &amp; Co</g:brand><g:gtin>4006381333931</g:gtin>"
        "<g:unit_pricing_measure>50 ml</g:unit_pricing_measure>"
        "<g:unit_pricing_base_measure>100 ml</g:unit_pricing_base_measure>"
        f"<g:sale_price_effective_date>{span}</g:sale_price_effective_date>"
        "<g:shipping><g:country>CH</g:country><g:service>Post</g:service>"
        "<g:price>9.00 CHF</g:price></g:shipping></item>"
    )
    Product.objects.for_brand(brand).filter(pk=lip.pk).update(is_sent=False)
    assert b"g:shipping" not in b"".join(client.get(f"/feeds/{brand.slug}/ch/google.xml"))
    home = b"".join(client.get(f"/feeds/{brand.slug}/google.xml")).decode()
    assert (home.count("<item>"), "CHF" in home, "sale_price" in home) == (2, False, False)
