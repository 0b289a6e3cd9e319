"""The variants of a product as a matrix: option axes with values, and one combination for each.

Pure up to `write`: `plan` says which variant becomes which combination when the axes change, which
combinations are new, and which variants leave the matrix.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product as cartesian
from math import prod
from typing import Any, Final

from django.utils.text import slugify
from django.utils.translation import gettext as _

from showfloor.accounts.transactions import verb, write
from showfloor.catalogue import services
from showfloor.catalogue.models import OptionValue, Price, Product, Variant
from showfloor.kernel.errors import Invalid

AXES_MAX: Final = 5
VALUES_MAX: Final = 50  # of one axis
COMBINATIONS_MAX: Final = 200
NAME_CHARS_MAX, VALUE_CHARS_MAX = 60, 80
_SKU_CHARS_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Axis:
    """An option with its values in their order. `was`: its name so far, empty for a new one."""

    name: str
    values: tuple[str, ...]
    was: str = ""


@dataclass(frozen=True, slots=True)
class Combination:
    """One value of each axis. `variant_id`: the variant that it is, None for a new one.
    `is_wanted`: a change of the axes has brought it in, so that it is made unless somebody says
    otherwise."""

    options: Mapping[str, str]
    variant_id: str | None = None
    is_wanted: bool = True

    @property
    def key(self) -> str:
        return "␟".join(self.options.values())


@dataclass(frozen=True, slots=True)
class Plan:
    """The combinations of the axes, and the variants that are none of them."""

    combinations: tuple[Combination, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """The entries of a person for one combination. `prices`: by currency, None for none."""

    options: Mapping[str, str]
    variant_id: str | None
    sku: str
    barcode: str
    weight_g: int | None
    is_sold: bool
    prices: Mapping[str, int | None] = field(default_factory=dict)


def axes_of(product: Product, variants: Iterable[Variant]) -> list[Axis]:
    """Return the axes of a product as they are: values in the order of its option values, then of
    its variants."""
    found: dict[str, dict[str, None]] = {name: {} for name in product.option_names}
    for row in OptionValue.objects.all_brands().filter(product=product).order_by("position"):
        found.get(row.option, {})[row.value] = None
    used = dict[str, set[str]]()
    for variant in variants:
        for name, value in variant.options.items():
            found.setdefault(name, {})[value] = None
            used.setdefault(name, set()).add(value)
    return [
        Axis(name, tuple(one for one in values if one in used.get(name, ())), name)
        for name, values in found.items()
        if used.get(name)
    ]


def check_axes(axes: Sequence[Axis]) -> None:
    """Raise Invalid, whose field is `axis-NUMBER-name` or `axis-NUMBER-values`."""
    if len(axes) > AXES_MAX:
        _refuse(AXES_MAX, "name", _("A product has up to %(max)d options."), AXES_MAX)
    seen = set[str]()
    for number, axis in enumerate(axes):
        if not axis.name or len(axis.name) > NAME_CHARS_MAX:
            _refuse(number, "name", _("Write a name of up to %(max)d characters."), NAME_CHARS_MAX)
        if axis.name.casefold() in seen:
            _refuse(number, "name", _("There is an option of this name already."))
        seen.add(axis.name.casefold())
        if not axis.values:
            _refuse(number, "values", _("Write at least one value, each in a line of its own."))
        if len(axis.values) > VALUES_MAX:
            _refuse(number, "values", _("An option has up to %(max)d values."), VALUES_MAX)
        if max(map(len, axis.values)) > VALUE_CHARS_MAX:
            _refuse(number, "values", _("A value has up to %(max)d characters."), VALUE_CHARS_MAX)
    if prod(len(axis.values) for axis in axes) > COMBINATIONS_MAX:
        last = len(axes) - 1
        _refuse(last, "values", _("That is more than %(max)d variants."), COMBINATIONS_MAX)


def _refuse(number: int, name: str, text: str, most: int = 0) -> None:
    raise Invalid(text % {"max": most}, field=f"axis-{number}-{name}")


def plan(variants: Sequence[Variant], before: Sequence[Axis], after: Sequence[Axis]) -> Plan:
    """Return what becomes of the variants under other axes.

    An axis that is new gives its first value to the variants there are; of variants that an axis
    that is gone told apart, the first one stays. A value that alone changed at its place was
    renamed. Archived variants come last, and leave nothing when they have no place.
    """
    old = {axis.name: axis for axis in before}
    placed: dict[tuple[str, ...], str] = {}
    gone: list[str] = []
    for variant in sorted(variants, key=lambda one: one.archived):
        place = _place(variant.options, old, after)
        if place is not None and place not in placed:
            placed[place] = variant.pk
        elif not variant.archived:
            gone.append(variant.pk)
    known = {axis.name: _known_values(axis, old) for axis in after}
    combinations = []
    for values in cartesian(*(axis.values for axis in after)):
        options = dict(zip((axis.name for axis in after), values, strict=True))
        is_new = not variants or any(value not in known[name] for name, value in options.items())
        combinations.append(Combination(options, placed.get(values), is_new))
    return Plan(tuple(combinations), tuple(gone))


def _place(
    options: Mapping[str, str], old: Mapping[str, Axis], after: Sequence[Axis]
) -> tuple[str, ...] | None:
    found = []
    for axis in after:
        if axis.was not in old:
            found.append(axis.values[0])
            continue
        value = options.get(axis.was, "")
        value = _renamed(old[axis.was].values, axis.values).get(value, value)
        if value not in axis.values:
            return None
        found.append(value)
    return tuple(found)


def _known_values(axis: Axis, old: Mapping[str, Axis]) -> set[str]:
    """Return the values for which there were combinations already."""
    if axis.was not in old:
        return {axis.values[0]}
    before = old[axis.was].values
    renamed = _renamed(before, axis.values)
    return {renamed.get(value, value) for value in before}


def _renamed(before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """Return the value that was given another name: the only one that differs at its place."""
    if len(before) != len(after):
        return {}
    changed = {one: other for one, other in zip(before, after, strict=True) if one != other}
    new = next(iter(changed.values()), "")
    return changed if len(changed) == 1 and new not in before else {}


def new_sku(product: Product, options: Mapping[str, str], taken: Collection[str]) -> str:
    """Return a SKU for a new combination that is not taken."""
    words = [product.reference or product.name, *options.values()]
    base = "-".join(slugify(word, allow_unicode=True).upper() for word in words)[:100]
    number, found = 1, base
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def check_skus(product: Product, rows: Sequence[Cells]) -> dict[str, str]:
    """Return by key of options what is wrong with a SKU."""
    wrong: dict[str, str] = {}
    used: dict[str, str | None] = dict(
        Variant.objects.for_brand(product.brand_id)
        .filter(sku__in=[row.sku for row in rows])
        .values_list("sku", "pk")
    )
    seen = set[str]()
    for row in rows:
        key = Combination(row.options).key
        if not row.sku or len(row.sku) > _SKU_CHARS_MAX:
            wrong[key] = _("Write a SKU of up to %(max)d characters.") % {"max": _SKU_CHARS_MAX}
        elif row.sku in seen or used.get(row.sku, row.variant_id) != row.variant_id:
            wrong[key] = _("Another variant has this SKU.")
        seen.add(row.sku)
    return wrong


@verb
def write_matrix(
    product: Product, axes: Sequence[Axis], rows: Sequence[Cells], gone: Collection[str],
    needed: Collection[str],
) -> dict[str, Variant]:  # fmt: skip
    """Write axes and combinations; return the variants by the key of their options. Of the variants
    that are `gone`, those that are `needed` (by orders, by stock) are hidden, the others deleted.
    A new combination that is not sold is not made."""
    made: dict[str, Variant] = {}
    with write():
        every = {one.pk: one for one in Variant.objects.for_brand(product.brand_id).filter(
            product=product
        )}  # fmt: skip
        Variant.objects.for_brand(product.brand_id).filter(pk__in=set(gone) & set(needed)).update(
            archived=True
        )
        for pk in set(gone) - set(needed):
            every[pk].delete()
        shown = [one for one in every.values() if not one.archived]
        _write_values(product, axes_of(product, shown), axes)
        product.option_names = [axis.name for axis in axes]
        product.save(update_fields=["option_names", "updated_at"])
        for position, row in enumerate(rows):
            if row.variant_id is None and not row.is_sold:
                continue
            variant = every[row.variant_id] if row.variant_id is not None else Variant(
                brand_id=product.brand_id, product=product
            )  # fmt: skip
            made[Combination(row.options).key] = _write_row(variant, row, position)
    return made


def _write_row(variant: Variant, row: Cells, position: int) -> Variant:
    variant.options, variant.sku, variant.barcode = dict(row.options), row.sku, row.barcode
    variant.weight_g, variant.archived, variant.position = row.weight_g, not row.is_sold, position
    variant.save()
    prices = {one.currency: one for one in Price.objects.all_brands().filter(variant=variant)}
    for currency, amount in row.prices.items():
        before = prices.get(currency)
        if amount is None and before is not None:
            before.delete()
        elif amount is not None and (before is None or before.amount != amount):
            compare_at = before.compare_at if before is not None else None
            services.set_price(variant, currency, amount, compare_at)
    return variant


def _write_values(product: Product, before: Sequence[Axis], after: Sequence[Axis]) -> None:
    """Write the order of values; a value that stays keeps its look, one that was renamed, too."""
    rows: dict[tuple[str, str], Any] = {
        (one.option, one.value): one
        for one in OptionValue.objects.all_brands().filter(product=product)
    }
    old, kept = {axis.name: axis.values for axis in before}, set[str]()
    for axis in after:
        renamed = {new: one for one, new in _renamed(old.get(axis.was, ()), axis.values).items()}
        for position, value in enumerate(axis.values):
            row = rows.get((axis.was, renamed.get(value, value))) or OptionValue(product=product)
            row.option, row.value, row.position = axis.name, value, position
            row.save()
            kept.add(row.pk)
    OptionValue.objects.all_brands().filter(product=product).exclude(pk__in=kept).delete()
