"""The result of a bulk edit for each product: the preview and applying compute it alike."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.catalogue import sale_guards
from showfloor.catalogue.bulk import rules
from showfloor.catalogue.bulk.rules import FormerPrice, NewPrice, PriceStep
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.kernel.money import Money

OF_PRODUCT: Final = ("category_id", "tax_class", "published")
NO_CATEGORY: Final = "none"


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What a table says of one product. `values`: those of `OF_PRODUCT` that change, `was`: as they
    stood when the table was read; by variant id, `prices`: the price then and the new one, `units`:
    the movement."""

    values: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, tuple[NewPrice, NewPrice]] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    was: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        prices = {
            pk: (NewPrice(**was), NewPrice(**new)) for pk, (was, new) in told["prices"].items()
        }
        return cls(told["values"], prices, told["units"], told.get("was", {}))


_NOTHING: Final = ProductChange()


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a bulk edit; None leaves a value as it is. `category_id` may be `none`. Without
    `table` it is the same for all products; with it, it is what the table says of each, by id."""

    category_id: str | None = None
    tax_class: str | None = None
    published: bool | None = None
    step: PriceStep | None = None
    before: FormerPrice = FormerPrice.KEEP
    units: int = 0
    reason: str = ""
    table: Mapping[str, ProductChange] = field(default_factory=dict)

    @property
    def of_prices(self) -> bool:
        return self.of_all_prices or any(one.prices for one in self.table.values())

    @property
    def of_all_prices(self) -> bool:
        return self.step is not None or self.before is not FormerPrice.KEEP

    @property
    def of_units(self) -> bool:
        return bool(self.units) or any(one.units for one in self.table.values())

    def of(self, product: Product) -> ProductChange:
        return self.table.get(product.pk, _NOTHING)

    @property
    def is_empty(self) -> bool:
        return self == replace(Change(), reason=self.reason)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        step = told.get("step")
        rows = {pk: ProductChange.from_json(one) for pk, one in told.get("table", {}).items()}
        known = {**told, "before": FormerPrice(told.get("before", "keep")), "table": rows}
        return cls(**known | {"step": None if step is None else PriceStep(**step)})

    def product_values(self) -> dict[str, Any]:
        said = {"tax_class": self.tax_class, "published": self.published}
        if self.category_id is not None:
            said["category_id"] = None if self.category_id == NO_CATEGORY else self.category_id
        return {
            name: value
            for name, value in said.items()
            if value is not None or name == "category_id"
        }


@dataclass(slots=True)
class Planned:
    """One product with its values before and after, those that differ. `prices`: variant id → its
    row and the new price; `units`: variant id → the movement."""

    product: Product
    variants: Sequence[Variant]
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, tuple[Price, NewPrice]] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        return bool(self.after or self.prices or self.units)

    @property
    def hides(self) -> bool:
        return self.product.published and self.after.get("published") is False


def plan(
    brand: Brand, change: Change, ids: Collection[str], *, lock: bool = False
) -> list[Planned]:
    """Return what the change makes of these products of the brand, in the order of their ids."""
    rows = Product.objects.for_brand(brand).filter(pk__in=list(ids)).order_by("pk")
    products = list(rows.select_for_update() if lock else rows)
    variants: dict[str, list[Variant]] = defaultdict(list)
    of_prices, of_units = change.of_prices, change.of_units
    if of_prices or of_units:
        of_brand = Variant.objects.for_brand(brand).filter(product__in=products, archived=False)
        for variant in of_brand.order_by("product", "position", "pk"):
            variants[variant.product_id].append(variant)
    prices = _prices(brand, variants, lock=lock) if of_prices else {}
    planned = [Planned(product, variants[product.pk]) for product in products]
    for one in planned:
        _plan_product(one, change)
        for variant in one.variants:
            if of_prices:
                _plan_price(one, change, variant, prices.get(variant.pk))
            if units := change.of(one.product).units.get(variant.pk, change.units):
                one.units[variant.pk] = units
    _keep_on_sale(brand, planned)
    return planned


def _keep_on_sale(brand: Brand, planned: Sequence[Planned]) -> None:
    """Leave those published that have to stay on sale, and say why."""
    hidden = {one.product.pk: one for one in planned if one.hides}
    for pk, reason in sale_guards.reasons_to_stay(brand.pk, hidden).items():
        del hidden[pk].before["published"], hidden[pk].after["published"]
        hidden[pk].problems.append(reason)


def _prices(
    brand: Brand, variants: Mapping[str, Sequence[Variant]], *, lock: bool
) -> dict[str, Price]:
    """Return the prices in the brand's own currency; markets' prices have lists of their own."""
    ids = [one.pk for some in variants.values() for one in some]
    rows = Price.objects.for_brand(brand).filter(variant__in=ids, currency=brand.currency)
    rows = rows.order_by("variant")
    if lock:
        rows = rows.select_for_update(of=("self",))
    return {row.variant_id: row for row in rows.select_related("variant")}


def _plan_product(one: Planned, change: Change) -> None:
    own = change.of(one.product)
    # In the order of names: PostgreSQL's JSON keeps another than the table had.
    for name, value in sorted((change.product_values() | dict(own.values)).items()):
        now = getattr(one.product, name)
        if now not in (own.was.get(name, now), value):
            one.problems.append(_outdated(name, one.product))
            continue
        # Hiding what a feed hid is a change, too: the feed no longer brings it back.
        is_of_feed = name == "published" and one.product.missing_since is not None
        if now != value or is_of_feed:
            one.before[name], one.after[name] = now, value


def _outdated(name: str, product: Product) -> str:
    """Say that a value has changed while a table waited for a person's word."""
    told = {
        "category_id": _("The category of %(name)s has changed since the table was read."),
        "tax_class": _("The tax of %(name)s has changed since the table was read."),
        "published": _("Somebody has published or hidden %(name)s since the table was read."),
    }[name]
    return told % {"name": product.name}


def _plan_price(one: Planned, change: Change, variant: Variant, price: Price | None) -> None:
    own = change.of(one.product).prices.get(variant.pk)
    if own is None and not change.of_all_prices:
        return
    if price is None:
        one.problems.append(_("%(sku)s has no price.") % {"sku": variant.sku})
        return
    if own is not None and NewPrice(price.amount, price.compare_at) not in own:
        told = _("The price of %(sku)s has changed since the table was read.")
        one.problems.append(told % {"sku": variant.sku})
        return
    new = own[1] if own is not None else (
        rules.new_price(price.amount, price.compare_at, change.step, change.before)
    )  # fmt: skip
    if new is None:
        now = f"{Money(price.amount, price.currency).decimal} {price.currency}"
        one.problems.append(
            _("%(sku)s costs %(price)s: the new price would be nothing, or too much.")
            % {"sku": variant.sku, "price": now}
        )
    elif new != NewPrice(price.amount, price.compare_at):
        one.prices[variant.pk] = (price, new)
