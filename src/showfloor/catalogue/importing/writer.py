"""Writing the records of a product file, some in one transaction: only the differences are written.

Nothing is ever deleted: a file that lacks a product says nothing about it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.db import IntegrityError
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand
from showfloor.accounts.transactions import verb
from showfloor.catalogue.importing import wanted_pictures
from showfloor.catalogue.importing.batch import Batch, Categories
from showfloor.catalogue.importing.records import (
    Note,
    ProductRecord,
    Rejection,
    VariantRecord,
)
from showfloor.catalogue.importing.report import Report, Understood
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.catalogue.text import clean_html
from showfloor.kernel.clock import utc_now
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
    is_feed: bool = False  # it comes by itself: what a person hid stays hidden
    seen_products: dict[str, str] = field(default_factory=dict)  # reference → outcome
    seen_skus: dict[str, int] = field(default_factory=dict)  # SKU → line
    categories: Categories = field(init=False)

    def __post_init__(self) -> None:
        self.categories = Categories(self.brand)


class _Undo(Exception):
    """Ends a dry run's transaction."""


@dataclass(slots=True)
class _Tally:
    """The effects of one record; counted only once its transaction is through. `refused`: why none
    of it can be written."""

    product: str = "unchanged"
    refused: str = ""
    good: list[VariantRecord] = field(default_factory=list)
    known: Mapping[str, Variant] = field(default_factory=dict)  # the product's variants by SKU
    variants: list[str] = field(default_factory=list)
    stock_changed: int = 0
    stock_unknown: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    understood: list[tuple[Understood, bool]] = field(default_factory=list)
    prices_before: dict[str, int | None] = field(default_factory=dict)  # by SKU
    pictures: tuple[str, Sequence[str]] | None = None  # product id, addresses of further ones


@dataclass(slots=True)
class _Seen:
    """What the file has had before a record: in earlier batches, and in this one."""

    run: Run
    products: set[str] = field(default_factory=set)
    skus: dict[str, int] = field(default_factory=dict)

    def line_of(self, sku: str) -> int | None:
        return self.run.seen_skus.get(sku, self.skus.get(sku))

    def has_product(self, reference: str) -> bool:
        return reference in self.run.seen_products or reference in self.products


def write_records(run: Run, records: Sequence[ProductRecord]) -> None:
    """Write some records in one transaction. A record that the database refuses takes no other with
    it: then each is written by itself."""
    try:
        tallies = _write_or_undo(run, records)
    except IntegrityError:
        run.categories.forget()
        if len(records) == 1:
            raise
        for record in records:
            write_records(run, [record])
        return
    for record, tally in zip(records, tallies, strict=True):
        if tally.refused:
            _reject_all(run, record, tally, tally.refused)
        else:
            _count(run, record, tally)


@verb
def _write_or_undo(run: Run, records: Sequence[ProductRecord]) -> list[_Tally]:
    tallies: list[_Tally] = []  # anew when the database has this run again
    try:
        with run.stock.writing():
            batch, seen = Batch(run.brand, records), _Seen(run)
            tallies += [_decide(run, batch, seen, record) for record in records]
            batch.save()
            _keep_pictures(run, tallies)
            _write_stock(run, tallies)
            _undo_if(run.report.dry_run)
    except _Undo:
        run.categories.forget()
    return tallies


def _keep_pictures(run: Run, tallies: Sequence[_Tally]) -> None:
    listed = dict(tally.pictures for tally in tallies if tally.pictures is not None)
    changed = wanted_pictures.keep(run.brand, listed)
    for tally in tallies:
        is_changed = tally.pictures is not None and tally.pictures[0] in changed
        if is_changed and tally.product == "unchanged":
            tally.product = "updated"


def _undo_if(dry_run: bool) -> None:
    if dry_run:
        raise _Undo


def _decide(run: Run, batch: Batch, seen: _Seen, record: ProductRecord) -> _Tally:
    """Change the batch's rows as the record says; its stock comes when they are written."""
    tally = _Tally()
    product = batch.products.get(record.reference)
    there = {} if product is None else batch.variants[product.pk]
    good = _choosable(there.values(), _takeable(batch, seen, record, product, tally), tally)
    if not good:
        tally.product = ""
        return tally
    new = product is None
    if product is None:
        if not record.name:
            tally.refused = _("%(name)s is missing.") % {"name": "Title"}
            return tally
        product = batch.add(Product(brand=run.brand, reference=record.reference))
        batch.products[record.reference] = product
    if record.more_images is not None and not seen.has_product(record.reference):
        tally.pictures = (product.pk, record.more_images)
    changed = batch.assign(product, _product_values(run, seen, record, new=new, product=product))
    tally.product = "created" if new else "updated" if changed else "unchanged"
    tally.notes += [Note(record.line, text, record.reference) for text in record.notes]
    tally.good, tally.known = good, batch.variants[product.pk]
    for variant in good:
        tally.variants.append(_write_variant(batch, product, variant, tally))
        seen.skus[variant.sku] = variant.line
    seen.products.add(record.reference)
    _keep_option_names(batch, product, good, tally)
    return tally


def _takeable(
    batch: Batch, seen: _Seen, record: ProductRecord, product: Product | None, tally: _Tally
) -> list[VariantRecord]:
    """The variants whose SKU belongs to this product, and to it once."""
    good: list[VariantRecord] = []
    own: dict[str, int] = {}
    for variant in record.variants:
        twice, other = own.get(variant.sku, seen.line_of(variant.sku)), None
        if variant.sku in batch.elsewhere:
            other = batch.elsewhere[variant.sku].product
        if twice is not None:
            reason = _("SKU “%(sku)s” was on line %(line)d already.")
            values: dict[str, Any] = {"sku": variant.sku, "line": twice}
        elif other is not None and (product is None or other.pk != product.pk):
            reason = _("SKU “%(sku)s” belongs to another product, “%(name)s”.")
            values = {"sku": variant.sku, "name": other.name}
        else:
            own[variant.sku] = variant.line
            good.append(variant)
            continue
        tally.rejected.append(Rejection(variant.line, reason % values, variant.sku))
    return good


def _choosable(
    there_already: Iterable[Variant], records: list[VariantRecord], tally: _Tally
) -> list[VariantRecord]:
    """The variants that a buyer can tell from the product's others: with the same options to
    choose from, and no combination twice. One that is there already keeps the options it has."""
    skus = {record.sku for record in records}
    others = [row for row in there_already if not row.archived]
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
    run: Run, seen: _Seen, record: ProductRecord, *, new: bool, product: Product
) -> dict[str, Any]:
    """Return the values of a record's product; the first record of it in the file counts."""
    if seen.has_product(record.reference):
        return {}
    said: dict[str, Any] = {
        "name": record.name, "vendor": record.vendor, "public_url": record.public_url,
        "image_source_url": record.image_url, **_publication(run, record, product, new=new),
        "description": None if record.description is None else clean_html(record.description),
    }  # fmt: skip
    if record.category is not None:
        said["category"] = run.categories.of(record.category)
        if said["category"] is None and product.category_id is not None and not new:
            del said["category"]  # sorted by hand in the back office: an empty column leaves it
    return {name: value for name, value in said.items() if value is not None or name == "category"}


def _publication(
    run: Run, record: ProductRecord, product: Product, *, new: bool
) -> dict[str, Any]:  # fmt: skip
    """Return what a record makes of its product's page. A feed publishes again what a feed hid, and
    nothing that a person did: a decision about illegal content would last until its next run."""
    if not run.is_feed or record.published is None:
        return {"published": record.published}
    if record.published:
        may_show = new or product.missing_since is not None
        return {"published": True} if may_show else {}
    if new or product.published:
        return {"published": False, "missing_since": utc_now()}
    return {}


def _write_variant(batch: Batch, product: Product, record: VariantRecord, tally: _Tally) -> str:
    known = batch.variants[product.pk]
    variant = known.get(record.sku)
    new = variant is None
    if variant is None:
        position = max((row.position + 1 for row in known.values()), default=0)
        variant = Variant(brand=batch.brand, product=product, sku=record.sku, position=position)
        known[record.sku] = batch.add(variant)
    said: dict[str, Any] = {"options": record.options}
    if record.barcode:
        said["barcode"] = record.barcode
    if record.image_url:
        said["image_source_url"] = record.image_url
    if record.swatch:
        said["swatch"] = record.swatch
    changed = batch.assign(variant, said)
    prices = batch.prices[variant.pk]
    before = prices.get(record.currency)
    tally.prices_before[record.sku] = None if before is None else before.amount
    price_changed = _write_price(batch, variant, prices, record)
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


def _write_price(
    batch: Batch, variant: Variant, prices: dict[str, Price], record: VariantRecord
) -> bool:
    price = prices.get(record.currency)
    new = price is None
    if price is None:
        price = batch.add(Price(variant=variant, currency=record.currency))
        prices[record.currency] = price
    changed = batch.assign(price, {"amount": record.price, "compare_at": record.compare_at})
    return new or changed


def _keep_option_names(
    batch: Batch, product: Product, good: list[VariantRecord], tally: _Tally
) -> None:
    """The axes that the product's variants really have: those known before, then new ones."""
    used = {name for variant in tally.known.values() for name in variant.options}
    wanted = [*product.option_names, *(name for record in good for name in record.options)]
    names = [name for name in dict.fromkeys(wanted) if name in used][:_OPTION_AXES_MAX]
    if batch.assign(product, {"option_names": names}) and tally.product == "unchanged":
        tally.product = "updated"


def _write_stock(run: Run, tallies: Sequence[_Tally]) -> None:
    """Apply the counts of all records together, and note how each variant was understood."""
    rows = {tally.known[row.sku].pk: row for tally in tallies for row in tally.good}
    said = {pk: row.quantity for pk, row in rows.items() if row.quantity is not None}
    untold = [pk for pk in rows if pk not in said]
    unknown = {*untold} - run.stock.levels(run.brand.pk, untold).keys() if untold else set()
    outcomes = run.stock.apply_counts(run.brand.pk, said, counted=run.counted) if said else {}
    for tally in tallies:
        for row in tally.good:
            variant = tally.known[row.sku]
            tally.stock_unknown += variant.pk in unknown
            shown = _note_stock(row, outcomes.get(variant.pk), tally)
            _note_variant(run, variant, row, shown, tally)


def _note_stock(row: VariantRecord, outcome: StockOutcome | None, tally: _Tally) -> str:
    """Count a change of stock; return it as text: `20`, or `5 → 20`, empty for none."""
    if outcome is None:
        return ""
    changed = outcome.before != outcome.on_hand
    tally.stock_changed += changed
    if outcome.kept:
        text = _("Its stock is %(count)d: so many are being bought right now.")
        tally.notes.append(Note(row.line, text % {"count": outcome.on_hand}, row.sku))
    was = f"{outcome.before} → " if changed and outcome.before is not None else ""
    return f"{was}{outcome.on_hand}"


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
