"""`showfloor import`, as a person at a terminal and a job without one see it."""

import argparse
from io import StringIO
from pathlib import Path
from typing import IO, override

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.importing.terminal import Terminal
from showfloor.catalogue.models import Product
from showfloor.kernel.errors import Invalid
from showfloor.roles import cli
from tests.catalogue.support import SHOPIFY, prices

TEXT = "Handle,Title,Variant SKU,Variant Price\na,A,SKU,1.234\nb,B,OTHER,5\n"


class Screen(StringIO):
    """A text that is a terminal."""

    @override
    def isatty(self) -> bool:
        return True


def text(file: IO[str]) -> str:
    assert isinstance(file, StringIO)
    return file.getvalue()


def arguments(path: Path, *more: str) -> argparse.Namespace:
    return cli.parser().parse_args(["import", str(path), *more])


@pytest.fixture
def products(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(TEXT)
    return path


def test_person_sees_what_was_understood_before_anything_is_written(
    brand: Brand, products: Path
) -> None:
    terminal = Terminal(Screen("n\n"), StringIO(), Screen())

    assert cli.import_products(brand, arguments(products, "--decimal", "comma"), terminal) == 1

    assert not Product.objects.for_brand(brand).exists()
    shown = text(terminal.out).splitlines()
    assert shown[0] == "Nothing was written (dry run)."
    assert "  line 2, “SKU”: A, 1234.00 EUR" in shown
    assert text(terminal.progress).endswith("Import this? [y/N] ")
    assert "Reading: 100 %, 0 rows left out" in text(terminal.progress)


def test_person_agrees(brand: Brand, products: Path) -> None:
    terminal = Terminal(Screen("y\n"), StringIO(), Screen())
    assert (
        cli.import_products(brand, arguments(products), terminal) == 1
    )  # one row has two readings
    assert prices(brand) == {"OTHER": (500, "EUR", None)}
    assert "Importing: 100 %, 1 rows left out" in text(terminal.progress)


def test_import_without_a_terminal_requires_yes(brand: Brand, products: Path) -> None:
    products.write_text(SHOPIFY)
    silent = Terminal(StringIO(), StringIO(), StringIO())

    assert cli.import_products(brand, arguments(products), silent) == 1
    assert "Run it again with --yes." in text(silent.progress)
    assert not Product.objects.for_brand(brand).exists()

    assert cli.import_products(brand, arguments(products, "--yes"), silent) == 0
    assert Product.objects.for_brand(brand).count() == 2


def test_dry_run_asks_nothing(brand: Brand, products: Path) -> None:
    terminal = Terminal(Screen("y\n"), StringIO(), Screen())
    assert cli.import_products(brand, arguments(products, "--dry-run"), terminal) == 1
    assert not Product.objects.for_brand(brand).exists()
    assert "Import this?" not in text(terminal.progress)


def test_missing_file_is_named(brand: Brand, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="There is no file"):
        cli.import_products(brand, arguments(tmp_path / "none.csv", "--yes"), Terminal.of_process())
