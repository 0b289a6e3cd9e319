"""Writing one record of a product file in one transaction: only the differences are written.

Nothing is ever deleted: a file that lacks a product says nothing about it.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.catalogue.importing.records import (
    BadRow,
    Note,
    ProductRecord,
    Rejection,
    VariantRecord,
)
from showfloor.catalogue.importing.report import Report, Understood
from showfloor.catalogue.models import Category, Price, Product, Variant
from showfloor.catalogue.pictures import IMPORTED
from showfloor.catalogue.text import clean_html
from showfloor.kernel.money import Money

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


class StockPort(Protocol):
    """The port to the stock room, which stands above this one."""

    def levels(self, brand_id: str, variant_ids: list[str]) -> Mapping[str, int]:
        """Variant id → units on hand; those without a level are left out."""
        ...

    def apply_counts(
        self, brand_id: str, counts: Mapping[str, int], *, counted: bool
    ) -> Mapping[str, "StockOutcome"]:
        """Apply the file's counts by variant id; return the results
        (`stock.services.apply_counts`)."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """A write transaction for products and stock together."""
        ...


@dataclass(slots=True)
class Run:
    """One reading of a file: what it has already had in it."""

    brand: Brand
    stock: StockPort
    report: Report
    counted: bool = False  # its numbers are those of now, with all sales taken off
    seen_products: dict[str, str] = field(default_factory=dict)  # reference → outcome
    seen_skus: dict[str, int] = field(default_factory=dict)  # SKU → line
    categories: dict[str, Category] = field(default_factory=dict)


class _Undo(Exception):
    """Ends a dry run's transaction."""


@dataclass(slots=True)
class _Tally:
    """The effects of one record; counted only once its transaction is through."""

    product: str = "unchanged"
    variants: list[str] = field(default_factory=list)
    stock_changed: int = 0
    stock_unknown: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    understood: list[tuple[Understood, bool]] = field(default_factory=list)
    prices_before: dict[str, int | None] = field(default_factory=dict)  # by SKU


class _Refused(Exception):
    """A record that can't be written, and what was found until then."""

    def __init__(self, reason: str, tally: "_Tally") -> None:
        super().__init__(reason)
        self.tally = tally


def write_record(run: Run, record: ProductRecord) -> None:
    try:
        tally = _write_or_undo(run, record)
    except _Refused as refused:
        run.categories.clear()  # those made for it are gone again
        _reject_all(run, record, refused.tally, str(refused))
        return
    _count(run, record, tally)


@verb
def _write_or_undo(run: Run, record: ProductRecord) -> _Tally:
    tally = _Tally()  # anew when the database has this run again
    try:
        with run.stock.writing():
            _write(run, record, tally)
            _undo_if(run.report.dry_run)
    except BadRow as bad:
        raise _Refused(str(bad), tally) from None
    except _Undo:
        run.categories.clear()
    return tally


def _undo_if(dry_run: bool) -> None:
    if dry_run:
        raise _Undo


def _write(run: Run, record: ProductRecord, tally: _Tally) -> None:
    product = Product.objects.for_brand(run.brand).filter(reference=record.reference).first()
    good = _choosable(product, _takeable(run, record, product, tally), tally)
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
    tally.notes += [Note(record.line, text, record.reference) for text in record.notes]
    known = {row.sku: row for row in product.variants.prefetch_related("prices")}
    for variant in good:
        tally.variants.append(_write_variant(run, product, known, variant, tally))
    _keep_option_names(product, list(known.values()), good, tally)
    stocks = _write_stock(run, known, good, tally)
    for variant in good:
        _note_variant(run, known[variant.sku], variant, stocks.get(variant.sku, ""), tally)


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
        tally.rejected.append(Rejection(variant.line, reason % values, variant.sku))
    return good


def _choosable(
    product: Product | None, records: list[VariantRecord], tally: _Tally
) -> list[VariantRecord]:
    """The variants that a buyer can tell from the product's others: with the same options to
    choose from, and no combination twice. One that is there already keeps the options it has."""
    skus = {record.sku for record in records}
    others = [] if product is None else list(product.variants.filter(archived=False))
    there = {row.sku: row for row in others}
    axes = {frozenset(row.options) for row in others if row.sku not in skus}
    taken = {frozenset(row.options.items()): row.sku for row in others if row.sku not in skus}
    good: list[VariantRecord] = []
    for record in records:
        reason = _unchoosable(record, axes, taken)
        known = there.get(record.sku)
        if reason is not None and known is not None and known.options != record.options:
            notes = (*record.notes, _("Its options stay as they are. %(why)s") % {"why": reason})
            record = replace(record, options=known.options, notes=notes)
            reason = _unchoosable(record, axes, taken)
        if reason is not None:
            tally.rejected.append(Rejection(record.line, reason, record.sku))
            continue
        axes.add(frozenset(record.options))
        taken[frozenset(record.options.items())] = record.sku
        good.append(record)
    return good


def _unchoosable(
    record: VariantRecord,
    axes: set[frozenset[str]],
    taken: Mapping[frozenset[tuple[str, str]], str],
) -> str | None:
    """Why nobody could choose a variant beside those that have these options; None: they can."""
    own = frozenset(record.options)
    twin = taken.get(frozenset(record.options.items()))
    if twin is not None:
        return _("It has the same options as “%(sku)s”: nobody could choose it.") % {"sku": twin}
    if axes and own not in axes:
        return _(
            "Its options (%(own)s) are not those of the product's other variants (%(others)s):"
            " nobody could choose it."
        ) % {"own": _listed(record.options), "others": _listed(sorted(min(axes, key=sorted)))}
    return None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or _("none")


def _product_values(
    run: Run, record: ProductRecord, *, new: bool, product: Product
) -> dict[str, Any]:
    """Write the product of a record; the first record of it in the file counts."""
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
    run: Run,
    product: Product,
    known: dict[str, Variant],
    record: VariantRecord,
    tally: _Tally,
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
    if record.swatch:
        said["swatch"] = record.swatch
    changed = _assign(variant, said)
    if new or changed:
        variant.save()
    known_prices = [] if new else list(variant.prices.all())
    before = next((row.amount for row in known_prices if row.currency == record.currency), None)
    price_changed = _write_price(variant, known_prices, record)
    tally.prices_before[record.sku] = before
    return "created" if new else "updated" if changed or price_changed else "unchanged"


def _note_variant(
    run: Run, variant: Variant, record: VariantRecord, stock: str, tally: _Tally
) -> None:
    """Note the parts of a variant that were not taken over, and how it was understood."""
    before = tally.prices_before[record.sku]
    texts = list(record.notes)
    if record.currency != run.brand.currency:
        texts.append(
            _("Its price is in %(currency)s, the brand sells in %(own)s: it can't be bought.")
            % {"currency": record.currency, "own": run.brand.currency}
        )
    if variant.archived:
        texts.append(_("It is archived here, and stays so: it is neither listed nor sold."))
    tally.notes += [Note(record.line, text, record.sku) for text in texts]
    understood = Understood(
        line=record.line, ref=record.sku,
        name=" / ".join([variant.product.name, *record.options.values()]),
        price=_money(record.price, record.currency),
        price_before="" if before is None else _money(before, record.currency),
        stock=stock,
    )  # fmt: skip
    jump = before is not None and (record.price >= 2 * before or 2 * record.price <= before)
    tally.understood.append((understood, jump and record.price != before))


def _money(amount: int, currency: str) -> str:
    return f"{Money(amount, currency).decimal} {currency}"


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
) -> dict[str, str]:
    """Apply the counts; return the results by SKU: `20`, or `5 → 20`."""
    counted = {known[row.sku].pk: row for row in good if row.quantity is not None}
    levels = run.stock.levels(run.brand.pk, [known[row.sku].pk for row in good])
    tally.stock_unknown = sum(
        row.quantity is None and known[row.sku].pk not in levels for row in good
    )
    said = {pk: row.quantity for pk, row in counted.items() if row.quantity is not None}
    outcomes = run.stock.apply_counts(run.brand.pk, said, counted=run.counted) if said else {}
    shown: dict[str, str] = {}
    for variant_id, outcome in outcomes.items():
        row = counted[variant_id]
        changed = outcome.before != outcome.on_hand
        tally.stock_changed += changed
        was = f"{outcome.before} → " if changed and outcome.before is not None else ""
        shown[row.sku] = f"{was}{outcome.on_hand}"
        if outcome.kept:
            text = _("Its stock is %(count)d: so many are being bought right now.")
            tally.notes.append(Note(row.line, text % {"count": outcome.on_hand}, row.sku))
    return shown


def _assign(row: Any, said: dict[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    differing = {name: value for name, value in said.items() if getattr(row, name) != value}
    if "image_source_url" in differing:
        differing["image_attempts"], differing["image_error"] = 0, ""
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
    told = {(rejection.line, rejection.ref) for rejection in tally.rejected}
    run.report.reject(Rejection(record.line, reason, record.reference))
    for variant in record.variants[1:] if record.variants else ():
        if (variant.line, variant.sku) not in told:
            run.report.reject(
                Rejection(
                    variant.line,
                    _("Its product on line %(line)d was rejected.") % {"line": record.line},
                    variant.sku,
                )
            )


def _count(run: Run, record: ProductRecord, tally: _Tally) -> None:
    report = run.report
    for rejection in tally.rejected:
        report.reject(rejection)
    for outcome in tally.variants:
        report.variants.add(outcome)
    for note in tally.notes:
        report.note(note)
    for understood, jump in tally.understood:
        report.understand(understood, jump=jump)
    report.stock_changed += tally.stock_changed
    report.stock_unknown += tally.stock_unknown
    rejected = {(rejection.line, rejection.ref) for rejection in tally.rejected}
    for variant in record.variants:
        if (variant.line, variant.sku) not in rejected:
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
