"""Back office: price lists with their variants, and markets with what is not sold there."""

from typing import Any, Final, override

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from showfloor.accounts.admin_base import BrandAdmin, BrandForm, BrandInline, visible_rows
from showfloor.accounts.countries import country_choices
from showfloor.accounts.models import Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.catalogue.admin import AmountField, AmountForm
from showfloor.catalogue.models import Category, Variant
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid
from showfloor.pricing import markets, price_lists
from showfloor.pricing.models import (
    Market,
    MarketExclusion,
    PriceList,
    PriceListItem,
    PriceListKind,
)
from showfloor.pricing.percentages import percent_text, read_percent

_EDITORS: Final = (Role.PRODUCER,)


class PriceListForm(MergingForm):
    """A list, and a whole category to put on it."""

    category = forms.ModelChoiceField(
        Category.objects.all_brands().none(), required=False, empty_label="–",
        label=gettext_lazy("Put a whole category on it"), widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Its variants of now, with the percentage beside it."),
    )  # fmt: skip
    percent = forms.CharField(
        required=False, label=gettext_lazy("Percent off"), max_length=10,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip

    def clean_percent(self) -> int | None:
        text = self.cleaned_data["percent"]
        return read_percent(text) if text.strip() else None

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("category") is not None and cleaned.get("percent") is None:
            self.add_error("percent", _("Say how much is taken off."))
        brand, market = cleaned.get("brand"), cleaned.get("market")
        if market is not None and brand is not None and market.brand_id != brand.pk:
            self.add_error("market", _("This belongs to another brand."))
        if market is not None and cleaned.get("currency") != market.currency:
            self.add_error("currency", _("The market sells in %(currency)s.") % {
                "currency": market.currency,
            })  # fmt: skip
        if cleaned.get("kind") == PriceListKind.REGULAR and cleaned.get("percent"):
            self.add_error("percent", _("Regular prices are amounts; percent off is a sale."))
        self._check_past(cleaned)
        return cleaned

    def _check_past(self, cleaned: dict[str, Any]) -> None:
        if self.instance._state.adding:
            return
        before = PriceList.objects.for_brand(self.instance.brand_id).get(pk=self.instance.pk)
        for name in ("starts_at", "ends_at"):  # a form's times have whole seconds
            kept = getattr(before, name)
            if kept is not None and cleaned.get(name) == kept.replace(microsecond=0):
                cleaned[name] = kept
        after = PriceList(**{
            name: cleaned.get(name, getattr(before, name))
            for name in ("kind", "market", "currency", "starts_at", "ends_at", "published")
        })  # fmt: skip
        try:
            price_lists.check_changes(before, after, utc_now())
        except Invalid as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)


class PriceListItemForm(AmountForm):
    """One variant at an amount or with percent off."""

    price = AmountField(label=gettext_lazy("price"), required=False)
    percent = forms.CharField(
        label=gettext_lazy("or percent off"), required=False, max_length=10,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip

    class Meta:
        model = PriceListItem
        fields = ("variant",)

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["variant"].disabled = True
            self.show_amount("price", self.instance.amount, self.currency())
            if self.instance.percent_bp is not None:
                self.initial["percent"] = percent_text(self.instance.percent_bp)

    @override
    def currency(self) -> str:
        return str(self.instance.price_list.currency)

    def clean_percent(self) -> int | None:
        text = self.cleaned_data["percent"]
        return read_percent(text) if text.strip() else None

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        amount, percent = self.minor_units("price"), cleaned.get("percent")
        if not self.errors and (amount is None) == (percent is None):
            self.add_error("price", _("Write a price or a percentage."))
        self.instance.amount, self.instance.percent_bp = amount, percent
        self.instance.since = self.instance.since or utc_now()
        return cleaned


class PriceListItemInline(BrandInline):
    model = PriceListItem
    form = PriceListItemForm
    view_roles = _EDITORS
    edit_roles = _EDITORS
    fields = ("variant", "price", "percent")
    autocomplete_fields = ("variant",)
    per_page = 50

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[PriceListItem]:
        return super().get_queryset(request).filter(until=None).select_related("variant")


@admin.register(PriceList)
class PriceListAdmin(BrandAdmin):
    """Lists of prices with dates. One that has come into force is history: it ends, and stays."""

    form = PriceListForm
    view_roles = _EDITORS
    edit_roles = _EDITORS
    inlines = (PriceListItemInline,)
    list_display = ("name", "kind", "market", "currency", "starts_at", "ends_at", "state", "count")
    list_filter = ("kind", "market")
    list_select_related = ("market", "brand")
    search_fields = ("name", "label")
    fieldsets = (
        (None, {"fields": (
            "brand", ("name", "label"), ("kind", "published"), ("market", "currency"),
            ("starts_at", "ends_at"),
        )}),
        (gettext_lazy("Many at once"), {"fields": (("category", "percent"),)}),
    )  # fmt: skip
    export_columns = (
        ("name", "name"), ("kind", "kind"), ("market", "market"), ("currency", "currency"),
        ("from", "starts_at"), ("until", "ends_at"), ("published", "published"),
    )  # fmt: skip

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[PriceList]:
        rows: models.QuerySet[PriceList] = super().get_queryset(request)
        on_it = models.Count("items", filter=models.Q(items__until=None))
        return rows.annotate(item_total=on_it)

    @override
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "category" in form.base_fields:
            ids = [obj.brand_id] if obj is not None else self.editable_brand_ids(request)
            form.base_fields["category"].queryset = visible_rows(Category, ids)
        return form

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and price_lists.has_begun(obj, utc_now()):
            return False
        return super().has_delete_permission(request, obj)

    @override
    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        now = utc_now()
        formset.save(commit=False)
        gone = [item.variant_id for item in formset.deleted_objects]
        price_lists.take_off(form.instance, gone, now)
        for item in [*formset.new_objects, *(item for item, _names in formset.changed_objects)]:
            price_lists.put_on(
                form.instance, [item.variant_id], amount=item.amount,
                percent_bp=item.percent_bp, now=now,
            )  # fmt: skip

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        category, percent = form.cleaned_data.get("category"), form.cleaned_data.get("percent")
        if category is not None and percent is not None:
            variants = Variant.objects.for_brand(form.instance.brand_id).filter(
                product__category=category, archived=False
            )
            ids = list(variants.values_list("pk", flat=True))
            price_lists.put_on(form.instance, ids, percent_bp=percent, now=utc_now())

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: PriceList) -> str:
        now = utc_now()
        if not row.published:
            return _("Draft")
        if row.ends_at is not None and row.ends_at <= now:
            return _("Over")
        return _("In force") if row.starts_at <= now else _("To come")

    @admin.display(description=gettext_lazy("variants"), ordering="item_total")
    def count(self, row: Any) -> int:
        found: int = row.item_total
        return found


class MarketForm(MergingForm):
    """A market whose address leads nowhere else."""

    countries = forms.MultipleChoiceField(
        label=gettext_lazy("countries"), choices=country_choices, required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=gettext_lazy("Orders of this market go to these alone. None: everywhere."),
    )  # fmt: skip
    tax_country = forms.ChoiceField(
        label=gettext_lazy("country whose tax is shown"), required=False,
        choices=lambda: [("", "—"), *country_choices()], widget=UnfoldAdminSelect2Widget,
        help_text=gettext_lazy("Until the buyer has said where the goods go."),
    )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        countries, taxed = cleaned.get("countries"), cleaned.get("tax_country")
        if countries and taxed and taxed not in countries:
            self.add_error("tax_country", _("This market does not sell to that country."))
        return cleaned

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).lower()
        if code in markets.RESERVED_CODES:
            raise forms.ValidationError(_("This word is an address of the site already."))
        return code

    def clean_host_name(self) -> str:
        name = str(self.cleaned_data["host_name"]).strip().rstrip(".").lower()
        brand = self.cleaned_data.get("brand") or getattr(self.instance, "brand", None)
        if name and brand is not None and not markets.is_below_own_host(brand, name):
            raise forms.ValidationError(
                _("The host name of a market is below the brand's own, proven one.")
            )
        return name


class MarketExclusionForm(BrandForm):
    """A product, or a variant, which names its product by itself."""

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].required = False

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        product, variant = cleaned.get("product"), cleaned.get("variant")
        if variant is not None and product is None:
            cleaned["product"] = variant.product
        elif product is None and not self.errors:
            self.add_error("product", _("Choose a product or a variant."))
        elif variant is not None and variant.product_id != getattr(product, "pk", None):
            self.add_error("variant", _("This variant belongs to another product."))
        return cleaned


class MarketExclusionInline(BrandInline):
    model = MarketExclusion
    form = MarketExclusionForm
    view_roles = _EDITORS
    edit_roles = _EDITORS
    fields = ("product", "variant")
    autocomplete_fields = ("product", "variant")
    per_page = 50


@admin.register(Market)
class MarketAdmin(BrandAdmin):
    """Where the brand sells in which currency; owners decide it."""

    form = MarketForm
    view_roles = _EDITORS
    edit_roles = ()
    inlines = (MarketExclusionInline,)
    list_display = ("name", "code", "currency", "host_name", "active")
    search_fields = ("name", "code")
    fields = (
        "brand", ("name", "code"), ("currency", "prices_include_tax"), ("countries", "tax_country"),
        "host_name", "dial", ("active", "position"),
    )  # fmt: skip
    export_columns = (
        ("name", "name"), ("code", "code"), ("currency", "currency"), ("host_name", "host_name"),
        ("active", "active"),
    )  # fmt: skip

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        markets.forget(obj.brand_id)

    @override
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        markets.delete(obj)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for market in queryset:
            markets.delete(market)
