"""Back office: how many there are, and what is kept for whom. Counts change through the room's
verbs, so that shows that are live hear of them."""

from collections.abc import Sequence
from typing import Any, override

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from showfloor.accounts.admin_base import BrandAdmin, OwnFieldFilter, ReadOnlyInline
from showfloor.accounts.models import Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.catalogue.admin import (
    EVERYONE,
    PRESENTATION,
    ProductAdmin,
    VariantForm,
    VariantInline,
)
from showfloor.catalogue.models import Product, Variant
from showfloor.stock import locations, low_stock, rules, services
from showfloor.stock.models import (
    Hold,
    Location,
    LowStockAlarm,
    MovementReason,
    Stock,
    StockMovement,
    StockSettings,
)
from showfloor.stock.movement_fields import STAFF_REASONS, ChangeField
from showfloor.stock.rules import ON_HAND_MAX


def _reason_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("reason"), choices=STAFF_REASONS, required=False,
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
    inlines = (StockedVariantInline, *PRESENTATION)
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
    """A change of a count: units more or less, a count of what lies there, or a move to another
    location. One at a time."""

    location = forms.ModelChoiceField(
        Location.objects.all_brands().none(), label=gettext_lazy("location"), required=False,
        empty_label=None, widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    change = ChangeField(
        label=gettext_lazy("± units"),
        help_text=gettext_lazy(
            "+12 adds twelve, -3 takes three away. What is sold meanwhile stays sold."
        ),
    )  # fmt: skip
    reason = _reason_field()
    counted = forms.IntegerField(
        label=gettext_lazy("Counted"), min_value=0, max_value=ON_HAND_MAX, required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("All units that lie there now; the difference is written down."),
    )  # fmt: skip
    target = forms.ModelChoiceField(
        Location.objects.all_brands().none(), label=gettext_lazy("move to"), required=False,
        empty_label="–", widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Moves as many units as “± units” says, without the sign."),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("note"), max_length=200, required=False,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip

    class Meta:
        model = Stock
        fields = ("low_at",)

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Location.objects.for_brand(self.instance.brand_id).filter(archived=False)
        places = list(rows)
        for name in ("location", "target"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
            if len(places) < 2:
                field.widget = forms.HiddenInput()
        if places:
            self.initial["location"] = places[0].pk

    @override
    def moves(self) -> tuple[str, str]:
        return self.instance.brand_id, self.instance.variant_id

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        counted, change = cleaned.get("counted"), cleaned.get("change") or 0
        if counted is not None and (change or cleaned.get("target")):
            self.add_error("counted", _("Enter either what was counted or a change."))
        elif cleaned.get("target") and not change:
            self.add_error("change", _("Enter how many units move."))
        elif counted is None and not cleaned.get("target"):
            self.check_change()
        if not self.errors:
            self._try_out()
        return cleaned

    def _try_out(self) -> None:
        """Show a refusal beside its field: the change is made and taken back again."""
        problem = locations.refusal(self.move)
        if problem is not None:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)

    @override
    def move(self) -> None:
        given = self.cleaned_data
        location, target = given.get("location"), given.get("target")
        change, counted = given.get("change") or 0, given.get("counted")
        note, by_id = given.get("note") or "", getattr(self, "by_id", None)
        if counted is not None:
            place = location or locations.main_location(self.instance.brand_id)
            cause = services.Cause(MovementReason.COUNTED, by_id, note)
            locations.count_at(*self.moves(), counted, place.pk, cause)
        elif location is not None and target is not None:
            locations.transfer(
                *self.moves(), abs(change), source=location.pk, target=target.pk,
                cause=locations.moved(note, by_id),
            )  # fmt: skip
        elif location is not None and change:
            reason = MovementReason(given.get("reason") or MovementReason.CORRECTION)
            cause = services.Cause(reason, by_id, note)
            locations.move_at(*self.moves(), change, cause, location.pk)
        else:
            super().move()


class StockMovementInline(ReadOnlyInline):
    model = StockMovement
    view_roles = EVERYONE
    fields = ("at", "change_text", "on_hand", "reason", "place", "note", "by")
    readonly_fields = fields
    per_page = 20

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("by", "location")

    @admin.display(description=gettext_lazy("location"))
    def place(self, movement: StockMovement) -> str:
        return str(movement.location or _("Main location"))

    @admin.display(description=gettext_lazy("change"))
    def change_text(self, movement: StockMovement) -> str:
        return f"{movement.change:+d}"


class LowStockFilter(OwnFieldFilter):
    """Levels at their threshold or below."""

    title = gettext_lazy("stock")
    parameter_name = "low"

    @override
    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", gettext_lazy("running low"))]

    @override
    def queryset(self, request: Any, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() != "1":
            return queryset
        return low_stock.only_low(queryset)


class OpenAlarmFilter(OwnFieldFilter):
    """Alarms that have not ended, unless others are asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    @override
    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("ended", gettext_lazy("ended")), ("all", gettext_lazy("all"))]

    @override
    def queryset(self, request: Any, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(ended_at__isnull=self.value() != "ended")


@admin.register(Stock)
class StockAdmin(BrandAdmin):
    form = StockForm
    can_add = can_delete_rows = False
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER, Role.CLERK)
    inlines = (StockMovementInline,)
    list_display = ("sku", "product", "on_hand", "reserved", "free", "low_at")
    list_filter = (LowStockFilter,)
    list_select_related = ("variant__product", "brand")
    search_fields = ("variant__sku", "variant__product__name")
    fields = (
        "variant", ("on_hand", "reserved", "free"), "by_location", "location",
        ("change", "reason"), "target", "counted", "note", "low_at",
    )  # fmt: skip
    readonly_fields = ("variant", "on_hand", "reserved", "free", "by_location")
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

    @admin.display(description=gettext_lazy("by location"))
    def by_location(self, stock: Stock) -> str:
        units = locations.units_of(stock)
        names = {
            None if one.is_main else one.pk: one.name
            for one in Location.objects.for_brand(stock.brand_id)
        }
        return " · ".join(
            f"{names.get(place, _('Main location'))}: {count}" for place, count in units.items()
        )

    @override
    def save_model(self, request: HttpRequest, obj: Stock, form: Any, change: bool) -> None:
        form.move()
        if "low_at" in form.changed_data:
            rows = Stock.objects.for_brand(obj.brand_id).filter(pk=obj.pk)
            rows.update(low_at=form.cleaned_data["low_at"])  # the counters are not the form's
            low_stock.review(obj.brand_id)


@admin.register(Location)
class LocationAdmin(BrandAdmin):
    """The places of a brand's goods. The main one is made with the first other one."""

    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    can_delete_rows = False
    list_display = ("name", "is_main", "position", "archived")
    search_fields = ("name",)
    fields = ("brand", "name", "position", "archived")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        shown = tuple(super().get_readonly_fields(request, obj))
        return (*shown, "archived") if obj is None or obj.is_main else shown

    @override
    def save_model(self, request: HttpRequest, obj: Location, form: Any, change: bool) -> None:
        if not change:
            locations.main_location(obj.brand_id)
        if change and obj.archived and "archived" in form.changed_data:
            locations.close(obj)
        super().save_model(request, obj, form, change)


@admin.register(StockSettings)
class StockSettingsAdmin(BrandAdmin):
    view_roles = EVERYONE
    edit_roles = (Role.PRODUCER,)
    list_display = ("__str__", "low_at", "mails_alarms")
    search_fields = ("brand__name",)
    fields = ("brand", "low_at", "mails_alarms")

    @override
    def save_model(self, request: HttpRequest, obj: StockSettings, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        low_stock.review(obj.brand_id)


@admin.register(LowStockAlarm)
class LowStockAlarmAdmin(BrandAdmin):
    """The variants that ran low: only to look at. An alarm ends when units come in."""

    can_add = can_change = can_delete_rows = False
    view_roles = EVERYONE
    list_display = ("sku", "free", "product", "available", "threshold", "raised_at", "ended_at")
    list_filter = (OpenAlarmFilter,)
    list_select_related = ("stock__variant__product",)
    search_fields = ("stock__variant__sku", "stock__variant__product__name")
    fields = ("sku", "product", ("free", "available", "threshold"), ("raised_at", "ended_at"))

    @admin.display(description=gettext_lazy("SKU"))
    def sku(self, alarm: LowStockAlarm) -> str:
        return alarm.stock.variant.sku

    @admin.display(description=gettext_lazy("product"))
    def product(self, alarm: LowStockAlarm) -> str:
        return alarm.stock.variant.product.name

    @admin.display(description=gettext_lazy("available now"))
    def free(self, alarm: LowStockAlarm) -> int:
        return alarm.stock.available


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
