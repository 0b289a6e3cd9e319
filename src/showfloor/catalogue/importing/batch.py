"""The rows of a batch of records: read together, changed in memory, written together.

Rows that changed are written in groups of the same columns, so that a column that nobody changed is
not written back over what staff entered meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.db import models
from django.db.models import F

from showfloor.accounts import batch_sql
from showfloor.accounts.models import Brand
from showfloor.catalogue.importing.records import ProductRecord
from showfloor.catalogue.importing.values import PATH_SIGN
from showfloor.catalogue.models import Category, Price, Product, Variant
from showfloor.catalogue.pictures import IMPORTED
from showfloor.catalogue.services import write_prices
from showfloor.kernel.clock import utc_now

_ROWS: Final = 500  # in one statement


class Batch:
    """The products of some records with their variants and prices, as they are and as they become.

    `variants`: product id → its variants by SKU. `elsewhere`: SKU → the variant that has it, of
    those that the records name, whichever product it belongs to. `prices`: variant id → its prices
    by currency.
    """

    def __init__(self, brand: Brand, records: Sequence[ProductRecord]) -> None:
        self.brand = brand
        found = Product.objects.for_brand(brand).filter(
            reference__in={record.reference for record in records}
        )
        self.products = {product.reference: product for product in found}
        self.variants: dict[str, dict[str, Variant]] = defaultdict(dict)
        self.elsewhere: dict[str, Variant] = {}
        self.prices: dict[str, dict[str, Price]] = defaultdict(dict)
        self._new: set[models.Model] = set()
        self._changed: dict[models.Model, set[str]] = {}
        self._load_variants({one.sku for record in records for one in record.variants})

    def _load_variants(self, skus: set[str]) -> None:
        rows = Variant.objects.for_brand(self.brand).order_by("position")
        for product in self.products.values():
            self.variants[product.pk] = {}
        for variant in rows.filter(product__in=list(self.variants)):
            self.variants[variant.product_id][variant.sku] = variant
        for variant in rows.filter(sku__in=skus).select_related("product"):
            self.elsewhere[variant.sku] = variant
        own = [one.pk for variants in self.variants.values() for one in variants.values()]
        of_brand = Price.objects.for_brand(self.brand).select_related("variant")
        for price in of_brand.filter(variant__in=own):
            self.prices[price.variant_id][price.currency] = price

    def add[M: models.Model](self, row: M) -> M:
        """Have a new row written."""
        self._new.add(row)
        self._changed[row] = set()
        return row

    def is_new(self, row: models.Model) -> bool:
        return row in self._new

    def assign(self, row: models.Model, said: dict[str, Any]) -> bool:
        """Set what differs; return whether anything did. A picture that was fetched from the old
        address goes with it; one that a person chose stays."""
        differing = {name: value for name, value in said.items() if getattr(row, name) != value}
        if "image_source_url" in differing:
            differing["image_attempts"], differing["image_error"] = 0, ""
            image: Any = getattr(row, "image")  # noqa: B009 - products and variants have it
            if IMPORTED in (image.name or ""):
                differing["image"] = ""
        for name, value in differing.items():
            setattr(row, name, value)
        self._changed.setdefault(row, set()).update(differing)
        return bool(differing)

    def save(self) -> None:
        """Write what is new and what changed: products before their variants before the prices."""
        for model in (Product, Variant):
            rows = [row for row in self._changed if type(row) is model]
            new = [row for row in rows if row in self._new]
            batch_sql.create(model, new)
            for names, group in self._groups(row for row in rows if row not in self._new):
                _update(model, group, names)
        self._save_prices()

    def _save_prices(self) -> None:
        rows = [row for row in self._changed if isinstance(row, Price)]
        new = [row for row in rows if row in self._new]
        write_prices(new, [row for row in rows if row not in self._new and self._changed[row]])

    def _groups(
        self, rows: Iterable[models.Model]
    ) -> Iterable[tuple[frozenset[str], list[models.Model]]]:
        groups: dict[frozenset[str], list[models.Model]] = defaultdict(list)
        for row in rows:
            if self._changed[row]:
                groups[frozenset(self._changed[row])].append(row)
        return groups.items()


class Categories:
    """The categories of a brand by their paths, each made when a record first names it. Those of a
    batch that was not written are forgotten."""

    def __init__(self, brand: Brand) -> None:
        self._brand = brand
        self._known: dict[str, Category] = {}

    def of(self, path: str) -> Category | None:
        """Return the category at the end of a path. A single name is found at any level, so that a
        category can be moved in the tree."""
        if not path:
            return None
        above, _sign, name = path.rpartition(PATH_SIGN)
        if path not in self._known:
            rows = Category.objects.for_brand(self._brand)
            parent = self.of(above)
            same = rows.filter(name=name)
            found = (
                same.filter(parent=parent)
                if parent
                else same.order_by(F("parent").asc(nulls_first=True), "pk")
            )
            self._known[path] = found.first() or self._make(name, parent, rows.count())
        return self._known[path]

    def _make(self, name: str, parent: Category | None, position: int) -> Category:
        made = Category(brand=self._brand, name=name, parent=parent, position=position)
        made.save()
        return made

    def forget(self) -> None:
        """Forget all: a transaction that may have made some of them was undone."""
        self._known.clear()


def _update(model: type[models.Model], rows: list[models.Model], names: frozenset[str]) -> None:
    if model is Product:
        names |= {"updated_at"}  # `auto_now` is of `save` alone
        for row in rows:
            setattr(row, "updated_at", utc_now())  # noqa: B010 - of a product
    _manager(model).bulk_update(rows, sorted(names), batch_size=_ROWS)


def _manager(model: Any) -> Any:
    all_brands: Callable[[], Any] = model.objects.all_brands
    return all_brands()
