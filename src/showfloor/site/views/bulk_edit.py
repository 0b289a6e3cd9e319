"""The back office's pages of bulk edits: choose what changes, look at it, apply it, undo it."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, override

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from showfloor.accounts import permissions
from showfloor.accounts.admin_base import brand_ids
from showfloor.accounts.models import Brand, Role
from showfloor.accounts.permissions import StaffPageRequest
from showfloor.catalogue.amounts import AMOUNT_MAX, NotAnAmount, decimal_sign, localised, read_money
from showfloor.catalogue.bulk import edits
from showfloor.catalogue.bulk.plan import NO_CATEGORY, Change, Planned, plan
from showfloor.catalogue.bulk.rules import FormerPrice, PriceStep
from showfloor.catalogue.bulk_models import EditState
from showfloor.catalogue.models import BulkEdit, Category, EditedProduct, Product
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.errors import ShowfloorError
from showfloor.site import bulk_edits
from showfloor.stock import rules
from showfloor.stock.models import MovementReason, Stock
from showfloor.stock.movement_fields import STAFF_REASONS, ChangeField

REFRESH_S = 2
SHOWN_MAX = 200  # products of a preview, and of a result
_AT_ONCE = 500  # ids in one statement
_AS_IT_IS = ("", gettext_lazy("– as it is –"))
_PERCENT_MAX = 1000
_ACTIVE = {EditState.APPLYING, EditState.UNDOING}


def _select(label: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[_AS_IT_IS, *choices], widget=UnfoldAdminSelectWidget
    )


class EditForm(forms.Form):
    """The change to all chosen products."""

    category = _select(gettext_lazy("category"))
    tax_class = _select(gettext_lazy("tax"), TaxClass.choices)
    published = _select(
        gettext_lazy("on the page"),
        [("1", gettext_lazy("publish")), ("0", gettext_lazy("hide"))],
    )
    price = _select(
        gettext_lazy("price"),
        [
            ("up-percent", gettext_lazy("up by percent")),
            ("down-percent", gettext_lazy("down by percent")),
            ("up-amount", gettext_lazy("up by an amount")),
            ("down-amount", gettext_lazy("down by an amount")),
        ],
    )
    by = forms.CharField(
        label=gettext_lazy("by how much"), required=False, max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    before = _select(
        gettext_lazy("price before"),
        [
            (FormerPrice.OLD.value, gettext_lazy("the price until now, where it falls")),
            (FormerPrice.NONE.value, gettext_lazy("remove it")),
        ],
    )
    units = ChangeField(label=gettext_lazy("stock, ± units"))
    reason = forms.ChoiceField(
        label=gettext_lazy("reason"), required=False, choices=STAFF_REASONS,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip

    @override
    def __init__(self, brand: Brand, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._brand = brand
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        shown = [(row.pk, row.name) for row in Category.objects.for_brand(brand)[:500]]
        field.choices = [_AS_IT_IS, (NO_CATEGORY, _("– none –")), *shown]

    @override
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._step: PriceStep | None = None
        if cleaned.get("price") and not self.errors:
            self._step = self._read_step(cleaned["price"], cleaned.get("by") or "")
        if not self.errors and self.change().is_empty:
            raise forms.ValidationError(_("Choose what is to change."))
        return cleaned

    def _read_step(self, how: str, text: str) -> PriceStep | None:
        way, _dash, kind = how.partition("-")
        sign = 1 if way == "up" else -1
        read = _hundredths if kind == "percent" else self._units
        try:
            number = sign * read(text)
        except NotAnAmount:
            self.add_error("by", _("Write a number above 0, like 10."))
            return None
        return PriceStep(hundredths=number) if kind == "percent" else PriceStep(units=number)

    def _units(self, text: str) -> int:
        amount = read_money(text, self._brand.currency, decimal_sign(get_language())).amount
        if not 0 < amount <= AMOUNT_MAX:
            raise NotAnAmount(text)
        return amount

    def change(self) -> Change:
        given = self.cleaned_data
        return Change(
            category_id=given.get("category") or None, tax_class=given.get("tax_class") or None,
            published={"1": True, "0": False}.get(given.get("published", "")), step=self._step,
            before=FormerPrice(given.get("before") or FormerPrice.KEEP),
            units=given.get("units") or 0,
            reason=given.get("reason") or MovementReason.CORRECTION.value,
        )  # fmt: skip


def _hundredths(text: str) -> int:
    """Read a percentage with at most two decimals, as hundredths of a percent; NotAnAmount."""
    plain = text.strip().removesuffix("%").strip().replace(",", ".")
    if not plain.replace(".", "", 1).isdecimal() or not plain.isascii():
        raise NotAnAmount(text)
    value = Decimal(plain) * 100
    if not 0 < value <= _PERCENT_MAX * 100 or value != value.to_integral_value():
        raise NotAnAmount(text)
    return int(value)


@permissions.staff_page(Role.PRODUCER)
def list_page(request: StaffPageRequest, site: AdminSite) -> HttpResponse:
    rows = BulkEdit.objects.for_brands(brand_ids(request, (Role.PRODUCER,)))
    shown = (
        rows.exclude(state=EditState.DRAFT).select_related("created_by", "brand").defer("change")
    )
    context = {
        **site.each_context(request), "title": _("Bulk edits"), "opts": Product._meta,
        "shown_edits": shown[: edits.KEPT_MAX],
    }  # fmt: skip
    return TemplateResponse(request, "admin/catalogue/product/edits.html", context)


@permissions.staff_page(Role.PRODUCER)
def edit_page(request: StaffPageRequest, site: AdminSite, edit_id: str) -> HttpResponse:
    rows = BulkEdit.objects.for_brands(brand_ids(request, (Role.PRODUCER,)))
    edit = rows.select_related("brand").filter(pk=edit_id).first()
    if edit is None:
        raise Http404
    is_draft = edit.state == EditState.DRAFT
    waits = is_draft and bool(edit.change)  # a table's change, for a person's word
    form = EditForm(edit.brand, request.POST or None) if is_draft and not waits else None
    if request.method == "POST" and waits and request.POST.get("action") == "apply":
        return _act(request, edit, partial(edits.apply, edit, Change.from_json(edit.change)))
    if request.method == "POST" and (form is None or form.is_valid()):
        action = request.POST.get("action")
        if action == "undo" and form is None:
            return _act(request, edit, partial(edits.undo, edit))
        change = None if form is None else form.change()
        if action == "apply" and change is not None and _seen(request) == change:
            return _act(request, edit, partial(edits.apply, edit, change))
    context = _context(edit, form) | {
        "title": _("Change products"), "opts": Product._meta, **site.each_context(request),
    }  # fmt: skip
    page = TemplateResponse(request, "admin/catalogue/product/edit.html", context)
    if edit.state in _ACTIVE:
        page["Refresh"] = str(REFRESH_S)  # needs no script
    return page


def _seen(request: StaffPageRequest) -> Change | None:
    """Return the change of the preview that the person has seen: another one is shown first."""
    try:
        return Change.from_json(json.loads(request.POST.get("seen", "")))
    except (ValueError, TypeError):
        return None


def _act(request: StaffPageRequest, edit: BulkEdit, act: Callable[[], None]) -> HttpResponse:
    """Begin, and finish at once what is small; the job goes on with the rest."""
    try:
        act()
        if len(edit.product_ids) <= edits.AT_ONCE_MAX:
            bulk_edits.run(edit)
    except ShowfloorError as error:
        messages.error(request, error.message)
    return redirect("admin:catalogue_product_edit", edit.pk)


def _context(edit: BulkEdit, form: EditForm | None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "edit": edit, "form": form, "total": len(edit.product_ids),
        "percent": 100 * edit.done // max(len(edit.product_ids), 1),
        "on_its_way": edit.state in _ACTIVE, "may_undo": edits.may_undo(edit),
        "list_url": reverse("admin:catalogue_product_changelist"),
    }  # fmt: skip
    if edit.state == EditState.DRAFT and edit.change:
        return context | {"waits": True} | _preview(edit, Change.from_json(edit.change))
    if form is not None and form.is_bound and form.is_valid():
        context |= _preview(edit, form.change())
    elif form is None:
        problems = EditedProduct.objects.for_brand(edit.brand_id).filter(edit=edit)
        found = [text for row in problems.exclude(problems=[]) for text in row.problems]
        context |= {
            "problems": found[:SHOWN_MAX],
            "problem_count": len(found),
            "changed_count": problems.exclude(after={}).count(),
        }
    return context


def _preview(edit: BulkEdit, change: Change) -> dict[str, Any]:
    planned = plan(edit.brand, change, edit.product_ids)
    shown = [one for one in planned if one.changes or one.problems][:SHOWN_MAX]
    levels = _levels(edit, planned)
    changed = sum(_is_changed(one, levels) for one in planned)
    names = dict(Category.objects.for_brand(edit.brand_id).values_list("pk", "name"))
    return {
        "preview": [
            {"name": one.product.name, "lines": list(_lines(one, levels, names)),
             "problems": one.problems}
            for one in shown
        ],
        "seen": json.dumps(change.as_json()),
        "changed_count": changed,
        "unchanged_count": len(planned) - changed,
        "more": sum(bool(one.changes or one.problems) for one in planned) - len(shown),
    }  # fmt: skip


def _is_changed(one: Planned, levels: dict[str, tuple[int, int]]) -> bool:
    """Return whether anything of the product becomes another: units that are not there stay."""
    moved = (
        rules.movement_problem(*levels.get(pk, (0, 0)), units) is None
        for pk, units in one.units.items()
    )
    return bool(one.after or one.prices) or any(moved)


def _levels(edit: BulkEdit, planned: list[Planned]) -> dict[str, tuple[int, int]]:
    """Return the units on hand and those being bought, by variant id."""
    rows = Stock.objects.for_brand(edit.brand_id)
    found: dict[str, tuple[int, int]] = {}
    ids = [pk for one in planned for pk in one.units]
    for start in range(0, len(ids), _AT_ONCE):
        levels = rows.filter(variant__in=ids[start : start + _AT_ONCE]).values_list(
            "variant_id", "on_hand", "reserved"
        )
        found |= {pk: (on_hand, reserved) for pk, on_hand, reserved in levels}
    return found


def _lines(
    one: Planned, levels: dict[str, tuple[int, int]], names: dict[str, str]
) -> Iterator[str]:
    if "category_id" in one.after:
        before, after = (names.get(side["category_id"], "–") for side in (one.before, one.after))
        yield _("Category: %(before)s → %(after)s") % {"before": before, "after": after}
    if "tax_class" in one.after:
        before, after = (str(TaxClass(side["tax_class"]).label) for side in (one.before, one.after))
        yield _("Tax: %(before)s → %(after)s") % {"before": before, "after": after}
    if "published" in one.after:
        yield _("is published") if one.after["published"] else _("is hidden")
    for variant in one.variants:
        if variant.pk in one.prices:
            price, new = one.prices[variant.pk]
            yield f"{variant.sku}: {_price(price.amount, price.compare_at, price.currency)} → " + (
                _price(new.amount, new.compare_at, price.currency)
            )
        if variant.pk in one.units:
            yield _stock_line(variant.sku, levels.get(variant.pk, (0, 0)), one.units[variant.pk])


def _stock_line(sku: str, level: tuple[int, int], units: int) -> str:
    problem = rules.movement_problem(*level, units)
    if problem is not None:
        return f"{sku}: {problem}"
    return _("%(sku)s: stock %(before)d → %(after)d") % {
        "sku": sku, "before": level[0], "after": level[0] + units,
    }  # fmt: skip


def _price(amount: int, compare_at: int | None, currency: str) -> str:
    text = localised(amount, currency)
    if compare_at is None:
        return text
    return _("%(price)s (before %(before)s)") % {
        "price": text, "before": localised(compare_at, currency)
    }  # fmt: skip
