"""The page of a product's variants as a table: what was typed, what it means, and saving it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.catalogue import sale_guards
from showfloor.catalogue import variant_matrix as matrix
from showfloor.catalogue.amounts import (
    AMOUNT_MAX,
    NotAnAmount,
    amount_error,
    decimal_sign,
    read_money,
    written,
)
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.catalogue.variant_matrix import Axis, Cells, Combination, Plan
from showfloor.checkout.models import CheckoutLine, OrderLine
from showfloor.kernel.errors import Invalid, ShowfloorError
from showfloor.pricing.models import Market
from showfloor.stock import locations
from showfloor.stock import services as stock
from showfloor.stock.models import MovementReason, Stock
from showfloor.stock.rules import ON_HAND_MAX

CURRENCIES_MAX: Final = 6
LOCATIONS_MAX: Final = 6
_WEIGHT_MAX: Final = 10**6  # grams
_BARCODE_CHARS_MAX: Final = 64
REASONS: Final = (
    MovementReason.RECEIVED, MovementReason.RETURNED, MovementReason.DAMAGED,
    MovementReason.CORRECTION,
)  # fmt: skip


@dataclass(slots=True)
class Cell:
    """One field of the table: its name in the form, its text, what is wrong with it."""

    name: str
    column: str
    label: str
    value: str
    error: str = ""
    note: str = ""  # beside it, as the units that are there
    kind: str = "text"  # the keyboard that a phone shows


@dataclass(slots=True)
class Line:
    """One combination in the table."""

    combination: Combination
    label: str
    is_sold: bool
    cells: list[Cell]
    image: str = ""


@dataclass(frozen=True, slots=True)
class VariantOutcome:
    """The fate of a variant that the axes leave out. `is_needed`: it is hidden, since orders
    or units need it."""

    sku: str
    is_needed: bool


@dataclass(slots=True)
class Sheet:
    """The page: axes, lines, and what saving it would take out."""

    product: Product
    axes: list[Axis]
    plan: Plan
    lines: list[Line] = field(default_factory=list)
    removed: list[VariantOutcome] = field(default_factory=list)
    drawn: str = ""  # the state of things and the axes that the lines were drawn for
    errors: dict[str, str] = field(default_factory=dict)


class _Stopped(Exception):
    """A movement of stock was refused, and nothing of the table is written."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name, self.message = name, message


class _Changed(Exception):
    """Somebody else has changed the product, and nothing of the table is written."""


class _HasToStay(Exception):
    """A variant has to stay on sale, and nothing of the table is written."""


class MatrixPage:
    """One request for the table of a product."""

    def __init__(self, product: Product, typed: Mapping[str, str] | None) -> None:
        self.product, self._typed = product, typed
        self._variants = list(
            Variant.objects.for_brand(product.brand_id)
            .filter(product=product)
            .order_by("position", "pk")
        )
        self._by_id = {one.pk: one for one in self._variants}
        self.currencies = _currencies(product)
        self.places = locations.locations_of(product.brand_id)[:LOCATIONS_MAX]
        self._prices = {
            (one.variant_id, one.currency): one
            for one in Price.objects.for_brand(product.brand_id).filter(variant__in=self._variants)
        }
        self._units = locations.units_by_variant(product.brand_id, list(self._by_id))
        self._before = matrix.axes_of(product, [one for one in self._variants if not one.archived])

    def sheet(self) -> Sheet:
        """Return the page for what was typed; axes that make no sense stand there with an error,
        beside the combinations of before."""
        axes = self._before if self._typed is None else read_axes(self._typed)
        try:
            matrix.check_axes(axes)
        except Invalid as error:
            found = self._drawn(self._before)
            found.axes, found.errors[error.field or ""] = axes, error.message
            return found
        return self._drawn(axes)

    def _drawn(self, axes: list[Axis]) -> Sheet:
        plan = matrix.plan(self._variants, self._before, axes)
        sheet = Sheet(self.product, axes, plan, drawn=self.state(axes))
        taken = {one.sku for one in self._variants}
        for number, combination in enumerate(plan.combinations):
            sheet.lines.append(self._line(number, combination, taken))
        needed = needed_of(self.product, plan.gone)
        sheet.removed = [VariantOutcome(self._by_id[pk].sku, pk in needed) for pk in plan.gone]
        return sheet

    def _line(self, number: int, combination: Combination, taken: set[str]) -> Line:
        variant = self._by_id.get(combination.variant_id or "")
        own = self._known(variant, combination, taken)
        # What was typed for this combination stays, wherever other axes have put it.
        at = self._typed_at(combination)
        typed = self._typed or {}
        cells = [
            Cell(
                f"row-{number}-{name}", name, label, typed.get(f"row-{at}-{name}", value), kind=kind
            )
            for name, label, value, kind in own
        ]
        cells += [
            Cell(
                f"row-{number}-move-{index}", f"move-{index}", label,
                typed.get(f"row-{at}-move-{index}", ""), note=self._there(variant, place),
            )
            for index, (label, place) in enumerate(self.move_columns())
        ]  # fmt: skip
        is_sold = not variant.archived if variant is not None else combination.is_wanted
        if at is not None:
            is_sold = f"row-{at}-sold" in typed
        label = " / ".join(combination.options.values()) or self.product.name
        image = variant.image.url if variant is not None and variant.image else ""
        return Line(combination, label, is_sold, cells, image)

    def _known(
        self, variant: Variant | None, combination: Combination, taken: set[str]
    ) -> list[tuple[str, str, str, str]]:  # fmt: skip
        """Return name, label, text and keyboard of each plain cell. A new combination begins with
        the prices and the weight of the first variant."""
        model = variant or next(iter(self._variants), None)
        sku = variant.sku if variant is not None else matrix.new_sku(
            self.product, combination.options, taken
        )  # fmt: skip
        taken.add(sku)
        weight = "" if model is None or model.weight_g is None else str(model.weight_g)
        sign = decimal_sign(get_language())
        found = [
            ("sku", _("SKU"), sku, "text"),
            ("barcode", _("Barcode"), variant.barcode if variant is not None else "", "numeric"),
        ]
        for currency in self.currencies:
            price = self._prices.get((model.pk, currency)) if model is not None else None
            text = written(price.amount, currency, sign) if price is not None else ""
            found.append((f"price-{currency}", currency, text, "decimal"))
        return [*found, ("weight", _("Weight, g"), weight, "numeric")]

    def _typed_at(self, combination: Combination) -> int | None:
        """Return the number of the typed line about this combination."""
        if self._typed is None:
            return None
        for number in range(matrix.COMBINATIONS_MAX):
            key = self._typed.get(f"row-{number}-key")
            if key is None:
                return None
            if key == _key(combination):
                return number
        return None

    def move_columns(self) -> list[tuple[str, str | None]]:
        """Return heading and location id of the columns of stock; one for a single location."""
        if len(self.places) < 2:
            return [(_("± units"), None)]
        return [(f"± {one.name}", one.pk) for one in self.places]

    def _there(self, variant: Variant | None, place: str | None) -> str:
        units = self._units.get(variant.pk, {}) if variant is not None else {}
        main = next((one.pk for one in self.places if one.is_main), None)
        return str(units.get(None if place == main else place, 0))

    def state(self, axes: list[Axis]) -> str:
        """Return a digest of the product's variants and prices, and of these axes."""
        facts = [
            (one.pk, one.sku, one.barcode, one.weight_g, one.archived, sorted(one.options.items()))
            for one in self._variants
        ]
        prices = sorted((pk, code, row.amount) for (pk, code), row in self._prices.items())
        return hashlib.sha256(repr((facts, prices, axes)).encode()).hexdigest()[:32]

    # --- saving

    def save(self, sheet: Sheet, by: User) -> bool:
        """Write the table; return False, with errors in the sheet, where it is wrong."""
        typed = self._typed or {}
        if sheet.errors:
            return False
        if typed.get("drawn") != sheet.drawn:
            sheet.errors[""] = _look_again()
            return False
        if sheet.removed and "confirm" not in typed:
            sheet.errors["confirm"] = _("Say that these variants may go.")
            return False
        rows, moves = self._read(sheet)
        if any(cell.error for line in sheet.lines for cell in line.cells):
            sheet.errors[""] = _("Nothing was saved: look at the marked fields.")
            return False
        reason = MovementReason(typed["reason"]) if typed.get("reason") in REASONS else (
            MovementReason.CORRECTION
        )  # fmt: skip
        cause = stock.Cause(reason, by_id=by.pk, note=typed.get("note", "")[:200])
        try:
            _save(sheet, rows, moves, cause)
        except _Changed:
            sheet.errors[""] = _look_again()
            return False
        except _HasToStay as reason:
            sheet.errors[""] = str(reason)
            return False
        except _Stopped as stopped:
            _cell(sheet, stopped.name).error = stopped.message
            sheet.errors[""] = _("Nothing was saved: look at the marked fields.")
            return False
        return True

    def _read(self, sheet: Sheet) -> tuple[list[Cells], list[tuple[str, str, str | None, int]]]:
        """Return rows and movements (key of the combination, cell, location, units); what is wrong
        is in the cells."""
        rows: list[Cells] = []
        moves: list[tuple[str, str, str | None, int]] = []
        for line in sheet.lines:
            by_column = {cell.column: cell for cell in line.cells}
            is_made = line.is_sold or line.combination.variant_id is not None
            rows.append(self._row(line, by_column, is_made=is_made))
            for index, (_label, place) in enumerate(self.move_columns()):
                cell = by_column[f"move-{index}"]
                change = _whole(cell, -ON_HAND_MAX, ON_HAND_MAX)
                if change and is_made:
                    moves.append((line.combination.key, cell.name, place, change))
        made = [row for row, line in zip(rows, sheet.lines, strict=True)
                if line.is_sold or row.variant_id is not None]  # fmt: skip
        wrong = matrix.check_skus(self.product, made)
        for line in sheet.lines:
            line.cells[0].error = wrong.get(line.combination.key, "")
        return rows, moves

    def _row(self, line: Line, cells: Mapping[str, Cell], *, is_made: bool) -> Cells:
        barcode = cells["barcode"]
        if len(barcode.value) > _BARCODE_CHARS_MAX:
            barcode.error = _("That is too long.")
        home = self.product.brand.currency
        prices = {}
        for currency in self.currencies:
            cell = cells[f"price-{currency}"]
            prices[currency] = self._amount(line, cell, currency) if is_made else None
            if currency == home and line.is_sold and not cell.value:
                cell.error = _("Write a price.")
        return Cells(
            line.combination.options, line.combination.variant_id, cells["sku"].value,
            barcode.value, _whole(cells["weight"], 0, _WEIGHT_MAX), line.is_sold, prices,
        )  # fmt: skip

    def _amount(self, line: Line, cell: Cell, currency: str) -> int | None:
        if not cell.value:
            return None
        try:
            amount = read_money(cell.value, currency, decimal_sign(get_language())).amount
        except NotAnAmount as error:
            cell.error = amount_error(cell.value, currency, error)
            return None
        before = self._prices.get((line.combination.variant_id or "", currency))
        if not 0 <= amount <= AMOUNT_MAX:
            cell.error = amount_error(cell.value, currency, None, too_large=amount > 0)
        elif before is not None and before.compare_at and before.compare_at <= amount:
            cell.error = _("The price before must be higher than the price.")
        return amount


@verb
def _save(
    sheet: Sheet, rows: list[Cells], moves: list[tuple[str, str, str | None, int]],
    cause: stock.Cause,
) -> None:  # fmt: skip
    brand_id = sheet.product.brand_id
    with stock.writing():
        Product.objects.for_brand(brand_id).select_for_update().get(pk=sheet.product.pk)
        if MatrixPage(sheet.product, None).state(sheet.axes) != sheet.drawn:
            raise _Changed
        off_sale = [
            *sheet.plan.gone,
            *(r.variant_id for r in rows if r.variant_id and not r.is_sold),
        ]
        for reason in sale_guards.reasons_to_stay(brand_id, [], off_sale).values():
            raise _HasToStay(reason)
        needed = needed_of(sheet.product, sheet.plan.gone)
        made = matrix.write_matrix(sheet.product, sheet.axes, rows, sheet.plan.gone, needed)
        # Counts are locked in the order of variants, as everywhere.
        for key, name, place, change in sorted(moves, key=lambda one: made[one[0]].pk):
            try:
                if place is None:
                    stock.move(brand_id, made[key].pk, change, cause)
                else:
                    locations.move_at(brand_id, made[key].pk, change, cause, place)
            except ShowfloorError as error:
                raise _Stopped(name, error.message) from error


def needed_of(product: Product, variant_ids: tuple[str, ...]) -> set[str]:
    """Return the variants that orders, checkouts or units on hand need."""
    if not variant_ids:
        return set()
    found = set[str]()
    for model in (OrderLine, CheckoutLine):
        rows = model.objects.for_brand(product.brand_id).filter(variant__in=variant_ids)
        found.update(rows.values_list("variant_id", flat=True).distinct())
    there = Stock.objects.for_brand(product.brand_id).filter(variant__in=variant_ids)
    found.update(there.exclude(on_hand=0, reserved=0).values_list("variant_id", flat=True))
    return found


def read_axes(typed: Mapping[str, str]) -> list[Axis]:
    """Return the axes of a form: those with a name or values."""
    found = []
    for number in range(matrix.AXES_MAX + 1):
        name = typed.get(f"axis-{number}-name", "").strip()
        lines = typed.get(f"axis-{number}-values", "").splitlines()
        values = tuple(dict.fromkeys(filter(None, (" ".join(one.split()) for one in lines))))
        if name:
            found.append(Axis(name, values, typed.get(f"axis-{number}-was", "")))
    return found


def _currencies(product: Product) -> list[str]:
    """Return the currencies of the table: the brand's own, its markets', those of its prices."""
    rows = Price.objects.for_brand(product.brand_id).filter(variant__product=product)
    found = {
        product.brand.currency: None,
        **dict.fromkeys(
            Market.objects.for_brand(product.brand_id).filter(active=True)
            .values_list("currency", flat=True)
        ),
        **dict.fromkeys(rows.order_by("currency").values_list("currency", flat=True)),
    }  # fmt: skip
    return list(found)[:CURRENCIES_MAX]


def _look_again() -> str:
    return _(
        "The combinations are others now, or somebody changed this product meanwhile."
        " Look at the table and save it again."
    )


def _whole(cell: Cell, least: int, most: int) -> int | None:
    """Return the whole number of a cell, None for an empty one; a wrong one becomes its error."""
    text = cell.value.replace("\u2212", "-").replace("±", "")
    if not text:
        return None
    try:
        number = int(text)
    except ValueError:
        cell.error = _("Write a whole number.")
        return None
    if not least <= number <= most:
        cell.error = _("That is more than there can be.")
    return number


def _key(combination: Combination) -> str:
    return combination.variant_id or combination.key


def _cell(sheet: Sheet, name: str) -> Cell:
    return next(cell for line in sheet.lines for cell in line.cells if cell.name == name)


def context(page: MatrixPage, sheet: Sheet, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what the template draws."""
    blank = Axis("", ())
    axes = [*sheet.axes, blank][: matrix.AXES_MAX]
    return {
        "sheet": sheet,
        "axes": [
            {
                "number": number, "axis": one, "values": "\n".join(one.values),
                "name_error": sheet.errors.get(f"axis-{number}-name", ""),
                "values_error": sheet.errors.get(f"axis-{number}-values", ""),
            }
            for number, one in enumerate(axes)
        ],
        "columns": [cell.label for cell in sheet.lines[0].cells] if sheet.lines else [],
        "keys": [_key(line.combination) for line in sheet.lines],
        "reasons": [(one.value, one.label) for one in REASONS],
        "reason": typed.get("reason", MovementReason.RECEIVED.value),
        "note": typed.get("note", ""),
        "problem": sheet.errors.get("", ""),
        "confirm_error": sheet.errors.get("confirm", ""),
    }  # fmt: skip
