"""Back office: categories, products with their variants and prices.

The stock room adds its counts to the product's page (`stock.admin`).
"""

from collections.abc import Sequence
from typing import Any, ClassVar, override

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from showfloor.accounts.admin_base import (
    BrandAdmin,
    BrandForm,
    BrandInline,
    BrandInlineFormSet,
    decimal_text,
    money_text,
    thumbnail,
)
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.stale_forms import MergingForm
from showfloor.catalogue import feed_admin, sale_guards, services
from showfloor.catalogue.amounts import (
    AMOUNT_MAX,
    NotAnAmount,
    amount_error,
    decimal_sign,
    read_money,
    written,
)
from showfloor.catalogue.bulk import edits
from showfloor.catalogue.category_admin import EVERYONE as EVERYONE
from showfloor.catalogue.category_admin import CategoryFilter
from showfloor.catalogue.models import (
    OptionValue,
    Price,
    Product,
    ProductMedium,
    Variant,
)
from showfloor.catalogue.text import clean_html
from showfloor.kernel.errors import Invalid
from showfloor.kernel.money import is_currency

FEEDS = feed_admin.FeedAdmin  # registered with its module


class OptionsField(forms.CharField):
    """`Shade: Rosé / Size: 30 ml` for `{"Shade": "Rosé", "Size": "30 ml"}`."""

    widget = UnfoldAdminTextInputWidget

    @override
    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return " / ".join(f"{name}: {option}" for name, option in value.items())
        return value

    @override
    def to_python(self, value: Any) -> dict[str, str]:  # type: ignore[override]
        options: dict[str, str] = {}
        for part in filter(None, (piece.strip() for piece in str(value or "").split(" / "))):
            name, colon, option = (piece.strip() for piece in part.partition(":"))
            if not (colon and name and option):
                raise forms.ValidationError(_("Write options like Shade: Rosé / Size: 30 ml."))
            options[name] = option
        return options

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or {}) != (data or ""))


class AmountField(forms.CharField):
    """An amount as people of the form's language write it; its currency is the form's."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)


class AmountForm(MergingForm):
    """A form with amounts; `currency()` says of what."""

    def currency(self) -> str:
        raise NotImplementedError

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(code):
            raise forms.ValidationError(_("A currency has three letters, like EUR."))
        return code

    def show_amount(self, name: str, amount: int | None, currency: str) -> None:
        """Have the field begin with an amount, as the form's language writes it."""
        sign = decimal_sign(get_language())
        self.initial[name] = "" if amount is None else written(amount, currency, sign)

    def minor_units(self, name: str) -> int | None:
        """The field's amount in minor units, None when empty; a wrong one becomes its error."""
        text = self.cleaned_data.get(name) or ""
        if not text:
            return None
        try:
            amount = read_money(text, self.currency(), decimal_sign(get_language())).amount
        except NotAnAmount as error:
            self.add_error(name, amount_error(text, self.currency(), error))
            return None
        if not 0 <= amount <= AMOUNT_MAX:
            self.add_error(name, amount_error(text, self.currency(), None, too_large=amount > 0))
            return None
        return amount


class VariantForm(AmountForm):
    """A variant with its price in the brand's own currency; others are on the variant's page."""

    options = OptionsField(
        label=gettext_lazy("options"), required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"style": "min-width: 16rem"}),
    )  # fmt: skip
    price = AmountField(label=gettext_lazy("price"))
    compare_at = AmountField(label=gettext_lazy("price before"), required=False)

    class Meta:
        model = Variant
        fields = ("image", "sku", "options", "archived", "position")

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            price = self.instance.prices.filter(currency=self.currency()).first()
            if price is not None:
                self.show_amount("price", price.amount, price.currency)
                self.show_amount("compare_at", price.compare_at, price.currency)

    @override
    def currency(self) -> str:
        found = Brand.objects.filter(pk=self.instance.brand_id).values_list("currency", flat=True)
        return found.first() or "EUR"  # no brand: the product's own form says so

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        amount, before = self.minor_units("price"), self.minor_units("compare_at")
        if amount is not None and before is not None and before <= amount:
            self.add_error("compare_at", _("The price before must be higher than the price."))
        self.amounts = (amount, before)
        return cleaned

    @override
    def save(self, commit: bool = True) -> Any:
        variant = super().save(commit=commit)
        amount, before = self.amounts
        if commit and amount is not None:
            services.set_price(variant, self.currency(), amount, before)
        return variant


class VariantFormSet(BrandInlineFormSet):
    deletion_refused = gettext_lazy(
        "“%(row)s” was sold or is in someone's checkout: its orders need it."
        " Archive it instead of deleting it."
    )

    @override
    def clean(self) -> None:
        super().clean()
        gone = [form for form in self.initial_forms if "archived" in form.changed_data]
        hidden = [form for form in gone if form.cleaned_data.get("archived")]
        ids = [form.instance.pk for form in {*hidden, *self.deleted_forms}]
        _check_may_go(self.instance.brand_id, ids)


class VariantInline(BrandInline):
    model = Variant
    form = VariantForm
    formset = VariantFormSet
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    fields: Sequence[str] = (
        "image", "sku", "options", "price", "compare_at", "archived", "position",
    )  # fmt: skip
    show_change_link = True
    ordering_field = "position"
    hide_ordering_field = True


def _check_may_go(brand_id: str, variant_ids: Sequence[str]) -> None:
    """Raise ValidationError where these variants have to stay on sale."""
    for reason in sale_guards.reasons_to_stay(brand_id, [], variant_ids).values():
        raise forms.ValidationError(reason)


class ProductForm(MergingForm):
    option_names = forms.CharField(
        label=gettext_lazy("Option names"), required=False, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("In the order in which they are asked: Shade, Size"),
    )  # fmt: skip

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self.initial.get("option_names")
        if isinstance(names, list):
            self.initial["option_names"] = ", ".join(names)

    def clean_option_names(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["option_names"].split(",")]
        return list(dict.fromkeys(filter(None, names)))[:10]

    def clean_description(self) -> str:
        return clean_html(self.cleaned_data["description"])

    def clean_published(self) -> bool:
        published: bool = self.cleaned_data["published"]
        if "published" in self.changed_data and not published and not self.instance._state.adding:
            ids = [self.instance.pk]
            for reason in sale_guards.reasons_to_stay(self.instance.brand_id, ids).values():
                raise forms.ValidationError(reason)
        return published


class MediumForm(BrandForm):
    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        variant = cleaned.get("variant")
        if variant is not None and variant.product_id != self.instance.product_id:
            self.add_error("variant", _("This variant belongs to another product."))
        return cleaned


class MediumInline(BrandInline):
    """Further pictures and films of a product or of one of its variants, in their order."""

    model = ProductMedium
    form = MediumForm
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    fields = ("image", "video_url", "alt", "variant", "position")
    ordering_field = "position"
    hide_ordering_field = True

    @override
    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        field = formset.form.base_fields.get("variant")
        if field is not None:
            rows = Variant.objects.all_brands().filter(product=obj)
            field.queryset = rows.none() if obj is None else rows
        return formset


class OptionValueInline(BrandInline):
    """The values of a product's options: their order and their looks."""

    model = OptionValue
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    fields = ("option", "value", "swatch", "image", "position")
    ordering_field = "position"
    hide_ordering_field = True


PRESENTATION = (MediumInline, OptionValueInline)


class ProductAdmin(BrandAdmin):
    """A product with its variants; the stock room puts its own version in this place."""

    form = ProductForm
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    inlines: Sequence[type[BrandInline]] = (VariantInline, *PRESENTATION)
    list_display: Sequence[str] = (
        "picture",
        "name",
        "reference",
        "category",
        "variant_count",
        "price_range",
        "published",
    )
    list_display_links = ("name",)  # a picture that isn't there is a link without words
    list_filter = (CategoryFilter, "published")
    list_select_related = ("category", "brand")
    search_fields = ("name", "reference", "variants__sku", "vendor")
    autocomplete_fields = ("category",)
    readonly_fields = ("picture",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "brand",
                    ("name", "reference"),
                    ("category", "vendor"),
                    "also_in",
                    ("tax_class", "published", "is_sent"),
                )
            },
        ),
        (gettext_lazy("On the page"), {"fields": ("image", "description", "public_url")}),
        (
            gettext_lazy("For search engines"),
            {"fields": ("slug", "seo_title", "seo_description", "condition")},
        ),
        (gettext_lazy("Variants"), {"fields": ("option_names",)}),
        (
            gettext_lazy("Safety and law"),
            {
                "fields": (
                    ("manufacturer", "manufacturer_contact"),
                    "manufacturer_address",
                    ("responsible", "responsible_contact"),
                    "responsible_address",
                    "safety_note",
                    "withdrawal_exception",
                ),
                "description": gettext_lazy(
                    "Shown beside the offer, as Regulation (EU) 2023/988 Art. 19 asks."
                ),
            },
        ),
    )
    actions = ("edit_selected", "export_selected")
    export_columns: ClassVar[tuple[tuple[str, str], ...]] = (
        ("reference", "reference"), ("name", "name"), ("category", "category"),
        ("vendor", "vendor"), ("variants", "variant_count"), ("price", "price_range"),
        ("published", "published"), ("url", "public_url"),
    )  # fmt: skip

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("variants__prices")

    @admin.action(description=gettext_lazy("Change selected"), permissions=["change"])
    def edit_selected(
        self, request: HttpRequest, queryset: models.QuerySet[Product]
    ) -> HttpResponse | None:
        assert isinstance(request.user, User), "staff are signed in"
        own = queryset.order_by().filter(brand__in=self.editable_brand_ids(request))
        rows = own.values_list("brand", "pk").distinct()[: edits.PRODUCTS_MAX + 1]
        ids = [pk for _brand, pk in rows]
        brands = {brand for brand, _pk in rows}
        if len(brands) != 1:
            self.message_user(request, _("Choose products of one brand."), messages.ERROR)
            return None
        try:
            edit = edits.begin(Brand.objects.get(pk=brands.pop()), request.user, ids)
        except Invalid as error:
            self.message_user(request, error.message, messages.ERROR)
            return None
        return redirect("admin:catalogue_product_edit", edit.pk)

    @override
    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        if "published" in form.changed_data:
            obj.missing_since = None  # a person decides, and no feed any more
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, product: Product) -> str:
        return thumbnail(product.image)

    @admin.display(description=gettext_lazy("variants"))
    def variant_count(self, product: Product) -> int:
        return sum(not variant.archived for variant in product.variants.all())

    @admin.display(description=gettext_lazy("price"))
    def price_range(self, product: Product) -> str:
        found: dict[str, list[int]] = {}
        for variant in (one for one in product.variants.all() if not one.archived):
            for price in variant.prices.all():
                found.setdefault(price.currency, []).append(price.amount)
        return ", ".join(_span(amounts, currency) for currency, amounts in found.items())


def _span(amounts: list[int], currency: str) -> str:
    low, high = min(amounts), max(amounts)
    if low == high:
        return money_text(low, currency)
    return f"{decimal_text(low, currency)}–{money_text(high, currency)}"


admin.site.register(Product, ProductAdmin)


class PriceForm(AmountForm):
    amount = AmountField(label=gettext_lazy("price"))
    compare_at = AmountField(label=gettext_lazy("price before"), required=False)

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            for name in ("amount", "compare_at"):
                self.show_amount(name, getattr(self.instance, name), self.instance.currency)

    @override
    def currency(self) -> str:
        return str(self.cleaned_data.get("currency") or "EUR")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in ("amount", "compare_at"):
            cleaned[name] = self.minor_units(name)
        return cleaned


class PriceInline(BrandInline):
    model = Price
    form = PriceForm
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    fields = ("currency", "amount", "compare_at")


class VariantPageForm(MergingForm):
    options = OptionsField(label=gettext_lazy("options"), required=False)

    def clean_archived(self) -> bool:
        archived: bool = self.cleaned_data["archived"]
        if "archived" in self.changed_data and archived:
            _check_may_go(self.instance.brand_id, [self.instance.pk])
        return archived


@admin.register(Variant)
class VariantAdmin(BrandAdmin):
    """One variant with its prices in all currencies; new ones are made on the product's page."""

    form = VariantPageForm
    can_add = False
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    inlines = (PriceInline,)
    list_display = ("sku", "product", "option_text", "price_text", "barcode", "archived")
    list_filter = ("product", "archived")
    list_select_related = ("product", "brand")
    search_fields = ("sku", "barcode", "product__name")
    fields = (
        "product",
        ("sku", "barcode", "weight_g"),
        "options",
        ("image", "swatch"),
        ("content", "content_unit", "base_quantity"),
        ("archived", "position"),
    )
    readonly_fields = ("product",)
    export_columns = (
        ("sku", "sku"), ("product", "product.name"), ("options", "option_text"),
        ("prices", "price_text"), ("barcode", "barcode"), ("archived", "archived"),
    )  # fmt: skip

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Variant]:
        return super().get_queryset(request).prefetch_related("prices")

    @admin.display(description=gettext_lazy("options"))
    def option_text(self, variant: Variant) -> str:
        return " / ".join(variant.options.values())

    @admin.display(description=gettext_lazy("prices"))
    def price_text(self, variant: Variant) -> str:
        return ", ".join(money_text(row.amount, row.currency) for row in variant.prices.all())
