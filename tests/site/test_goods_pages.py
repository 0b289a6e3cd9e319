"""The public pages of categories and products, and the map for search engines."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.catalogue import categories
from showfloor.catalogue.models import Category, Product, ProductMedium, Variant
from tests.support.catalogue import make_product


@pytest.fixture
def care(brand: Brand) -> Category:
    return Category.objects.create(brand=brand, name="Skin care", description="All for the skin.")


@pytest.fixture
def serums(brand: Brand, care: Category) -> Category:
    return Category.objects.create(brand=brand, name="Seren & Öle", parent=care)


def structured(page: str) -> list[dict[str, Any]]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(text) for text in found]


def get(client: Client, brand: Brand, path: str) -> str:
    answer = client.get(f"/brands/{brand.slug}/{path}")
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_category_shows_its_products_and_those_below_it(
    client: Client, brand: Brand, care: Category, serums: Category
) -> None:
    glow = make_product(brand, "glow-serum")
    glow.category = serums
    glow.save()
    kit = make_product(brand, "travel-kit", on_hand=0)
    kit.also_in.add(care, serums)
    make_product(brand, "other")
    hidden = make_product(brand, "hidden")
    Product.objects.for_brand(brand).filter(pk=hidden.pk).update(category=care, published=False)

    page = get(client, brand, "categories/skin-care/")
    assert ("Glow serum" in page, "Travel kit" in page) == (True, True)
    assert ("Other" in page, "Hidden" in page) == (False, False)
    assert page.count("Travel kit</span>") == 1  # in two categories of the branch, listed once
    assert f'href="/brands/{brand.slug}/categories/{serums.slug}/"' in page
    _crumbs, listed = structured(page)
    assert listed["mainEntity"]["numberOfItems"] == 2
    assert (
        f'<link rel="canonical" href="http://localhost:8000/brands/{brand.slug}/categories/skin-care/">'
        in page
    )


def test_page_of_shows_leads_to_the_widest_categories(
    client: Client, brand: Brand, care: Category, serums: Category
) -> None:
    page = get(client, brand, "")
    assert f'href="/brands/{brand.slug}/categories/{care.slug}/"' in page
    assert serums.slug not in page
    Category.objects.for_brand(brand).filter(pk=care.pk).update(published=False)
    assert "categories/" not in get(client, brand, "")


def test_hidden_category_and_those_below_it_have_no_page(
    client: Client, brand: Brand, care: Category, serums: Category
) -> None:
    Category.objects.for_brand(brand).filter(pk=care.pk).update(published=False)
    for slug in (care.slug, serums.slug, "nothing"):
        assert client.get(f"/brands/{brand.slug}/categories/{slug}/").status_code == 404


def test_page_of_a_product_tells_search_engines_what_is_sold(
    client: Client, brand: Brand, serums: Category
) -> None:
    lip = make_product(brand, "velvet-lip", shades=("Rosé", "Plum"), on_hand=3)
    lip.category, lip.seo_title = serums, "Lipstick that stays"
    lip.description = "<p>Soft &amp; bright</p>"
    lip.save()
    rose, plum = Variant.objects.for_brand(brand).filter(product=lip)
    Variant.objects.for_brand(brand).filter(pk=rose.pk).update(barcode="4006381333931")
    Variant.objects.for_brand(brand).filter(pk=plum.pk).update(barcode="4006381333932")  # wrong
    ProductMedium.objects.create(product=lip, image="products/side.webp", alt="From the side")
    ProductMedium.objects.create(product=lip, video_url="https://films.example/1", position=1)

    page = get(client, brand, "products/velvet-lip/")
    assert "<title>Lipstick that stays" in page
    assert 'alt="From the side"' in page
    assert 'href="https://films.example/1" rel="noopener nofollow"' in page
    crumbs, data = structured(page)
    names = [one["name"] for one in crumbs["itemListElement"]]
    assert names == [brand.name, "Skin care", "Seren & Öle", "Velvet lip"]
    assert [(one["sku"], one["price"], one.get("gtin")) for one in data["offers"]] == [
        ("VELVET-LIP-ROSÉ", "19.00", "4006381333931"), ("VELVET-LIP-PLUM", "20.00", None),
    ]  # fmt: skip
    assert data["offers"][0]["availability"] == "https://schema.org/InStock"
    assert data["description"] == "Soft & bright"


def test_product_keeps_its_old_address_and_has_one(client: Client, brand: Brand) -> None:
    lip = make_product(brand, "velvet-lip")
    Product.objects.for_brand(brand).filter(pk=lip.pk).update(slug="lipstick")
    moved = client.get(f"/brands/{brand.slug}/products/velvet-lip/")
    assert (moved.status_code, moved["Location"]) == (
        301, f"/brands/{brand.slug}/products/lipstick/",
    )  # fmt: skip
    Product.objects.for_brand(brand).filter(pk=lip.pk).update(published=False)
    assert client.get(f"/brands/{brand.slug}/products/lipstick/").status_code == 404


def test_map_names_what_is_public(
    client: Client, brand: Brand, other_brand: Brand, care: Category
) -> None:
    make_product(brand, "cream")
    make_product(other_brand, "secret")
    text = b"".join(client.get(f"/brands/{brand.slug}/sitemap.xml")).decode()
    assert f"/brands/{brand.slug}/categories/skin-care/</loc>" in text
    assert f"/brands/{brand.slug}/products/cream/</loc><lastmod>" in text
    assert "secret" not in text


def test_category_is_not_put_below_itself(brand: Brand) -> None:
    parents: dict[str, str | None] = {"a": None, "b": "a", "c": "b", "d": "c", "e": "d", "f": "e"}
    assert "itself" in categories.parent_problem("a", "c", parents)
    assert "itself" in categories.parent_problem("a", "a", parents)
    assert categories.parent_problem(None, "e", parents) == ""
    assert "6 levels" in categories.parent_problem(None, "f", parents)
    assert "6 levels" in categories.parent_problem("x", "e", parents | {"x": None, "y": "x"})


def test_categories_of_one_name_have_addresses_of_their_own(brand: Brand, care: Category) -> None:
    below = Category.objects.create(brand=brand, name="Skin care", parent=care)
    assert (care.slug, below.slug) == ("skin-care", "skin-care-2")
