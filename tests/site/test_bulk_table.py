"""Bulk edits in a spreadsheet: written out, edited, seen, applied and undone."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import BulkEdit, Category, EditedProduct, Price, Product, Variant
from tests.catalogue.support import prices, stock
from tests.site.test_bulk_edit import choose, goods, office

__all__ = ["goods", "office"]

HEADINGS = "sku,category,tax,published,price,price_before,stock_change\n"


@pytest.fixture
def cream(brand: Brand) -> Category:
    face = Category.objects.create(brand=brand, name="Face")
    return Category.objects.create(brand=brand, name="Cream", parent=face)


def bring(office: Client, brand: Brand, text: str | bytes) -> list[tuple[int, str, str]]:
    """Bring a table back; return its mistakes, for none the place of the edit in one of line 0."""
    raw = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("products.csv", raw)
    answer = office.post(
        reverse("admin:catalogue_product_table"), {"brand": brand.pk, "file": file}
    )
    if answer.status_code == 302:
        return [(0, "", str(answer["Location"]))]
    assert answer.status_code == 422
    found = [(one.line, one.column, one.text) for one in answer.context["mistakes"]]
    return found or [(1, "file", str(answer.context["form"].errors["file"][0]))]


def test_downloaded_table_changes_nothing_and_never_calculates(
    office: Client, brand: Brand, goods: list[Variant], cream: Category
) -> None:
    Product.objects.for_brand(brand).filter(pk=goods[0].product_id).update(
        name='=HYPERLINK("x")', category=cream
    )
    page = choose(office, goods)
    raw = office.get(f"{page}table.csv").content
    rows = {row["sku"]: row for row in csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))}
    assert rows["LIP"] == {
        "sku": "LIP", "product": "'=HYPERLINK(\"x\")", "options": "", "category": "Face > Cream",
        "tax": "standard", "published": "yes", "price": "25.00", "price_before": "",
        "stock_change": "",
    }  # fmt: skip
    assert (rows["BALM"]["category"], len(rows)) == ("", 2)
    same = "Nothing in the table differs from the products of now."
    assert bring(office, brand, raw) == [(1, "file", same)]


def test_two_categories_of_one_spelling_are_never_mixed_up(
    office: Client, brand: Brand, goods: list[Variant], cream: Category
) -> None:
    """A name may have the sign of a path in it, and siblings may differ in their capitals."""
    flat = Category.objects.create(brand=brand, name="FACE > Cream", slug="flat")
    for variant, category in zip(goods, (flat, cream), strict=False):
        Product.objects.for_brand(brand).filter(pk=variant.product_id).update(category=category)
    raw = office.get(f"{choose(office, goods)}table.csv").content
    same = "Nothing in the table differs from the products of now."
    assert bring(office, brand, raw) == [(1, "file", same)]
    Product.objects.for_brand(brand).update(category=None)
    assert bring(office, brand, raw) == [
        (line, "category", "Several categories are spelt so.") for line in (2, 3)
    ]


def test_row_may_be_shorter_than_the_headings_but_not_longer(
    office: Client, brand: Brand, goods: list[Variant]
) -> None:
    """Some spreadsheets leave out the empty cells at the end of a row."""
    [(line, _column, _page)] = bring(office, brand, HEADINGS + "LIP\nBALM,,reduced\n")
    assert line == 0
    unknown = bring(office, brand, "sku,price,prize\nLIP,3\n")
    assert unknown[0][2] == "Unknown columns: prize."
    more = bring(office, brand, "sku,price\nLIP,19,50\nBALM,19.50,\n")
    assert more == [(2, "", "This row has more cells than there are headings.")]


def test_edited_table_is_seen_applied_and_undone(
    office: Client, brand: Brand, goods: list[Variant], cream: Category
) -> None:
    was = prices(brand)
    [(_line, _column, page)] = bring(
        office, brand,
        HEADINGS + "LIP,face>cream,reduced,no,19.5,25,-3\nBALM,,standard,,,,+4\n",
    )  # fmt: skip
    shown = office.get(page)
    assert [(row["name"], row["lines"]) for row in shown.context["preview"]] == [
        ("Product LIP", [
            "Category: – → Cream", "Tax: Standard → Reduced", "is hidden",
            "LIP: €25.00 → €19.50 (before €25.00)", "LIP: stock 20 → 17",
        ]),
        ("Product BALM", ["BALM: stock 2 → 6"]),
    ]  # fmt: skip
    assert (prices(brand), stock(brand)) == (was, {"LIP": 20, "BALM": 2})

    assert office.post(page, {"action": "apply"}).status_code == 302
    assert prices(brand)["LIP"] == (1950, "EUR", 2500)
    assert stock(brand) == {"LIP": 17, "BALM": 6}
    lip = Product.objects.for_brand(brand).get(pk=goods[0].product_id)
    assert (lip.category_id, lip.tax_class, lip.published) == (cream.pk, "reduced", False)

    assert office.post(page, {"action": "undo"}).status_code == 302
    assert (prices(brand), stock(brand)) == (was, {"LIP": 20, "BALM": 2})
    lip.refresh_from_db()
    assert (lip.category_id, lip.tax_class, lip.published) == (None, "standard", True)


def test_values_that_somebody_changed_since_the_table_was_read_stay(
    office: Client, brand: Brand, goods: list[Variant], cream: Category
) -> None:
    category = Category.objects.create(brand=brand, name="Hands")
    table = "sku,category,tax,published\nLIP,face>cream,reduced,no\nBALM,face>cream,reduced,no\n"
    [(_line, _column, page)] = bring(office, brand, table)
    assert f'<p class="mb-4" data-testid="edit-brand">{brand.name}</p>' in (
        office.get(page).content.decode()
    )
    lip = Product.objects.for_brand(brand).filter(pk=goods[0].product_id)
    lip.update(category=category, tax_class="zero", published=False)
    assert office.post(page, {"action": "apply"}).status_code == 302
    after = lip.values_list("category__name", "tax_class", "published").get()
    assert after == ("Hands", "zero", False)
    problems = EditedProduct.objects.for_brand(brand).exclude(problems=[]).get().problems
    assert problems == [
        "The category of Product LIP has changed since the table was read.",
        "The tax of Product LIP has changed since the table was read.",
    ]
    balm = Product.objects.for_brand(brand).get(pk=goods[1].product_id)
    assert (balm.tax_class, balm.published) == ("reduced", False)


def test_price_that_somebody_changed_since_the_table_was_read_stays(
    office: Client, brand: Brand, goods: list[Variant]
) -> None:
    table = "sku,price\nLIP,19.50\nBALM,19.50\n"
    [(_line, _column, page)] = bring(office, brand, table)
    Price.objects.for_brand(brand).filter(variant=goods[0]).update(compare_at=2900)
    told = "The price of LIP has changed since the table was read."
    assert [row["problems"] for row in office.get(page).context["preview"]] == [[told], []]
    office.post(page, {"action": "apply"})
    assert prices(brand) == {"LIP": (2500, "EUR", 2900), "BALM": (1950, "EUR", None)}
    assert office.get(page).context["problems"] == [told]


def test_category_that_is_deleted_meanwhile_is_named_and_the_rest_applied(
    office: Client, brand: Brand, goods: list[Variant], cream: Category
) -> None:
    [(_line, _column, page)] = bring(office, brand, HEADINGS + "LIP,Face > Cream,,no,,,\n")
    cream.delete()
    office.post(page, {"action": "apply"})
    assert office.get(page).context["problems"] == ["There is no such category."]
    lip = Product.objects.for_brand(brand).get(pk=goods[0].product_id)
    assert (lip.category_id, lip.published) == (None, False)


def test_mistakes_name_line_and_column_and_prepare_nothing(
    office: Client, brand: Brand, goods: list[Variant]
) -> None:
    text = HEADINGS + (
        "NOPE,,,,,,\n"
        "LIP,Nowhere,low,perhaps,free,,1.5\n"
        "LIP,,,,,,\n"
        "BALM,,,,25,20,\n"
    )  # fmt: skip
    assert bring(office, brand, text) == [
        (2, "sku", "No variant on sale has this SKU."),
        (3, "category", "There is no such category."),
        (3, "tax", "One of: standard, reduced, second-reduced, super-reduced, zero."),
        (3, "published", "One of: yes, no."),
        (3, "price", "Write an amount of EUR like 24.90."),
        (3, "stock_change", "Write units more or less, like +5 or -2."),
        (4, "sku", "This SKU stands in line 3 already."),
        (5, "price_before", "The price before must be higher than the price."),
    ]
    assert bring(office, brand, "sku,prize\nLIP,3\n")[0][2].startswith("The table needs a column")
    assert bring(office, brand, "sku,price,prize\nLIP,3,3\n")[0][2] == "Unknown columns: prize."
    assert BulkEdit.objects.for_brand(brand).count() == 0


def test_table_of_another_brand_is_neither_read_nor_written(
    office: Client, brand: Brand, goods: list[Variant], client: Client, stranger: User
) -> None:
    page = choose(office, goods)
    [(_line, _column, waiting)] = bring(office, brand, HEADINGS + "LIP,,,no,,,\n")
    client.force_login(stranger)
    assert client.get(f"{page}table.csv").status_code == 404
    assert client.post(waiting, {"action": "apply"}).status_code == 404
    assert Product.objects.for_brand(brand).filter(published=False).count() == 0
