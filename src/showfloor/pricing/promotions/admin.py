"""Back office: free gifts and bundles."""

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.admin_base import BrandAdmin, BrandForm, BrandInline, money_text
from showfloor.accounts.models import Role
from showfloor.catalogue.admin import AmountField, AmountForm
from showfloor.catalogue.models import Price
from showfloor.pricing.promotions import queries
from showfloor.pricing.promotions.models import Bundle, BundleItem, FreeGift


class PromotionForm(AmountForm):
    """Where and when a promotion counts."""

    @override
    def currency(self) -> str:
        return str(self.cleaned_data.get("currency") or "EUR")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        brand, market = cleaned.get("brand"), cleaned.get("market")
        if market is not None and brand is not None and market.brand_id != brand.pk:
            self.add_error("market", _("This belongs to another brand."))
        elif market is not None and cleaned.get("currency") != market.currency:
            said = _("The market sells in %(currency)s.") % {"currency": market.currency}
            self.add_error("currency", said)
        return cleaned


class FreeGiftForm(PromotionForm):
    """A gift, and the amount that brings it."""

    worth = AmountField(label=gettext_lazy("from amount"))

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.show_amount("worth", self.instance.amount_from, self.instance.currency)

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        amount = self.minor_units("worth")
        if amount == 0:
            self.add_error("worth", _("Write an amount above zero."))
        self.instance.amount_from = amount or 1
        brand, variant = cleaned.get("brand"), cleaned.get("variant")
        if variant is None or brand is None:
            return cleaned
        if variant.brand_id != brand.pk:
            self.add_error("variant", _("This belongs to another brand."))
        elif not _is_priced(variant.pk, self.currency()):
            said = _("The gift needs a price in %(currency)s: it is what the gift takes off again.")
            self.add_error("variant", said % {"currency": self.currency()})
        return cleaned


def _is_priced(variant_id: str, currency: str) -> bool:
    prices = Price.objects.all_brands().filter(variant_id=variant_id, currency=currency)
    return bool(prices.exists())


class PromotionAdmin(BrandAdmin):
    """Promotions are the producers'; open carts know a change at once."""

    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    list_filter = ("published", "market")
    list_select_related: Any = ("market", "brand")
    search_fields = ("name",)

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        queries.forget(form.instance.brand_id)

    @override
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        queries.forget(obj.brand_id)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        queries.forget()


@admin.register(FreeGift)
class FreeGiftAdmin(PromotionAdmin):
    form = FreeGiftForm
    list_display = (
        "name", "variant", "amount", "market", "starts_at", "ends_at", "published",
    )  # fmt: skip
    list_select_related = ("market", "brand", "variant")
    autocomplete_fields = ("variant",)
    fields = (
        "brand", ("name", "published"), ("worth", "currency", "market"), "variant",
        ("starts_at", "ends_at"), "show",
    )  # fmt: skip
    export_columns = (
        ("name", "name"), ("gift", "variant.sku"), ("from amount", "amount_from"),
        ("currency", "currency"), ("market", "market"), ("show", "show"), ("from", "starts_at"),
        ("until", "ends_at"), ("published", "published"),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("from amount"), ordering="amount_from")
    def amount(self, row: FreeGift) -> str:
        return money_text(row.amount_from, row.currency)


class BundleForm(PromotionForm):
    """A bundle and its price."""

    together = AmountField(label=gettext_lazy("price together"))

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.show_amount("together", self.instance.price, self.instance.currency)

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.instance.price = self.minor_units("together") or 0
        return cleaned


class BundleItemForm(BrandForm):
    """Units of one variant of the bundle's brand, with a price in its currency."""

    class Meta:
        model = BundleItem
        fields = ("variant", "quantity")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        variant, bundle = cleaned.get("variant"), self.instance.bundle
        if variant is None:
            return cleaned
        if variant.brand_id != bundle.brand_id:
            self.add_error("variant", _("This belongs to another brand."))
        elif not _is_priced(variant.pk, bundle.currency):
            said = _("It has no price in %(currency)s.") % {"currency": bundle.currency}
            self.add_error("variant", said)
        return cleaned


class BundleItemInline(BrandInline):
    model = BundleItem
    form = BundleItemForm
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    fields = ("variant", "quantity")
    autocomplete_fields = ("variant",)
    min_num = 1

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[BundleItem]:
        return super().get_queryset(request).select_related("variant")


@admin.register(Bundle)
class BundleAdmin(PromotionAdmin):
    form = BundleForm
    inlines = (BundleItemInline,)
    list_display = ("name", "amount", "market", "starts_at", "ends_at", "published")
    fields = (
        "brand", ("name", "published"), ("together", "currency", "market"),
        ("starts_at", "ends_at"),
    )  # fmt: skip
    export_columns = (
        ("name", "name"), ("price", "price"), ("currency", "currency"), ("market", "market"),
        ("from", "starts_at"), ("until", "ends_at"), ("published", "published"),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("price together"), ordering="price")
    def amount(self, row: Bundle) -> str:
        return money_text(row.price, row.currency)
