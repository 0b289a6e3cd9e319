"""Back office: how many there are, and what is kept for whom. Counts change through the room's
verbs, so that shows that are live hear of them."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from showfloor.accounts.admin_base import BrandAdmin, BrandForm
from showfloor.accounts.models import Role
from showfloor.catalogue.admin import EVERYONE, ProductAdmin, VariantForm, VariantInline
from showfloor.catalogue.models import Product
from showfloor.stock import services
from showfloor.stock.models import Hold, Stock


def _held_error(reserved: int) -> str:
    return _("%(count)d are being bought right now.") % {"count": reserved}


class StockedVariantForm(VariantForm):
    """Adds the count; empty leaves it as it is."""

    on_hand = forms.IntegerField(
        label=gettext_lazy("on hand"), min_value=0, max_value=10**9, required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level = None
        if not self.instance._state.adding:
            self.level = (
                Stock.objects.for_brand(self.instance.brand_id)
                .filter(variant=self.instance)
                .first()
            )
        if self.level is not None:
            self.initial["on_hand"] = self.level.on_hand

    def clean_on_hand(self) -> int | None:
        count: int | None = self.cleaned_data["on_hand"]
        if count is not None and self.level is not None and count < self.level.reserved:
            raise forms.ValidationError(_held_error(self.level.reserved))
        return count

    @override
    def save(self, commit: bool = True) -> Any:
        variant = super().save(commit=commit)
        count = self.cleaned_data.get("on_hand")
        if commit and count is not None and "on_hand" in self.changed_data:
            services.set_level(variant.brand_id, variant.pk, count)
        return variant


class StockedVariantInline(VariantInline):
    form = StockedVariantForm
    fields = ("image", "sku", "options", "price", "compare_at", "on_hand", "position")


class StockedProductAdmin(ProductAdmin):
    inlines = (StockedVariantInline,)
    list_display = (*ProductAdmin.list_display[:-1], "available", "published")
    export_columns = (*ProductAdmin.export_columns, ("available", "available"))

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("variants__stock")

    @admin.display(description=gettext_lazy("available"))
    def available(self, product: Product) -> int:
        levels = (getattr(variant, "stock", None) for variant in product.variants.all())
        return sum(level.available for level in levels if level is not None)


admin.site.unregister(Product)
admin.site.register(Product, StockedProductAdmin)


class StockForm(BrandForm):
    def clean_on_hand(self) -> int:
        count: int = self.cleaned_data["on_hand"]
        if count < self.instance.reserved:
            raise forms.ValidationError(_held_error(self.instance.reserved))
        return count


@admin.register(Stock)
class StockAdmin(BrandAdmin):
    form = StockForm
    can_add = can_delete_rows = False
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    list_display = ("sku", "product", "on_hand", "reserved", "free")
    list_select_related = ("variant__product", "brand")
    search_fields = ("variant__sku", "variant__product__name")
    fields = ("variant", "on_hand", "reserved")
    readonly_fields = ("variant", "reserved")
    export_columns = (
        ("sku", "variant.sku"), ("product", "variant.product.name"), ("on_hand", "on_hand"),
        ("reserved", "reserved"), ("available", "available"),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("SKU"), ordering="variant__sku")
    def sku(self, stock: Stock) -> str:
        return stock.variant.sku

    @admin.display(description=gettext_lazy("product"), ordering="variant__product__name")
    def product(self, stock: Stock) -> str:
        return stock.variant.product.name

    @admin.display(description=gettext_lazy("available"))
    def free(self, stock: Stock) -> int:
        return stock.available

    @override
    def save_model(self, request: HttpRequest, obj: Stock, form: Any, change: bool) -> None:
        services.set_level(obj.brand_id, obj.variant_id, obj.on_hand)


@admin.register(Hold)
class HoldAdmin(BrandAdmin):
    """What buyers keep right now, and what became of it: only to look at."""

    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER,)
    list_display = ("sku", "quantity", "state", "created_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("stock__variant",)
    search_fields = ("stock__variant__sku",)
    fields = ("sku", "quantity", "state", ("created_at", "expires_at"))

    @admin.display(description=gettext_lazy("SKU"))
    def sku(self, hold: Hold) -> str:
        return hold.stock.variant.sku
