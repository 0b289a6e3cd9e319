"""The verbs of bulk edits. A batch of products, what they were before, and how far the edit is are
written in one transaction: an edit whose process was killed goes on where it was.

Taking an edit back leaves alone what somebody else has changed since.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol

from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb, write
from showfloor.catalogue import services
from showfloor.catalogue.bulk.plan import OF_PRODUCT, Change, Planned, plan
from showfloor.catalogue.bulk.rules import NewPrice
from showfloor.catalogue.bulk_models import BulkEdit, EditedProduct, EditState
from showfloor.catalogue.models import Category, Price, Product, Variant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.pacer import Pacer

log = logging.getLogger(__name__)

PRODUCTS_MAX: Final = 5000  # of one edit
AT_ONCE_MAX: Final = 50  # products that are changed while the person waits
KEPT_MAX: Final = 20  # edits of one brand, and as many that are only prepared
UNDO_FOR: Final = timedelta(days=7)
_BATCH: Final = 25  # products in one transaction
_BATCHES_MAX: Final = 40  # of one edit before the job looks at others
_ACTIVE: Final = (EditState.APPLYING, EditState.UNDOING)
_OVER: Final = (EditState.DONE, EditState.UNDONE)


class StockPort(Protocol):
    """The port to the stock room, which stands above this one."""

    def writing(self) -> AbstractContextManager[None]:
        """A write transaction for products and stock together."""
        ...

    def move(
        self, brand_id: str, changes: Mapping[str, int], reason: str, by_id: str | None
    ) -> Mapping[str, str]:
        """Move units by variant id; return the refusals, in words, by variant id."""
        ...


@verb
def begin(
    brand: Brand, by: User, product_ids: Sequence[str], change: Change | None = None
) -> BulkEdit:
    """Prepare an edit of these products; Invalid for none or too many. `change`: the one that a
    table asks for, which waits for a person's word."""
    if not 0 < len(product_ids) <= PRODUCTS_MAX:
        raise Invalid(
            _("Choose 1 to %(count)d products.") % {"count": PRODUCTS_MAX}, field="products"
        )
    with write():
        rows = BulkEdit.objects.for_brand(brand)
        for of_a_kind in (rows.filter(state=EditState.DRAFT), rows.filter(state__in=_OVER)):
            for old in of_a_kind.values_list("pk", flat=True)[KEPT_MAX - 1 : 2 * KEPT_MAX]:
                rows.filter(pk=old).delete()
        edit = BulkEdit(
            brand=brand, created_by=by, product_ids=sorted(product_ids),
            change={} if change is None else change.as_json(),
        )  # fmt: skip
        edit.save(force_insert=True)
    return edit


@verb
def apply(edit: BulkEdit, change: Change) -> None:
    """Have the edit applied; Conflict when it was already, Invalid for a change of nothing."""
    if change.is_empty:
        raise Invalid(_("Choose what is to change."))
    if not _has_its_category(edit, change):
        raise Invalid(_("There is no such category."), field="category")
    with write():
        rows = BulkEdit.objects.for_brand(edit.brand_id).filter(pk=edit.pk, state=EditState.DRAFT)
        if not rows.update(state=EditState.APPLYING, change=change.as_json(), done=0):
            raise Conflict(_("This edit was applied already."))


@verb
def undo(edit: BulkEdit) -> None:
    """Have the brand's last edit taken back; Conflict for an earlier or an old one."""
    with write():
        if not may_undo(edit):
            raise Conflict(_("Only the last edit can be undone, for seven days."))
        rows = BulkEdit.objects.for_brand(edit.brand_id).filter(pk=edit.pk, state=EditState.DONE)
        if not rows.update(state=EditState.UNDOING, done=0):
            raise Conflict(_("This edit has gone on meanwhile."))


def may_undo(edit: BulkEdit) -> bool:
    applied = BulkEdit.objects.for_brand(edit.brand_id).exclude(state=EditState.DRAFT)
    last = applied.exclude(state=EditState.UNDONE).first()
    is_last = last is not None and last.pk == edit.pk
    return is_last and edit.state == EditState.DONE and edit.created_at > utc_now() - UNDO_FOR


def run(edit: BulkEdit, stock: StockPort, pacer: Pacer | None = None) -> None:
    """Go on with an edit, a bounded number of batches."""
    pacer = pacer or Pacer()
    for _number in range(_BATCHES_MAX):
        edit.refresh_from_db(fields=["state", "done", "change"])
        if edit.state not in _ACTIVE:
            return
        try:
            pacer.run(partial(_batch, edit.pk, stock))
        except (OperationalError, InterfaceError):  # the database is away: the next turn goes on
            raise
        except Exception:  # one batch must not hold up the edits of all brands for ever
            log.exception("bulk_edit_batch_failed edit=%s done=%s", edit.pk, edit.done)
            _pass_over(edit.pk)


def run_next(stock: StockPort) -> bool:
    """Go on with the edit that has waited longest; False when there is none."""
    waiting = BulkEdit.objects.all_brands().filter(state__in=_ACTIVE).select_related("brand")
    edit = waiting.order_by("created_at", "pk").first()
    if edit is None:
        return False
    with translation.override(edit.brand.language):
        run(edit, stock)
    return True


@verb
def _batch(edit_id: str, stock: StockPort) -> None:
    with stock.writing():
        edit = _lock(edit_id)
        ids = _next_ids(edit)
        if edit.state == EditState.APPLYING:
            _apply_to(edit, ids, stock)
        elif edit.state == EditState.UNDOING:
            _take_back(edit, ids, stock)
        else:
            return
        _advance(edit, ids)


@verb
def _pass_over(edit_id: str) -> None:
    """Leave a batch as it is that cannot be written, and say so at each of its products."""
    with write():
        edit = _lock(edit_id)
        ids = _next_ids(edit)
        if edit.state not in _ACTIVE:
            return
        rows = EditedProduct.objects.for_brand(edit.brand_id).filter(edit=edit, product__in=ids)
        steps = {row.product_id: row for row in rows.select_for_update(of=("self",))}
        there = Product.objects.for_brand(edit.brand_id).filter(pk__in=ids)
        for product in there.order_by("pk"):
            row = steps.get(product.pk) or EditedProduct(edit=edit, product=product)
            row.problems = [*row.problems, _("An error of ours kept this product as it is.")]
            row.save()
        _advance(edit, ids)


def _lock(edit_id: str) -> BulkEdit:
    rows = BulkEdit.objects.all_brands().select_for_update(of=("self",))
    return rows.select_related("brand").get(pk=edit_id)


def _next_ids(edit: BulkEdit) -> Sequence[str]:
    ids: Sequence[str] = edit.product_ids[edit.done : edit.done + _BATCH]
    return ids


def _advance(edit: BulkEdit, ids: Sequence[str]) -> None:
    edit.done += len(ids)
    if edit.done >= len(edit.product_ids):
        over = {EditState.APPLYING: EditState.DONE, EditState.UNDOING: EditState.UNDONE}
        edit.state = over[EditState(edit.state)]
    edit.save(update_fields=["done", "state"])


def _apply_to(edit: BulkEdit, ids: Sequence[str], stock: StockPort) -> None:
    change = Change.from_json(edit.change)
    planned = plan(edit.brand, change, ids, lock=True)
    _leave_lost_categories(edit, planned)
    for one in planned:
        _note_prices(one)
        for name, value in one.after.items():
            if name in OF_PRODUCT:
                _set(one.product, name, value)
    _save_products([one.product for one in planned if set(one.after) & set(OF_PRODUCT)])
    _save_prices([pair for one in planned for pair in one.prices.values()])
    units = {pk: units for one in planned for pk, units in one.units.items()}
    refused = stock.move(edit.brand_id, units, change.reason, edit.created_by_id) if units else {}
    for one in planned:
        _note_units(one, refused)
    EditedProduct.objects.all_brands().bulk_create(
        EditedProduct(
            edit=edit, product=one.product, before=one.before, after=one.after,
            problems=one.problems,
        )
        for one in planned
        if one.after or one.problems
    )  # fmt: skip


def _has_its_category(edit: BulkEdit, change: Change) -> bool:
    """Return whether the brand has the category of the change, if there is one."""
    category = change.product_values().get("category_id")
    rows = Category.objects.for_brand(edit.brand_id)
    return not category or rows.filter(pk=category).exists()


def _leave_lost_categories(edit: BulkEdit, planned: Sequence[Planned]) -> None:
    """Leave a product where it is whose new category was deleted since the edit began."""
    wanted = {one.after.get("category_id") for one in planned} - {None}
    rows = Category.objects.for_brand(edit.brand_id).filter(pk__in=wanted)
    there = {None, *rows.values_list("pk", flat=True)} if wanted else {None}
    for one in planned:
        if one.after.get("category_id") not in there:
            del one.before["category_id"], one.after["category_id"]
            one.problems.append(_("There is no such category."))


def _note_prices(one: Planned) -> None:
    if one.prices:
        one.before["prices"] = {
            pk: [price.amount, price.compare_at] for pk, (price, _new) in one.prices.items()
        }
        one.after["prices"] = {
            pk: [new.amount, new.compare_at] for pk, (_price, new) in one.prices.items()
        }


def _note_units(one: Planned, refused: Mapping[str, str]) -> None:
    skus = {variant.pk: variant.sku for variant in one.variants}
    moved = {pk: units for pk, units in one.units.items() if pk not in refused}
    if moved:
        one.after["units"] = moved
    one.problems += [f"{skus[pk]}: {refused[pk]}" for pk in one.units if pk in refused]


def _set(product: Product, name: str, value: Any) -> None:
    setattr(product, name, value)
    if name == "published":
        product.missing_since = None  # a person decides, and no feed any more


def _save_products(products: Sequence[Product]) -> None:
    now = utc_now()
    for product in products:
        product.updated_at = now
    fields = ["category", "tax_class", "published", "updated_at", "missing_since"]
    Product.objects.all_brands().bulk_update(products, fields)


def _save_prices(pairs: Sequence[tuple[Price, NewPrice]]) -> None:
    for price, new in pairs:
        price.amount, price.compare_at = new.amount, new.compare_at
    services.write_prices([], [price for price, _new in pairs])


def _take_back(edit: BulkEdit, ids: Sequence[str], stock: StockPort) -> None:
    rows = EditedProduct.objects.for_brand(edit.brand_id).filter(edit=edit, product__in=ids)
    steps = {row.product_id: row for row in rows}
    products = list(
        Product.objects.for_brand(edit.brand_id).filter(pk__in=list(steps)).order_by("pk")
        .select_for_update()
    )  # fmt: skip
    restored = [one for one in products if _restore(one, steps[one.pk])]
    _save_products(restored)
    _restore_prices(edit, list(steps.values()))
    moved = {pk: n for row in steps.values() for pk, n in row.after.get("units", {}).items()}
    # A variant that was deleted since has no units to take back.
    there = Variant.objects.for_brand(edit.brand_id).filter(pk__in=list(moved))
    owners = dict(there.values_list("pk", "product_id"))
    if not owners:
        return
    units = {pk: -moved[pk] for pk in owners}
    refused = stock.move(edit.brand_id, units, "correction", edit.created_by_id)
    for pk, reason in refused.items():
        row = steps[owners[pk]]
        row.problems = [*row.problems, reason]
    EditedProduct.objects.all_brands().bulk_update(steps.values(), ["problems"])


def _restore(product: Product, step: EditedProduct) -> bool:
    names = [
        name
        for name in step.before
        if name in OF_PRODUCT and getattr(product, name) == step.after[name]
    ]
    for name in names:
        _set(product, name, _still_there(name, step.before[name]))
    return bool(names)


def _still_there(name: str, value: Any) -> Any:
    """A category that was deleted since can't be restored."""
    if name != "category_id" or value is None:
        return value
    return value if Category.objects.all_brands().filter(pk=value).exists() else None


def _restore_prices(edit: BulkEdit, steps: Sequence[EditedProduct]) -> None:
    before = {pk: pair for row in steps for pk, pair in row.before.get("prices", {}).items()}
    after = {pk: pair for row in steps for pk, pair in row.after.get("prices", {}).items()}
    rows = Price.objects.for_brand(edit.brand_id).filter(
        variant__in=list(before), currency=edit.brand.currency
    )
    locked = rows.order_by("variant").select_for_update(of=("self",)).select_related("variant")
    _save_prices(
        [
            (price, NewPrice(*before[price.variant_id]))
            for price in locked
            if [price.amount, price.compare_at] == after[price.variant_id]
        ]
    )
