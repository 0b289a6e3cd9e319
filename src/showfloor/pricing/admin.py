"""Back office: taxes, and the history of prices. Lists and markets: `price_list_admin`."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from showfloor.accounts.admin_base import BrandAdmin, BrandForm, money_text
from showfloor.accounts.countries import country_choices
from showfloor.accounts.models import Role
from showfloor.catalogue.models import PriceChange
from showfloor.pricing import price_list_admin as price_list_admin  # registers its pages
from showfloor.pricing.models import TaxRate, VatCheck
from showfloor.pricing.percentages import percent_text, read_percent
from showfloor.pricing.promotions import admin as promotions_admin  # noqa: F401 - registers itself
from showfloor.pricing.vouchers.admin import VoucherAdmin as VoucherAdmin  # registers itself


class TaxRateForm(BrandForm):
    """A rate as people write it: 19, 5.5 or 5,5 %."""

    country = forms.ChoiceField(
        label=gettext_lazy("country"), widget=UnfoldAdminSelect2Widget,
        choices=lambda: [("", "—"), *country_choices()],
    )  # fmt: skip

    percent = forms.CharField(
        label=gettext_lazy("rate in percent"), max_length=10, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("For example 19."),
    )  # fmt: skip

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["percent"] = percent_text(self.instance.rate_bp)

    @override
    def _get_validation_exclusions(self) -> set[str]:
        """Check the constraint of the rates entered here, too, whose source is empty."""
        return super()._get_validation_exclusions() - {"source"}

    def clean_percent(self) -> int:
        rate_bp = read_percent(self.cleaned_data["percent"], least_bp=0)
        self.instance.rate_bp = rate_bp
        return rate_bp


@admin.register(TaxRate)
class TaxRateAdmin(BrandAdmin):
    """Rates that differ from the brand's own."""

    form = TaxRateForm
    view_roles = (Role.PRODUCER,)
    edit_roles = ()
    list_display = ("country", "tax_class", "rate", "valid_from", "origin")
    list_filter = ("tax_class",)
    search_fields = ("country",)
    fields = ("brand", ("country", "tax_class"), ("percent", "valid_from"))
    export_columns = (
        ("country", "country"), ("class", "tax_class"), ("rate_bp", "rate_bp"),
        ("from", "valid_from"), ("source", "source"),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("rate"), ordering="rate_bp")
    def rate(self, row: TaxRate) -> str:
        return f"{percent_text(row.rate_bp)} %"

    @admin.display(description=gettext_lazy("source"), ordering="source")
    def origin(self, row: TaxRate) -> str:
        return row.source or str(gettext_lazy("Entered here"))


@admin.register(VatCheck)
class VatCheckAdmin(BrandAdmin):
    """The answers of the register, which nobody changes."""

    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER,)
    edit_roles = ()
    list_display = ("number", "is_valid", "checked_at", "consultation")
    list_filter = ("is_valid",)
    search_fields = ("number", "consultation")
    fields = ("number", "is_valid", "checked_at", "consultation")
    export_columns = (
        ("number", "number"), ("registered", "is_valid"), ("checked_at", "checked_at"),
        ("consultation", "consultation"),
    )  # fmt: skip


@admin.register(PriceChange)
class PriceChangeAdmin(BrandAdmin):
    """The history of prices, which nobody changes."""

    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER,)
    edit_roles = ()
    list_display = ("variant", "product", "price", "price_before", "at")
    list_filter = ("currency",)
    list_select_related = ("variant__product", "brand")
    search_fields = ("variant__sku", "variant__product__name")
    fields = ("variant", "currency", "amount", "compare_at", "at")
    export_columns = (
        ("sku", "variant.sku"), ("product", "product"), ("price", "price"),
        ("price before", "price_before"), ("from", "at"),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("product"))
    def product(self, row: PriceChange) -> str:
        return row.variant.product.name

    @admin.display(description=gettext_lazy("price"))
    def price(self, row: PriceChange) -> str:
        return money_text(row.amount, row.currency) or "–"

    @admin.display(description=gettext_lazy("price before"))
    def price_before(self, row: PriceChange) -> str:
        return money_text(row.compare_at, row.currency)
