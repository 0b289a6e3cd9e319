"""The Google Merchant feed, as XML and as a table."""

from pathlib import Path

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import DecimalSign
from showfloor.catalogue.importing.report import Counts
from showfloor.catalogue.models import Product
from tests.catalogue.support import (
    MERCHANT_TSV,
    MERCHANT_XML,
    import_text,
    notes,
    prices,
    product,
    rejected,
    stock,
    variants,
)


def feed(items: str) -> str:
    return (
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'
        f"{items}</channel></rss>"
    )


def item(more: str = "", price: str = "10 EUR") -> str:
    return f"<item><g:id>A</g:id><title>A</title><g:price>{price}</g:price>{more}</item>"


def test_items_of_a_group_become_one_product(brand: Brand, tmp_path: Path) -> None:
    report = import_text(brand, tmp_path, MERCHANT_XML)

    assert rejected(report) == [
        (25, "price “EUR” is not an amount with a currency, like 12.50 EUR.")
    ]
    assert (report.kind, report.products, report.variants) == (
        "merchant-xml", Counts(created=2),
        Counts(created=3),
    )  # fmt: skip
    lip = product(brand, "velvet-lip")
    assert (lip.name, lip.vendor, lip.description) == ("Velvet Lip", "Maison", "<p>Soft</p>")
    assert lip.public_url == "https://shop.test/velvet-lip"
    assert lip.category is not None
    assert (lip.category.name, lip.option_names) == ("Lips", ["Color"])
    assert variants(brand) == {
        "VL-ROSE": {"Color": "Rosé"},
        "VL-PLUM": {"Color": "Plum"},
        "BALM": {},
    }
    assert prices(brand) == {
        "VL-ROSE": (2490, "EUR", 2990),
        "VL-PLUM": (2990, "EUR", None),
        "BALM": (1800, "EUR", None),
    }
    assert stock(brand) == {"BALM": 0, "VL-PLUM": 7}
    assert report.stock_unknown == 1
    assert len(report.notices()) == 1

    again = import_text(brand, tmp_path, MERCHANT_XML)
    assert not again.changed
    assert again.products == Counts(unchanged=2)


def test_a_table_with_tabs_is_the_same_feed(brand: Brand, tmp_path: Path) -> None:
    report = import_text(brand, tmp_path, MERCHANT_TSV)
    assert rejected(report) == []
    assert report.kind == "merchant-table"
    assert product(brand, "velvet-lip").name == "Velvet Lip"
    assert product(brand, "velvet-lip").option_names == ["Color", "Size"]
    assert prices(brand) == {"VL-ROSE": (2990, "EUR", None), "VL-BRICK": (2990, "EUR", None)}
    assert stock(brand) == {"VL-BRICK": 0}
    assert not import_text(brand, tmp_path, MERCHANT_TSV).changed


@pytest.mark.parametrize(
    ("text", "sign", "price"),
    [
        ("1.234,50 €", None, (123450, "EUR", None)),
        ("EUR 1,234.50", None, (123450, "EUR", None)),
        ("1,500 EUR", ".", (150000, "EUR", None)),
        ("1,000 JPY", ".", (1000, "JPY", None)),
    ],
)
def test_prices_are_read_as_the_file_writes_them(
    brand: Brand,
    tmp_path: Path,
    text: str,
    sign: DecimalSign | None,
    price: tuple[int, str, int | None],
) -> None:
    import_text(brand, tmp_path, feed(item(price=text)), decimal_sign=sign)
    assert prices(brand) == {"A": price}


def test_an_atom_feed_is_read_too(brand: Brand, tmp_path: Path) -> None:
    import_text(
        brand, tmp_path,
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry>'
        '<g:id>A</g:id><title>A</title><link href="https://shop.test/a"/>'
        "<g:price>5.00 CHF</g:price></entry></feed>",
    )  # fmt: skip
    assert product(brand, "A").public_url == "https://shop.test/a"
    assert prices(brand) == {"A": (500, "CHF", None)}


@pytest.mark.parametrize(
    ("period", "price"),
    [
        ("2020-01-01T00:00Z/2020-02-01T00:00Z", (1000, "EUR", None)),
        ("2020-01-01T00:00Z/2999-02-01T00:00Z", (800, "EUR", 1000)),
    ],
)
def test_a_sale_counts_while_it_lasts(
    brand: Brand, tmp_path: Path, period: str, price: tuple[int, str, int | None]
) -> None:
    sale = (
        "<g:sale_price>8 EUR</g:sale_price>"
        f"<g:sale_price_effective_date>{period}</g:sale_price_effective_date>"
    )
    import_text(brand, tmp_path, feed(item(sale)))
    assert prices(brand) == {"A": price}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (item(price="ten"), "price “ten” is not an amount with a currency, like 12.50 EUR."),
        (
            item(price="1.234 EUR"),
            (
                "price “1.234 EUR” can be read in two ways: 1234 or 1.234."
                " Choose how the file writes numbers."
            ),
        ),
        (item(price="9" * 20 + " EUR"), f"price “{'9' * 20} EUR” can't be a price."),
        (
            item("<g:sale_price>8 USD</g:sale_price>"),
            "price and sale_price are in different currencies.",
        ),
        (
            item("<g:availability>soon</g:availability>"),
            "availability “soon” is not known.",
        ),
        (item("<link>javascript:alert(1)</link>"), "link is not a web address."),
        ("<item><title>A</title></item>", "id is missing."),
    ],
)
def test_a_bad_item_says_what_is_wrong(
    brand: Brand, tmp_path: Path, text: str, reason: str
) -> None:
    report = import_text(brand, tmp_path, feed(text))
    assert rejected(report) == [(1, reason)]
    assert not Product.objects.for_brand(brand).exists()


def test_a_feed_that_breaks_off_keeps_what_came_before(brand: Brand, tmp_path: Path) -> None:
    report = import_text(brand, tmp_path, feed(item()).partition("</channel>")[0] + "\n<item><")
    assert set(variants(brand)) == {"A"}
    assert [row.line for row in report.rejected] == [2]
    assert report.rejected[0].reason.startswith("The file is broken here (")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://localhost/x.dtd">',
    ],
)
def test_document_types_and_entities_are_refused(
    brand: Brand, tmp_path: Path, declaration: str
) -> None:
    report = import_text(brand, tmp_path, declaration + feed(item()))
    assert rejected(report) == [
        (1, "The file declares a document type or entities; that is refused.")
    ]
    assert not Product.objects.for_brand(brand).exists()


def test_rejects_of_a_feed_of_one_line_are_told_apart(brand: Brand, tmp_path: Path) -> None:
    report = import_text(
        brand, tmp_path,
        feed(item() + "<item><g:id>B</g:id></item>" + "<item><title>C</title></item>"),
    )  # fmt: skip
    assert [(row.line, row.ref, row.reason) for row in report.rejected] == [
        (1, "B", "title is missing."),
        (1, "item 3", "id is missing."),
    ]
    assert (report.done, report.total) == (3, 3)


def test_item_is_bounded_by_its_fields(brand: Brand, tmp_path: Path) -> None:
    many = import_text(brand, tmp_path, feed(item("<x/>" * 600)))
    assert [(row.ref, row.reason) for row in many.rejected] == [
        ("A", "An item has more than 500 fields; what follows was not read.")
    ]
    long = import_text(brand, tmp_path, feed(item(f"<x>{'y' * 200_000}</x>" * 6)))
    assert [row.reason for row in long.rejected] == [
        "An item is too long; what follows was not read."
    ]
    assert not Product.objects.for_brand(brand).exists()


def test_price_of_another_currency_and_further_pictures_have_their_line(
    brand: Brand, tmp_path: Path
) -> None:
    pictures = "<g:additional_image_link>ftp://cdn.test/b.jpg</g:additional_image_link>" * 2
    report = import_text(
        brand, tmp_path,
        feed(item(pictures + "<g:sale_price>12 CHF</g:sale_price><g:quantity>-1</g:quantity>",
                  price="10 CHF")),
    )  # fmt: skip
    assert notes(report) == [
        (1, "A", "additional_image_link is not a web address."),
        (1, "A", "price 10.00 is below the price 12.00 and was not taken over."),
        (1, "A", "quantity -1 is taken as 0."),
        (1, "A", "Its price is in CHF, the brand sells in EUR: it can't be bought."),
    ]


def test_deep_and_endless_elements_end_the_reading(brand: Brand, tmp_path: Path) -> None:
    deep = import_text(brand, tmp_path, feed("<x>" * 100))
    assert rejected(deep) == [(1, "The file is nested too deep; what follows was not read.")]
    long = import_text(brand, tmp_path, feed(item(f"<g:brand>{'x' * 300_000}</g:brand>")))
    assert rejected(long) == [(1, "A value is too long; what follows was not read.")]
