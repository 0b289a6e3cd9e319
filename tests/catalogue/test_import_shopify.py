"""The Shopify product CSV, through the same door as the command line and the back office."""

from datetime import timedelta
from pathlib import Path

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import DecimalSign
from showfloor.catalogue.importing.report import Counts
from showfloor.catalogue.models import Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, TooLarge
from showfloor.kernel.pacer import Pacer
from showfloor.site.catalogue_import import import_products
from showfloor.stock import services as stock_services
from tests.catalogue.support import (
    SHOPIFY,
    import_text,
    notes,
    prices,
    product,
    rejected,
    stock,
    variants,
)

STRANGE = "are not those of the product's other variants (Size): nobody could choose it."
HEAD = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n"


def test_products_variants_prices_and_stock_come_in(brand: Brand, tmp_path: Path) -> None:
    report = import_text(brand, tmp_path, SHOPIFY)

    assert rejected(report) == []
    assert (report.kind, report.products, report.variants) == (
        "shopify", Counts(created=2), Counts(created=3),
    )  # fmt: skip
    lip = product(brand, "velvet-lip")
    assert (lip.name, lip.vendor, lip.published) == ("Velvet Lip", "Maison", True)
    assert lip.description == "<p>Soft\nand <b>matte</b></p>"
    assert lip.category is not None
    assert lip.category.name == "Lipstick"
    assert lip.image_source_url == "https://cdn.test/a.jpg"
    assert lip.option_names == ["Shade", "Size"]
    balm = product(brand, "balm")
    assert balm.category is not None
    assert (balm.published, balm.option_names, balm.category.name) == (False, [], "Skin care")
    assert variants(brand) == {
        "VL-ROSE": {"Shade": "Rosé", "Size": "3 g"},
        "VL-BRICK": {"Shade": "Brick", "Size": "3 g"},
        "balm": {},
    }
    assert prices(brand) == {
        "VL-ROSE": (2490, "EUR", 2990),
        "VL-BRICK": (2490, "EUR", None),  # the same price before is no price before
        "balm": (1800, "EUR", None),
    }
    assert stock(brand) == {"VL-ROSE": 12, "VL-BRICK": 0}
    rose = Variant.objects.for_brand(brand).get(sku="VL-ROSE")
    assert (rose.barcode, rose.image_source_url) == ("4006381333931", "https://cdn.test/rose.jpg")
    assert report.stock_unknown == 1


def test_swatch_is_a_colour_or_is_noted(brand: Brand, tmp_path: Path) -> None:
    head = HEAD.replace("\n", ",Variant Swatch\n")
    rows = "lip,Lip,Shade,Fig,LIP-FIG,1,9.00,#5B2A3C\nlip,,Shade,Rosé,LIP-ROSE,1,9.00,pink\n"
    report = import_text(brand, tmp_path, head + rows)
    found = Variant.objects.for_brand(brand).order_by("position")
    assert list(found.values_list("sku", "swatch")) == [("LIP-FIG", "#5b2a3c"), ("LIP-ROSE", "")]
    assert "Variant Swatch: “pink” is no colour such as #8a2f4b; it was left out." in {
        text for _line, _ref, text in notes(report)
    }


def test_the_second_run_changes_nothing(brand: Brand, tmp_path: Path) -> None:
    import_text(brand, tmp_path, SHOPIFY)
    before = list(Product.objects.for_brand(brand).values_list("pk", "updated_at"))

    report = import_text(brand, tmp_path, SHOPIFY)

    assert not report.changed
    assert report.products == Counts(unchanged=2)
    assert report.variants == Counts(unchanged=3)
    assert list(Product.objects.for_brand(brand).values_list("pk", "updated_at")) == before


def test_changes_are_written_and_nothing_is_removed(brand: Brand, tmp_path: Path) -> None:
    import_text(brand, tmp_path, SHOPIFY)
    report = import_text(
        brand,
        tmp_path,
        HEAD.replace("Variant SKU", "Option2 Name,Option2 Value,Variant SKU")
        + "velvet-lip,Velvet Lip II,Shade,Rosé,Size,3 g,VL-ROSE,11,25\n",
    )
    assert (report.products, report.variants) == (Counts(updated=1), Counts(updated=1))
    assert report.stock_changed == 1
    assert product(brand, "velvet-lip").name == "Velvet Lip II"
    assert prices(brand)["VL-ROSE"] == (2500, "EUR", None)
    assert stock(brand) == {"VL-ROSE": 11, "VL-BRICK": 0}
    assert set(variants(brand)) == {"VL-ROSE", "VL-BRICK", "balm"}


def test_a_dry_run_reports_the_same_and_writes_nothing(brand: Brand, tmp_path: Path) -> None:
    dry = import_text(brand, tmp_path, SHOPIFY, dry_run=True)
    assert not Product.objects.for_brand(brand).exists()
    assert stock(brand) == {}
    real = import_text(brand, tmp_path, SHOPIFY)
    assert (dry.products, dry.variants, dry.stock_changed) == (
        real.products, real.variants, real.stock_changed,
    )  # fmt: skip


def test_bad_rows_are_named_and_the_good_ones_imported(brand: Brand, tmp_path: Path) -> None:
    report = import_text(
        brand, tmp_path,
        HEAD
        + "a,A,Size,S,A-S,1,cheap\n"  # 2
        + "a,,Size,M,A-M,some,10\n"  # 3
        + "a,,Size,L,A-L,3,10\n"  # 4: good
        + ",No handle,,,N,1,5\n"  # 5
        + "b,,,,B,1,5\n"  # 6: no title
        + "c,C,,,A-L,1,5\n"  # 7: another product's SKU
        + "d,D,Size,S,D,1,5\n"  # 8: good
        + "d,,Size,M,D,1,6\n"  # 9: twice
        + f"e,{'x' * 201},,,E,1,5\n"  # 10
        + "f,F,,,F,1,-5\n"  # 11
        + 'g,"G\nG",,,G,1,5\n'  # 12 and 13: good
        + "h,H\0,,,H,1,5\n",  # 14
    )  # fmt: skip
    assert rejected(report) == [
        (2, "Variant Price “cheap” is not an amount of EUR."),
        (3, "Variant Inventory Qty “some” is not a whole number."),
        (5, "Handle is missing."),
        (6, "Title is missing."),
        (7, "SKU “A-L” was on line 4 already."),
        (9, "SKU “D” was on line 8 already."),
        (10, "Title is longer than 200 characters."),
        (11, "Variant Price “-5” can't be a price."),
        (14, "This row has a NUL character in it."),
    ]
    assert set(variants(brand)) == {"A-L", "D", "G"}
    assert stock(brand) == {"A-L": 3, "D": 1, "G": 1}
    assert report.failed
    assert "  line 5, “N”: Handle is missing." in report.as_text().splitlines()
    assert report.as_json()["rejected"][2] == {
        "line": 5, "ref": "N", "reason": "Handle is missing.",
    }  # fmt: skip


def test_later_row_of_a_handle_adds_no_variant_that_nobody_can_choose(
    brand: Brand, tmp_path: Path
) -> None:
    report = import_text(
        brand, tmp_path,
        HEAD
        + "a,A,Size,S,A-S,1,5\n"  # 2: good
        + "b,B,,,B,1,5\n"  # 3: good
        + "a,A,,,A-X,1,5\n"  # 4: no size
        + "a,,Size,M,A-M,1,5\n"  # 5: good
        + "b,B,,,B-2,1,5\n"  # 6: like B
        + "a,,Size,S,A-S2,1,5\n",  # 7: like A-S
    )  # fmt: skip
    assert rejected(report) == [
        (4, f"Its options (none) {STRANGE}"),
        (6, "It has the same options as “B”: nobody could choose it."),
        (7, "It has the same options as “A-S”: nobody could choose it."),
    ]  # fmt: skip
    assert [row.ref for row in report.rejected] == ["A-X", "B-2", "A-S2"]
    assert variants(brand) == {"A-S": {"Size": "S"}, "A-M": {"Size": "M"}, "B": {}}
    assert product(brand, "a").option_names == ["Size"]


def test_variant_that_is_there_keeps_options_that_can_be_chosen(
    brand: Brand, tmp_path: Path
) -> None:
    import_text(brand, tmp_path, HEAD + "a,A,Size,S,A-S,1,5\na,,Size,M,A-M,1,5\n")
    report = import_text(brand, tmp_path, HEAD + "a,A,,,A-S,1,6\n")
    assert rejected(report) == []
    assert variants(brand)["A-S"] == {"Size": "S"}
    assert prices(brand)["A-S"] == (600, "EUR", None)
    assert [line for line, _sku, text in notes(report) if text.startswith("Its options stay")] == [
        2
    ]


def test_part_that_is_not_taken_over_has_its_line(brand: Brand, tmp_path: Path) -> None:
    report = import_text(brand, tmp_path, SHOPIFY.replace(",24.90,24.90,", ",24.90,19.90,"))
    assert rejected(report) == []
    assert notes(report) == [
        (4, "VL-BRICK",
         "Compare At Price 19.90 is below the price 24.90 and was not taken over."),
        (4, "VL-BRICK", "Variant Inventory Qty -2 is taken as 0."),
    ]  # fmt: skip
    assert "  line 4, “VL-BRICK”: Variant Inventory Qty -2 is taken as 0." in report.as_text()
    assert not report.failed


def test_report_shows_how_prices_and_stock_were_understood(brand: Brand, tmp_path: Path) -> None:
    import_text(brand, tmp_path, HEAD + "a,A,Size,S,A-S,5,19.90\na,,Size,M,A-M,5,19.90\n")
    report = import_text(
        brand, tmp_path, HEAD + "a,A,Size,S,A-S,5,19.90\na,,Size,M,A-M,8,1990\n", dry_run=True
    )
    assert [(row.ref, row.name, row.price, row.price_before, row.stock) for row in report.samples] \
        == [
            ("A-S", "A / S", "19.90 EUR", "19.90 EUR", "5"),
            ("A-M", "A / M", "1990.00 EUR", "19.90 EUR", "5 → 8"),
        ]  # fmt: skip
    assert [row.ref for row in report.jumps] == ["A-M"]
    assert (report.done, report.total, report.percent) == (3, 3, 100)


def test_product_of_many_variants_comes_in_short_pieces(brand: Brand, tmp_path: Path) -> None:
    path = tmp_path / "many"
    rows = [f"a,{'A' if n == 0 else ''},Size,{n},A-{n},1,5\n" for n in range(245)]
    path.write_text(HEAD + "".join(rows))
    pieces: list[int] = []
    rows_of = Variant.objects.for_brand(brand)
    pacer = Pacer(sleep=lambda _pause: pieces.append(rows_of.count()))

    report = import_products(brand, path, pacer=pacer)

    assert pieces == [50, 100, 150, 200, 245]
    assert (report.products, report.variants) == (Counts(created=1), Counts(created=245))
    assert rejected(report) == []


def test_pause_is_as_long_as_the_work_before_it() -> None:
    ticks = iter([0.0, 0.04, 1.0, 1.0, 2.0, 9.0])
    slept: list[float] = []
    pacer = Pacer(sleep=slept.append, clock=lambda: next(ticks))
    for _piece in range(3):
        pacer.run(lambda: None)
    assert slept == [0.04, 0.005, 1.0]


def test_a_sku_of_another_product_is_refused(
    brand: Brand, other_brand: Brand, tmp_path: Path
) -> None:
    import_text(brand, tmp_path, HEAD + "a,A,,,SKU,1,5\n")
    taken = import_text(brand, tmp_path, HEAD + "b,B,,,SKU,1,5\n")
    assert rejected(taken) == [(2, "SKU “SKU” belongs to another product, “A”.")]
    assert not Product.objects.for_brand(brand).filter(reference="b").exists()
    free = import_text(other_brand, tmp_path, HEAD + "b,B,,,SKU,1,5\n")
    assert rejected(free) == []
    assert variants(other_brand) == {"SKU": {}}


def test_stock_that_buyers_hold_is_not_taken_from_them(brand: Brand, tmp_path: Path) -> None:
    import_text(brand, tmp_path, HEAD + "a,A,,,SKU,3,5\n")
    variant = Variant.objects.for_brand(brand).get()
    stock_services.hold(brand.pk, "checkout", [(variant.pk, 2)], utc_now(), timedelta(minutes=10))

    report = import_text(brand, tmp_path, HEAD + "a,A,,,SKU,1,6\n")

    assert notes(report) == [
        (2, "SKU", "Its stock is 2: so many are being bought right now."),
    ]
    assert stock(brand) == {"SKU": 2}
    assert prices(brand)["SKU"] == (600, "EUR", None)


@pytest.mark.parametrize(
    ("text", "sign", "amount"),
    [
        ("1500.00", None, 150000),
        ('"1.234,50 €"', None, 123450),
        ('"1,500"', ".", 150000),
        ("1.500", ",", 150000),
    ],
)
def test_prices_are_read_as_the_file_writes_them(
    brand: Brand, tmp_path: Path, text: str, sign: DecimalSign | None, amount: int
) -> None:
    import_text(brand, tmp_path, HEAD + f"a,A,,,SKU,1,{text}\n", decimal_sign=sign)
    assert prices(brand) == {"SKU": (amount, "EUR", None)}


@pytest.mark.parametrize("text", ["1.500", '"1,500"'])
def test_price_with_two_readings_is_not_guessed(brand: Brand, tmp_path: Path, text: str) -> None:
    report = import_text(brand, tmp_path, HEAD + f"a,A,,,SKU,1,{text}\n")
    shown = text.strip('"')
    reason = (
        f"Variant Price “{shown}” can be read in two ways: 1500 or 1.5."
        " Choose how the file writes numbers."
    )
    assert rejected(report) == [(2, reason)]
    assert prices(brand) == {}


def test_file_read_again_puts_no_sold_units_back(brand: Brand, tmp_path: Path) -> None:
    text = HEAD + "a,A,,,SKU,20,5\n"
    import_text(brand, tmp_path, text)
    variant = Variant.objects.for_brand(brand).get()
    stock_services.claim(brand.pk, "checkout", [(variant.pk, 15)], utc_now())

    report = import_text(brand, tmp_path, text)

    assert (stock(brand), report.stock_changed) == ({"SKU": 5}, 0)
    import_text(brand, tmp_path, HEAD + "a,A,,,SKU,30,5\n")  # ten came in
    assert stock(brand) == {"SKU": 15}
    import_text(brand, tmp_path, HEAD + "a,A,,,SKU,10,5\n")  # twenty went out elsewhere
    assert stock(brand) == {"SKU": 0}


def test_count_of_now_is_taken_as_it_stands(brand: Brand, tmp_path: Path) -> None:
    import_text(brand, tmp_path, HEAD + "a,A,,,SKU,20,5\n")
    variant = Variant.objects.for_brand(brand).get()
    stock_services.claim(brand.pk, "checkout", [(variant.pk, 15)], utc_now())

    import_text(brand, tmp_path, HEAD + "a,A,,,SKU,6,5\n", counted=True)

    assert stock(brand) == {"SKU": 6}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_of_every_encoding_read_the_same(brand: Brand, tmp_path: Path, encoding: str) -> None:
    import_text(brand, tmp_path, (HEAD + "a,Rosé,,,SKU,1,5\n").encode(encoding))
    assert product(brand, "a").name == "Rosé"


def test_semicolons_and_new_headings_are_understood(brand: Brand, tmp_path: Path) -> None:
    report = import_text(
        brand, tmp_path,
        "Title;URL handle;Option1 name;Option1 value;SKU;Price;Compare-at price;"
        "Inventory quantity\n"
        "A;a;Size;S;A-S;10,50;12;4\n",
    )  # fmt: skip
    assert rejected(report) == []
    assert prices(brand) == {"A-S": (1050, "EUR", 1200)}
    assert stock(brand) == {"A-S": 4}


def test_a_renamed_option_leaves_no_old_name(brand: Brand, tmp_path: Path) -> None:
    import_text(brand, tmp_path, HEAD + "a,A,Color,Red,SKU,1,5\n")
    import_text(brand, tmp_path, HEAD + "a,A,Shade,Red,SKU,1,5\n")
    assert product(brand, "a").option_names == ["Shade"]


def test_variants_without_a_sku_get_the_same_one_each_time(brand: Brand, tmp_path: Path) -> None:
    text = HEAD + "a,A,Size,30 ml,,1,5\na,,Size,50 ml,,1,8\n"
    import_text(brand, tmp_path, text)
    assert not import_text(brand, tmp_path, text).changed
    assert set(variants(brand)) == {"a-30-ml", "a-50-ml"}


@pytest.mark.parametrize("text", ["", "name,cost\nx,1\n", "\x89PNG\r\n"])
def test_a_file_of_another_kind_is_refused(brand: Brand, tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        import_text(brand, tmp_path, text)
    assert refused.value.code == "unknown-format"


def test_a_file_that_is_too_large_is_refused(
    brand: Brand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("showfloor.catalogue.importing.sources.BYTES_MAX", 100)
    with pytest.raises(TooLarge):
        import_text(brand, tmp_path, SHOPIFY)


def test_rows_beyond_the_limit_are_not_read(
    brand: Brand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("showfloor.catalogue.importing.sources.ROWS_MAX", 2)
    report = import_text(
        brand, tmp_path, HEAD + "".join(f"p{n},P{n},,,S{n},1,5\n" for n in range(3))
    )
    assert set(variants(brand)) == {"S0", "S1"}
    assert rejected(report) == [
        (4, "The file has more than 100,000 rows; what follows was not read.")
    ]
