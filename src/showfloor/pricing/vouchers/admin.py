"""Back office: vouchers, one by one or many codes at once, and what came of them."""

import secrets
from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from showfloor.accounts.admin_base import BrandAdmin, money_text
from showfloor.accounts.models import Role
from showfloor.catalogue.admin import AmountField, AmountForm
from showfloor.kernel.money import Money
from showfloor.pricing.vouchers import rules
from showfloor.pricing.vouchers.models import CODE_CHARS_MAX, UseState, Voucher, VoucherKind

BULK_MAX = 1000  # codes made at once
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread
_RANDOM_CHARS = 10  # of these 30 letters: nobody guesses one of a thousand codes
_PERCENT_BP = 100


class VoucherForm(AmountForm):
    """A voucher's terms. `worth` is an amount of the currency or a percentage, by the kind."""

    worth = forms.CharField(
        label=gettext_lazy("value"), max_length=40, required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("An amount, or percent: 10 or 12.5. Nothing for free shipping."),
    )  # fmt: skip
    minimum = AmountField(
        label=gettext_lazy("minimum value of the goods"), required=False,
        help_text=gettext_lazy("Of the goods that the code is for."),
    )  # fmt: skip
    count = forms.IntegerField(
        label=gettext_lazy("How many codes"), min_value=1, max_value=BULK_MAX, initial=1,
        required=False, widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy(
            "More than one: the code is their beginning, and each gets a random end."
        ),
    )  # fmt: skip

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        voucher = self.instance
        if voucher._state.adding:
            return
        self.fields.pop("count", None)
        self.show_amount("minimum", voucher.minimum or None, voucher.currency)
        if voucher.kind == VoucherKind.PERCENT:
            self.initial["worth"] = f"{voucher.value / _PERCENT_BP:g}"
        elif voucher.kind == VoucherKind.AMOUNT:
            self.show_amount("worth", voucher.value, voucher.currency)

    @override
    def currency(self) -> str:
        return str(self.cleaned_data.get("currency") or "EUR")

    def clean_code(self) -> str:
        code = rules.tidied(str(self.cleaned_data["code"]))
        if not rules.is_code(code):
            raise forms.ValidationError(_("Write letters and digits."))
        return code

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["minimum"] = self.minor_units("minimum") or 0
        self.instance.value = self._value(cleaned.get("kind"))
        count = cleaned.get("count") or 1
        if count > 1 and len(cleaned.get("code", "")) + _RANDOM_CHARS > CODE_CHARS_MAX:
            self.add_error("code", _("Write a shorter beginning."))
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("The end comes after the beginning."))
        return cleaned

    def _value(self, kind: object) -> int:
        if kind == VoucherKind.FREE_SHIPPING:
            return 0
        if kind == VoucherKind.AMOUNT:
            found = self.minor_units("worth")
        else:
            found = _basis_points(self.cleaned_data.get("worth") or "")
        if not found and "worth" not in self.errors:
            self.add_error("worth", _("Write how much it takes off."))
        return found or 0


def _basis_points(text: str) -> int | None:
    try:
        percent = float(text.strip().rstrip("%").replace(",", "."))
    except ValueError:
        return None
    found = round(percent * _PERCENT_BP)
    return found if 0 < found <= 100 * _PERCENT_BP else None


@admin.register(Voucher)
class VoucherAdmin(BrandAdmin):
    form = VoucherForm
    save_as = True  # a copy: *Save as new* with another code
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    list_display = (
        "code", "worth_text", "moment", "used_text", "orders", "taken_off", "sold", "ends_at",
        "active",
    )  # fmt: skip
    list_filter = ("active", "kind", "moment", "batch")
    search_fields = ("code", "batch")
    autocomplete_fields = ("products", "categories")
    fieldsets = (
        (None, {"fields": ("brand", ("code", "count"), "batch", "active")}),
        (
            gettext_lazy("What it takes off"),
            {"fields": (("kind", "worth", "currency"), "minimum")},
        ),
        (gettext_lazy("What it is for"), {"fields": ("products", "categories", "moment", "show")}),
        (
            gettext_lazy("When and how often"),
            {"fields": (("starts_at", "ends_at"), ("limit", "limit_per_person"))},
        ),
    )
    export_columns = (
        ("code", "code"), ("batch", "batch"), ("kind", "kind"), ("value", "worth_text"),
        ("moment", "moment"), ("show", "show"), ("used", "used"),
        ("limit", "limit"), ("orders", "orders"), ("taken_off", "off_plain"),
        ("sold", "sold_plain"), ("currency", "currency"),
    )  # fmt: skip

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        ordered = Q(uses__state=UseState.ORDERED)
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(
            order_count=Count("uses", filter=ordered),
            off_sum=Sum("uses__discount", filter=ordered, default=0),
            sold_sum=Sum("uses__total", filter=ordered, default=0),
        )
        return counted

    @admin.display(description=gettext_lazy("value"))
    def worth_text(self, voucher: Voucher) -> str:
        if voucher.kind == VoucherKind.PERCENT:
            return f"{voucher.value / _PERCENT_BP:g} %"
        if voucher.kind == VoucherKind.AMOUNT:
            return money_text(voucher.value, voucher.currency)
        return str(VoucherKind.FREE_SHIPPING.label)

    @admin.display(description=gettext_lazy("used"), ordering="used")
    def used_text(self, voucher: Voucher) -> str:
        return str(voucher.used) if voucher.limit is None else f"{voucher.used} / {voucher.limit}"

    @admin.display(description=gettext_lazy("orders"), ordering="order_count")
    def orders(self, voucher: Any) -> int:
        return int(voucher.order_count)

    @admin.display(description=gettext_lazy("taken off"), ordering="off_sum")
    def taken_off(self, voucher: Any) -> str:
        return money_text(voucher.off_sum, voucher.currency)

    @admin.display(description=gettext_lazy("sold with it"), ordering="sold_sum")
    def sold(self, voucher: Any) -> str:
        return money_text(voucher.sold_sum, voucher.currency)

    def off_plain(self, voucher: Any) -> str:
        return Money(voucher.off_sum, voucher.currency).decimal

    def sold_plain(self, voucher: Any) -> str:
        return Money(voucher.sold_sum, voucher.currency).decimal

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if obj is None:
            return found
        return [(None, {"fields": ("brand", "code", "batch", "active")}), *found[1:]]

    @override
    def save_model(self, request: HttpRequest, obj: Voucher, form: Any, change: bool) -> None:
        form.count = 1 if change else form.cleaned_data.get("count") or 1
        if form.count > 1:
            form.beginning = obj.code
            obj.code += _random_end()
            obj.batch = obj.batch or form.beginning
        super().save_model(request, obj, form, change)

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.count > 1:
            _make_alike(form.instance, form.beginning, form.count - 1)


def _random_end() -> str:
    return "".join(secrets.choice(_ALPHABET) for _n in range(_RANDOM_CHARS))


def _make_alike(voucher: Voucher, beginning: str, count: int) -> None:
    """Make so many more codes with the terms and the goods of one voucher."""
    names = [
        one.name for one in Voucher._meta.concrete_fields if one.name not in {"id", "code", "used"}
    ]
    terms = {name: getattr(voucher, name) for name in names}
    made = [Voucher(code=beginning + _random_end(), **terms) for _n in range(count)]
    Voucher.objects.all_brands().bulk_create(made)
    for links in (Voucher.products, Voucher.categories):
        others = getattr(voucher, links.field.name).all()
        through: Any = links.through
        column = f"{links.field.m2m_reverse_field_name()}_id"
        through._base_manager.bulk_create(
            through(voucher_id=one.pk, **{column: other.pk}) for one in made for other in others
        )
