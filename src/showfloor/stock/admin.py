"""Back office: how many there are, and what is kept for whom. Counts change through the room's
verbs, so that shows that are live hear of them."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from showfloor.accounts.admin_base import BrandAdmin, ReadOnlyInline
from showfloor.accounts.models import Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.catalogue.admin import EVERYONE, ProductAdmin, VariantForm, VariantInline
from showfloor.catalogue.models import Product, Variant
from showfloor.stock import rules, services
from showfloor.stock.models import Hold, MovementReason, Stock, StockMovement
from showfloor.stock.rules import ON_HAND_MAX

_STAFF_REASONS = [
    (reason.value, reason.label)
    for reason in (
        MovementReason.RECEIVED, MovementReason.RETURNED, MovementReason.DAMAGED,
        MovementReason.CORRECTION, MovementReason.COUNTED,
    )
]  # fmt: skip


class ChangeField(forms.IntegerField):
    """`+12` or `-3` units."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=-ON_HAND_MAX, max_value=ON_HAND_MAX, required=False,
            widget=UnfoldAdminTextInputWidget(
                attrs={"inputmode": "text", "placeholder": "±0", "style": "min-width: 5rem"}
            ),
            **kwargs,
        )  # fmt: skip

    @override
    def to_python(self, value: Any) -> int | None:
        # A typographic minus comes from spreadsheets.
        text = str(value or "").strip().replace("\u2212", "-").replace("±", "")
        return super().to_python(text)


def _reason_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("reason"), choices=_STAFF_REASONS, required=False,
        initial=MovementReason.RECEIVED.value,
        widget=UnfoldAdminSelectWidget(attrs={"style": "min-width: 9rem"}),
    )  # fmt: skip


class MovementForm(MergingForm):
    """A change of the count with its reason. The number on hand is never typed: a form that was
    open while units were sold would put them back."""

    def moves(self) -> tuple[str, str]:
        """Brand id and variant id of what is counted."""
        raise NotImplementedError

    def check_change(self) -> None:
        """Refuse a change that buyers or the counter stand against; a race is refused on saving."""
        change = self.cleaned_data.get("change") or 0
        level = None
        if not self.instance._state.adding:
            brand_id, variant_id = self.moves()
            level = Stock.objects.for_brand(brand_id).filter(variant_id=variant_id).first()
        on_hand, reserved = (level.on_hand, level.reserved) if level is not None else (0, 0)
        problem = rules.movement_problem(on_hand, reserved, change)
        if problem is not None:
            self.add_error("change", problem)

    def move(self) -> None:
        change = self.cleaned_data.get("change") or 0
        if change:
            services.move(
                *self.moves(), change,
                services.Cause(
                    MovementReason(self.cleaned_data.get("reason") or MovementReason.CORRECTION),
                    by_id=getattr(self, "by_id", None),
                    note=self.cleaned_data.get("note") or "",
                ),
            )  # fmt: skip


class StockedVariantForm(MovementForm, VariantForm):
    """Adds what is on hand, to be changed by a movement."""

    change = ChangeField(label=gettext_lazy("± units"))
    reason = _reason_field()

    @override
    def moves(self) -> tuple[str, str]:
        return self.instance.brand_id, self.instance.pk

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.check_change()
        return cleaned

    @override
    def save(self, commit: bool = True) -> Any:
        variant = super().save(commit=commit)
        if commit:
            self.move()
        return variant


class StockedVariantInline(VariantInline):
    form = StockedVariantForm
    fields = (
        "image", "sku", "options", "price", "compare_at", "on_hand", "change", "reason",
        "archived",
        "position",
    )  # fmt: skip
    readonly_fields = ("on_hand",)

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("stock")

    @override
    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.by_id = request.user.pk
        return formset

    @admin.display(description=gettext_lazy("on hand"))
    def on_hand(self, variant: Variant) -> str:
        level = getattr(variant, "stock", None)
        if level is None:
            return "0"
        return f"{level.on_hand}" if not level.reserved else f"{level.on_hand} ({level.reserved})"


class StockedProductAdmin(ProductAdmin):
    inlines = (StockedVariantInline,)
    list_display = (*ProductAdmin.list_display[:-1], "available", "published")
    export_columns = (*ProductAdmin.export_columns, ("available", "available"))

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("variants__stock")

    @admin.display(description=gettext_lazy("available"))
    def available(self, product: Product) -> int:
        sold = (variant for variant in product.variants.all() if not variant.archived)
        levels = (getattr(variant, "stock", None) for variant in sold)
        return sum(level.available for level in levels if level is not None)


admin.site.unregister(Product)
admin.site.register(Product, StockedProductAdmin)


class StockForm(MovementForm):
    change = ChangeField(
        label=gettext_lazy("± units"),
        help_text=gettext_lazy(
            "+12 adds twelve, -3 takes three away. What is sold meanwhile stays sold."
        ),
    )  # fmt: skip
    reason = _reason_field()
    note = forms.CharField(
        label=gettext_lazy("note"), max_length=200, required=False,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip

    class Meta:
        model = Stock
        fields = ()

    @override
    def moves(self) -> tuple[str, str]:
        return self.instance.brand_id, self.instance.variant_id

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.check_change()
        return cleaned


class StockMovementInline(ReadOnlyInline):
    model = StockMovement
    view_roles = EVERYONE
    fields = ("at", "change_text", "on_hand", "reason", "note", "by")
    readonly_fields = fields
    per_page = 20

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("by")

    @admin.display(description=gettext_lazy("change"))
    def change_text(self, movement: StockMovement) -> str:
        return f"{movement.change:+d}"


@admin.register(Stock)
class StockAdmin(BrandAdmin):
    form = StockForm
    can_add = can_delete_rows = False
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    inlines = (StockMovementInline,)
    list_display = ("sku", "product", "on_hand", "reserved", "free")
    list_select_related = ("variant__product", "brand")
    search_fields = ("variant__sku", "variant__product__name")
    fields = ("variant", ("on_hand", "reserved", "free"), ("change", "reason"), "note")
    readonly_fields = ("variant", "on_hand", "reserved", "free")
    export_columns = (
        ("sku", "variant.sku"), ("product", "variant.product.name"), ("on_hand", "on_hand"),
        ("reserved", "reserved"), ("available", "available"),
    )  # fmt: skip

    @override
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.by_id = request.user.pk
        return form

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
        form.move()


@admin.register(Hold)
class HoldAdmin(BrandAdmin):
    """The holds of buyers, active and ended: only to look at."""

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
