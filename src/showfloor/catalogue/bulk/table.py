"""Products as a table for a spreadsheet: written out, and read again as what a bulk edit changes.

A row is one variant of those that are sold. An empty cell leaves a value as it is. Units of stock
are a change and never a count, so that a sale during the work in the spreadsheet is not lost.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.catalogue.amounts import (
    AMOUNT_MAX,
    DecimalSign,
    NotAnAmount,
    amount_error,
    read_money,
    written,
)
from showfloor.catalogue.bulk.plan import ProductChange
from showfloor.catalogue.bulk.rules import NewPrice
from showfloor.catalogue.categories import DEPTH_MAX
from showfloor.catalogue.importing.records import Rejection
from showfloor.catalogue.importing.sources import Row
from showfloor.catalogue.importing.values import PATH_SIGN
from showfloor.catalogue.models import Category, Price, Variant
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.csv_cells import as_written
from showfloor.kernel.errors import Invalid

NONE: Final = "-"  # takes a category, or a price before, away
ROWS_MAX: Final = 20_000
TO_READ: Final = ("product", "options")  # for people; what is written into them counts for nothing
TO_CHANGE: Final = ("category", "tax", "published", "price", "price_before", "stock_change")
COLUMNS: Final = ("sku", *TO_READ, *TO_CHANGE)
_YES_NO: Final = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
_UNITS: Final = re.compile(r"[+\u2212-]?\d{1,6}")
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that cannot be taken over, by its line in the file and its column."""

    line: int
    column: str
    text: str


class _Wrong(Exception):
    """A cell says nothing that can be done; the reason, in words."""


def write(
    brand: Brand, product_ids: Collection[str], sign: DecimalSign
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of these products of the brand, the headings first."""
    yield COLUMNS
    paths = _paths(brand)
    ids = sorted(product_ids)
    for begin in range(0, len(ids), _CHUNK):
        variants = _variants(brand).filter(product__in=ids[begin : begin + _CHUNK])
        rows = list(variants.order_by("product__name", "product", "position", "pk"))
        prices = _prices(brand, [row.pk for row in rows])
        for row in rows:
            yield _cells(row, prices.get(row.pk), paths, sign)


def _cells(
    row: Variant, price: Price | None, paths: Mapping[str, str], sign: DecimalSign
) -> tuple[object, ...]:
    amounts = [""] * 2
    if price is not None:
        amounts = [
            "" if value is None else written(value, price.currency, sign)
            for value in (price.amount, price.compare_at)
        ]
    return (
        row.sku, row.product.name, " · ".join(str(one) for one in row.options.values()),
        paths.get(row.product.category_id or "", ""), row.product.tax_class,
        "yes" if row.product.published else "no", *amounts, "",
    )  # fmt: skip


def read(
    brand: Brand, rows: Iterable[Row | Rejection], sign: DecimalSign
) -> tuple[dict[str, ProductChange], list[CellProblem]]:
    """Return by product id what differs from the products of now, and the mistakes. Invalid: the
    file is no such table, or is too long."""
    found: list[Row] = []
    mistakes: list[CellProblem] = []
    for row in rows:
        if isinstance(row, Rejection):
            mistakes.append(CellProblem(row.line, "", row.reason))
            continue
        if not found:
            _check_headings(row)
        if len(found) >= ROWS_MAX:
            raise Invalid(_("At most %(count)d rows.") % {"count": ROWS_MAX}, field="file")
        found.append(row)
    if not found and not mistakes:
        raise Invalid(_("There is no row below the headings."), field="file")
    reading = _Reading(brand, found, sign)
    for row in found:
        reading.take(row)
    return reading.changes(), sorted([*mistakes, *reading.mistakes], key=lambda one: one.line)


def _check_headings(row: Row) -> None:
    headings = set(row.values)
    if "sku" not in headings or not headings & set(TO_CHANGE):
        raise Invalid(
            _("The table needs a column “sku” and one of: %(names)s.")
            % {"names": ", ".join(TO_CHANGE)},
            field="file",
        )
    unknown = sorted(headings - set(COLUMNS) - {""})
    if unknown:
        raise Invalid(
            _("Unknown columns: %(names)s.") % {"names": ", ".join(unknown)}, field="file"
        )


@dataclass(slots=True)
class _Collected:
    """What the rows of one product have said so far. `lines`: where each value was said."""

    values: dict[str, Any] = field(default_factory=dict)
    was: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, tuple[NewPrice, NewPrice]] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


class _Reading:
    """The rows of one file, against the products of now."""

    def __init__(self, brand: Brand, rows: Iterable[Row], sign: DecimalSign) -> None:
        self.mistakes: list[CellProblem] = []
        self._brand, self._sign = brand, sign
        self._categories: dict[str, list[str]] = {}
        for pk, path in _paths(brand).items():
            self._categories.setdefault(_path_key(path), []).append(pk)
        self._variants = _by_sku(brand, {_sku(row) for row in rows})
        self._prices = _prices(brand, [one.pk for one in self._variants.values()])
        self._seen: dict[str, int] = {}  # SKU → line
        self._said: dict[str, _Collected] = {}

    def changes(self) -> dict[str, ProductChange]:
        return {
            pk: ProductChange(said.values, said.prices, said.units, said.was)
            for pk, said in self._said.items()
            if said.values or said.prices or said.units
        }

    def take(self, row: Row) -> None:
        sku = _sku(row)
        variant = self._variants.get(sku)
        if row.has_more:  # a decimal comma without quotes would halve a price
            self._mistake(row, "", _("This row has more cells than there are headings."))
            return
        if variant is None or sku in self._seen:
            self._mistake(row, "sku", self._sku_problem(sku))
            return
        self._seen[sku] = row.line
        said = self._said.setdefault(variant.product_id, _Collected())
        for column, name, read_cell in (
            ("category", "category_id", partial(self._category, variant.product.category_id)),
            ("tax", "tax_class", _tax_class),
            ("published", "published", _published),
        ):
            self._cell(row, column, partial(self._of_product, row, said, variant, name, read_cell))
        self._take_price(row, said, variant)
        self._cell(row, "stock_change", partial(_note_units, said, variant))

    def _sku_problem(self, sku: str) -> str:
        if not sku:
            return _("Write the SKU.")
        if sku in self._seen:
            return _("This SKU stands in line %(line)d already.") % {"line": self._seen[sku]}
        return _("No variant on sale has this SKU.")

    def _cell(self, row: Row, column: str, take: Any) -> None:
        text = as_written(row.get(column))
        if not text:
            return
        try:
            take(text)
        except _Wrong as wrong:
            self._mistake(row, column, str(wrong))

    def _mistake(self, row: Row, column: str, text: str) -> None:
        self.mistakes.append(CellProblem(row.line, column, text))

    def _of_product(
        self, row: Row, said: _Collected, variant: Variant, name: str, read_cell: Any, text: str
    ) -> None:
        """Note a value of the whole product; one row that says another than now is enough."""
        value = read_cell(text)
        now = getattr(variant.product, name)
        if value == now:
            return
        if name in said.values and said.values[name] != value:
            raise _Wrong(
                _("Line %(line)d says something else about the same product.")
                % {"line": said.lines[name]}
            )
        said.values[name], said.was[name] = value, now
        said.lines.setdefault(name, row.line)

    def _category(self, now: str | None, text: str) -> str | None:
        found = self._categories.get(_path_key(text), [])
        if now in found:
            return now
        if text == NONE:
            return None
        if not found:
            raise _Wrong(_("There is no such category."))
        if len(found) > 1:
            raise _Wrong(_("Several categories are spelt so."))
        return found[0]

    def _take_price(self, row: Row, said: _Collected, variant: Variant) -> None:
        now = self._prices.get(variant.pk)
        typed = {name: as_written(row.get(name)) for name in ("price", "price_before")}
        if not any(typed.values()):
            return
        if now is None:
            self._mistake(row, "price", _("Enter its first price on the product's page."))
            return
        read_amounts: dict[str, int | None] = {"price": now.amount, "price_before": now.compare_at}
        for name, text in typed.items():
            try:
                if text:
                    is_none = name == "price_before" and text == NONE
                    read_amounts[name] = None if is_none else self._amount(text)
            except _Wrong as wrong:
                self._mistake(row, name, str(wrong))
                return
        amount, before = read_amounts["price"] or 0, read_amounts["price_before"]
        if before is not None and before <= amount:
            self._mistake(row, "price_before", _("The price before must be higher than the price."))
        elif (amount, before) != (now.amount, now.compare_at):
            was = NewPrice(now.amount, now.compare_at)
            said.prices[variant.pk] = (was, NewPrice(amount, before))

    def _amount(self, text: str) -> int:
        currency = self._brand.currency
        try:
            amount = read_money(text, currency, self._sign).amount
        except NotAnAmount as error:
            raise _Wrong(amount_error(text, currency, error)) from None
        if not 0 < amount <= AMOUNT_MAX:
            raise _Wrong(amount_error(text, currency, None, too_large=amount > 0))
        return amount


def _note_units(said: _Collected, variant: Variant, text: str) -> None:
    if not _UNITS.fullmatch(text):
        raise _Wrong(_("Write units more or less, like +5 or -2."))
    if units := int(text.replace("\u2212", "-")):
        said.units[variant.pk] = units


def _tax_class(text: str) -> str:
    if text.lower() not in TaxClass.values:
        raise _Wrong(_("One of: %(names)s.") % {"names": ", ".join(TaxClass.values)})
    return text.lower()


def _published(text: str) -> bool:
    if text.lower() not in _YES_NO:
        raise _Wrong(_("One of: %(names)s.") % {"names": "yes, no"})
    return _YES_NO[text.lower()]


def _sku(row: Row) -> str:
    return as_written(row.get("sku"))


def _path_key(path: str) -> str:
    names = path.split(PATH_SIGN.strip())
    return PATH_SIGN.join(" ".join(name.split()).casefold() for name in names)


def _paths(brand: Brand) -> dict[str, str]:
    """Return the path of each category, like `Face > Cream`, by its id."""
    rows = {row.pk: row for row in Category.objects.for_brand(brand)}
    found: dict[str, str] = {}
    for row in rows.values():
        names, above = [row.name], rows.get(row.parent_id or "")
        while above is not None and len(names) < DEPTH_MAX:
            names.insert(0, above.name)
            above = rows.get(above.parent_id or "")
        found[row.pk] = PATH_SIGN.join(names)
    return found


def _variants(brand: Brand) -> Any:
    return Variant.objects.for_brand(brand).filter(archived=False).select_related("product")


def _by_sku(brand: Brand, skus: set[str]) -> dict[str, Variant]:
    ordered = sorted(skus - {""})
    found: dict[str, Variant] = {}
    for begin in range(0, len(ordered), _CHUNK):
        some = _variants(brand).filter(sku__in=ordered[begin : begin + _CHUNK])
        found |= {row.sku: row for row in some}
    return found


def _prices(brand: Brand, variant_ids: list[str]) -> dict[str, Price]:
    """Return the prices in the brand's own currency; markets' prices have lists of their own."""
    found: dict[str, Price] = {}
    for begin in range(0, len(variant_ids), _CHUNK):
        rows = Price.objects.for_brand(brand).filter(
            variant__in=variant_ids[begin : begin + _CHUNK], currency=brand.currency
        )
        found |= {row.variant_id: row for row in rows}
    return found
