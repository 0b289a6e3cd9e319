"""The feed for Google Merchant: required attributes, live prices and stock, caching."""

from xml.etree import ElementTree

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, Product, ProductMedium, Variant
from showfloor.checkout.models import ShippingOption
from showfloor.kernel.clock import utc_now
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
