"""Further pictures and paths of categories in product files."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from showfloor.accounts.models import Brand
from showfloor.catalogue.importing import values
from showfloor.catalogue.models import Category, ProductMedium, WantedPicture
from showfloor.catalogue.pictures import fetch_next
from tests.catalogue.support import SHOPIFY, import_text, notes, product
from tests.catalogue.test_pictures import fetcher
from tests.catalogue.test_pictures import shop as shop

HEADINGS = "id,title,price,product type,additional image link\n"


def feed(pictures: str, category: str = "") -> str:
    return f'{HEADINGS}A,Balm,5 EUR,{category},"{pictures}"\n'


def wanted(brand: Brand) -> list[str]:
    rows = WantedPicture.objects.for_brand(brand).order_by("position")
    return [row.url for row in rows]


def shown(brand: Brand) -> list[str]:
    return [row.source_url for row in ProductMedium.objects.for_brand(brand)]


def test_further_pictures_are_fetched_and_follow_the_file(
    brand: Brand, tmp_path: Path, shop: str, settings: Settings
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    one, gone, broken = f"{shop}/a.png?1", f"{shop}/a.png?2", f"{shop}/text"
    import_text(brand, tmp_path, feed(f"{one},{gone},{broken},{one}"))
    assert wanted(brand) == [one, gone, broken]

    for _number in range(6):
        fetch_next(fetcher())

    assert (shown(brand), wanted(brand)) == ([one, gone], [broken])
    assert WantedPicture.objects.for_brand(brand).get().error.startswith("not a picture")
    medium = ProductMedium.objects.for_brand(brand).get(source_url=one)
    assert str(medium.image.name).startswith("products/imported-")
    balm = product(brand, "A")
    ProductMedium.objects.create(product=balm, video_url="https://films.test/1", position=9)
    assert import_text(brand, tmp_path, feed(f"{one},{gone},{broken}")).products.unchanged == 1

    assert import_text(brand, tmp_path, feed(one)).products.updated == 1

    assert (shown(brand), wanted(brand)) == ([one, ""], [])  # the person's film stays


def test_dry_run_wants_no_pictures(brand: Brand, tmp_path: Path) -> None:
    import_text(brand, tmp_path, feed("https://cdn.test/a.jpg"), dry_run=True)
    assert wanted(brand) == []


def test_picture_rows_of_a_shopify_file_follow_their_positions(
    brand: Brand, tmp_path: Path
) -> None:
    import_text(brand, tmp_path, SHOPIFY)
    assert product(brand, "velvet-lip").image_source_url == "https://cdn.test/a.jpg"
    assert wanted(brand) == ["https://cdn.test/b.jpg", "https://cdn.test/c.jpg"]


def test_further_pictures_are_bounded(brand: Brand, tmp_path: Path) -> None:
    urls = ",".join(f"https://cdn.test/{number}.jpg" for number in range(22))
    report = import_text(brand, tmp_path, feed(urls))
    assert len(wanted(brand)) == values.PICTURES_MAX
    assert [text for _line, _ref, text in notes(report)] == [
        "2 further pictures were not taken over: a product has at most 20."
    ]


def test_path_of_categories_becomes_a_tree_once(brand: Brand, tmp_path: Path) -> None:
    Category.objects.create(brand=brand, name="Lips", position=0)
    for _number in range(2):
        import_text(brand, tmp_path, feed("", "Beauty > Make-up > Lips"))
    category = product(brand, "A").category
    assert category is not None
    assert category.parent is not None
    assert (category.name, category.parent.name) == ("Lips", "Make-up")
    assert category.parent.parent == Category.objects.for_brand(brand).get(name="Beauty")
    assert Category.objects.for_brand(brand).count() == 4


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("Lips", "Lips"),
        (" Beauty >Lips> ", "Beauty > Lips"),
        ("1 > 2 > 3 > 4 > 5 > 6 > 7 > 8", "1 > 2 > 3 > 4 > 5 > 8"),
        (" > ", ""),
    ],
)
def test_path_has_names_and_a_bounded_depth(said: str, path: str) -> None:
    assert values.category_path(said) == path
