"""Writes one record in one transaction: only what differs from what is there.

Nothing is ever deleted: a file that lacks a product says nothing about it.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.catalogue.importing.records import (
    BadRow,
    ProductRecord,
    Rejection,
    VariantRecord,
)
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.models import Category, Price, Product, Variant
from showfloor.catalogue.pictures import IMPORTED
from showfloor.catalogue.text import clean_html

_OPTION_AXES_MAX = 10


class StockOutcome(Protocol):
    """Units on hand before (None: there was no count) and now, and whether buyers hold more than
    the file would leave."""

    @property
    def before(self) -> int | None: ...
    @property
    def on_hand(self) -> int: ...
    @property
    def kept(self) -> bool: ...


class StockDoor(Protocol):
    """What the import needs of the stock room, which stands above this one."""

    def levels(self, brand_id: str, variant_ids: list[str]) -> Mapping[str, int]:
        """Variant id → units on hand; those without a level are left out."""
        ...

    def take_over(
        self, brand_id: str, counts: Mapping[str, int], *, counted: bool
    ) -> Mapping[str, "StockOutcome"]:
        """Variant id → what the file says; what became of it (`stock.services.take_over`)."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """A write transaction for products and stock together."""
        ...


@dataclass(slots=True)
class Run:
    """One reading of a file: what it has already had in it."""

    brand: Brand
    stock: StockDoor
    report: Report
    counted: bool = False  # its numbers are those of now, with all sales taken off
    seen_products: dict[str, str] = field(default_factory=dict)  # reference → outcome
    seen_skus: dict[str, int] = field(default_factory=dict)  # SKU → line
    categories: dict[str, Category] = field(default_factory=dict)


class _Undo(Exception):
    """Ends a dry run's transaction."""


@dataclass(slots=True)
class _Tally:
    """What one record did; counted only once its transaction is through."""

    product: str = "unchanged"
    variants: list[str] = field(default_factory=list)
    stock_changed: int = 0
    stock_unknown: int = 0
    rejected: list[Rejection] = field(default_factory=list)


def write_record(run: Run, record: ProductRecord) -> None:
    tally = _Tally()
    try:
        _write_or_undo(run, record, tally)
    except BadRow as bad:
        run.categories.clear()  # those made for it are gone again
        _reject_all(run, record, tally, str(bad))
        return
    except _Undo:
        run.categories.clear()
    _count(run, record, tally)


def _write_or_undo(run: Run, record: ProductRecord, tally: _Tally) -> None:
    with run.stock.writing():
        _write(run, record, tally)
        if run.report.dry_run:
            raise _Undo


def _write(run: Run, record: ProductRecord, tally: _Tally) -> None:
    product = Product.objects.for_brand(run.brand).filter(reference=record.reference).first()
    good = _takeable(run, record, product, tally)
    if not good:
        tally.product = ""
        return
    new = product is None
    if product is None:
        if not record.name:
            raise BadRow(_("%(name)s is missing.") % {"name": "Title"})
        product = Product(brand=run.brand, reference=record.reference)
    changed = _assign(product, _product_values(run, record, new=new, product=product))
    if new or changed:
        product.save()
    tally.product = "created" if new else "updated" if changed else "unchanged"
    known = {row.sku: row for row in product.variants.prefetch_related("prices")}
    for variant in good:
        tally.variants.append(_write_variant(run, product, known, variant))
    _keep_option_names(product, list(known.values()), good, tally)
    _write_stock(run, known, good, tally)


def _takeable(
    run: Run, record: ProductRecord, product: Product | None, tally: _Tally
) -> list[VariantRecord]:
    """The variants whose SKU belongs to this product, and to it once."""
    skus = [variant.sku for variant in record.variants]
    elsewhere = dict(
        Variant.objects.for_brand(run.brand)
        .filter(sku__in=skus)
        .exclude(product=product)
        .values_list("sku", "product__name")
    )
    good: list[VariantRecord] = []
    own: dict[str, int] = {}
    for variant in record.variants:
        twice = run.seen_skus.get(variant.sku, own.get(variant.sku))
        if twice is not None:
            reason = _("SKU “%(sku)s” was on line %(line)d already.")
            values: dict[str, Any] = {"sku": variant.sku, "line": twice}
        elif variant.sku in elsewhere:
            reason = _("SKU “%(sku)s” belongs to another product, “%(name)s”.")
            values = {"sku": variant.sku, "name": elsewhere[variant.sku]}
        else:
            own[variant.sku] = variant.line
            good.append(variant)
            continue
        tally.rejected.append(Rejection(variant.line, reason % values))
    return good


def _product_values(
    run: Run, record: ProductRecord, *, new: bool, product: Product
) -> dict[str, Any]:
    """What the file says about the product; the first record of it in the file counts."""
    if record.reference in run.seen_products:
        return {}
    said: dict[str, Any] = {
        "name": record.name, "vendor": record.vendor, "public_url": record.public_url,
        "image_source_url": record.image_url, "published": record.published,
        "description": None if record.description is None else clean_html(record.description),
    }  # fmt: skip
    if record.category is not None:
        said["category"] = _category(run, record.category)
        if said["category"] is None and product.category_id is not None and not new:
            del said["category"]  # sorted by hand in the back office: an empty column leaves it
    return {name: value for name, value in said.items() if value is not None or name == "category"}


def _category(run: Run, name: str) -> Category | None:
    if not name:
        return None
    if name not in run.categories:
        rows = Category.objects.for_brand(run.brand)
        run.categories[name], _new = rows.get_or_create(
            brand=run.brand, name=name, defaults={"position": rows.count()}
        )
    return run.categories[name]


def _write_variant(
    run: Run, product: Product, known: dict[str, Variant], record: VariantRecord
) -> str:
    variant = known.get(record.sku)
    new = variant is None
    if variant is None:
        position = max((row.position + 1 for row in known.values()), default=0)
        variant = Variant(brand=run.brand, product=product, sku=record.sku, position=position)
        known[record.sku] = variant
    said: dict[str, Any] = {"options": record.options}
    if record.barcode:
        said["barcode"] = record.barcode
    if record.image_url:
        said["image_source_url"] = record.image_url
    changed = _assign(variant, said)
    if new or changed:
        variant.save()
    price_changed = _write_price(variant, [] if new else list(variant.prices.all()), record)
    return "created" if new else "updated" if changed or price_changed else "unchanged"


def _write_price(variant: Variant, known: list[Price], record: VariantRecord) -> bool:
    price = next((row for row in known if row.currency == record.currency), None)
    new = price is None
    if price is None:
        price = Price(variant=variant, currency=record.currency)
    changed = _assign(price, {"amount": record.price, "compare_at": record.compare_at})
    if new or changed:
        price.save()
    return new or changed


def _keep_option_names(
    product: Product, variants: list[Variant], good: list[VariantRecord], tally: _Tally
) -> None:
    """The axes that the product's variants really have: those known before, then new ones."""
    used = {name for variant in variants for name in variant.options}
    wanted = [*product.option_names, *(name for record in good for name in record.options)]
    names = [name for name in dict.fromkeys(wanted) if name in used][:_OPTION_AXES_MAX]
    if names != product.option_names:
        product.option_names = names
        product.save(update_fields=["option_names", "updated_at"])
        if tally.product == "unchanged":
            tally.product = "updated"


def _write_stock(
    run: Run, known: dict[str, Variant], good: list[VariantRecord], tally: _Tally
) -> None:
    counted = {known[row.sku].pk: row for row in good if row.quantity is not None}
    levels = run.stock.levels(run.brand.pk, [known[row.sku].pk for row in good])
    tally.stock_unknown = sum(
        row.quantity is None and known[row.sku].pk not in levels for row in good
    )
    said = {pk: row.quantity for pk, row in counted.items() if row.quantity is not None}
    if not said:
        return
    outcomes = run.stock.take_over(run.brand.pk, said, counted=run.counted)
    for variant_id, outcome in outcomes.items():
        tally.stock_changed += outcome.before != outcome.on_hand
        if outcome.kept:
            row = counted[variant_id]
            tally.rejected.append(
                Rejection(
                    row.line,
                    _("The stock of “%(sku)s” is %(count)d: so many are being bought right now.")
                    % {"sku": row.sku, "count": outcome.on_hand},
                )
            )


def _assign(row: Any, said: dict[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    differing = {name: value for name, value in said.items() if getattr(row, name) != value}
    if "image_source_url" in differing:
        differing["image_attempts"] = 0
        if IMPORTED in (
            row.image.name or ""
        ):  # the old address's picture; one that a person chose stays
            differing["image"] = ""
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _reject_all(run: Run, record: ProductRecord, tally: _Tally, reason: str) -> None:
    for rejection in tally.rejected:
        run.report.reject(rejection)
    told = {rejection.line for rejection in tally.rejected}
    run.report.reject(Rejection(record.line, reason))
    for variant in record.variants:
        if variant.line not in told and variant.line != record.line:
            run.report.reject(
                Rejection(
                    variant.line,
                    _("Its product on line %(line)d was rejected.") % {"line": record.line},
                )
            )


def _count(run: Run, record: ProductRecord, tally: _Tally) -> None:
    report = run.report
    for rejection in tally.rejected:
        report.reject(rejection)
    for outcome in tally.variants:
        report.variants.add(outcome)
    report.stock_changed += tally.stock_changed
    report.stock_unknown += tally.stock_unknown
    rejected_lines = {rejection.line for rejection in tally.rejected}
    for variant in record.variants:
        if variant.line not in rejected_lines:
            run.seen_skus[variant.sku] = variant.line
    if not tally.product:
        return
    before = run.seen_products.get(record.reference)
    if before is None:
        report.products.add(tally.product)
        run.seen_products[record.reference] = tally.product
    elif before == "unchanged" and tally.product != "unchanged":
        report.products.unchanged -= 1
        report.products.updated += 1
        run.seen_products[record.reference] = "updated"
