"""Back office: payments, accounts at providers, and ways of sending. Orders: `fulfilment.admin`."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from showfloor.accounts.admin_base import BrandAdmin, money_text
from showfloor.accounts.countries import country_choices
from showfloor.accounts.models import Role
from showfloor.catalogue.admin import AmountField, AmountForm
from showfloor.checkout import entitlement_admin as entitlement_admin  # its pages register
from showfloor.checkout import payment_admin as payment_admin  # themselves
from showfloor.checkout.models import ShippingKind, ShippingOption


class ShippingOptionForm(AmountForm):
    price = AmountField(label=gettext_lazy("price, tax included"))
    value_from = AmountField(label=gettext_lazy("from value of the goods"), required=False)
    value_to = AmountField(label=gettext_lazy("below value of the goods"), required=False)
    free_from = AmountField(
        label=gettext_lazy("free from value of the goods"), required=False,
        help_text=gettext_lazy("From this value on it costs nothing. Empty: never free."),
    )  # fmt: skip
    wrapping_price = AmountField(
        label=gettext_lazy("price of gift wrapping"), required=False,
        help_text=gettext_lazy("Empty: nothing is wrapped for this way of sending."),
    )  # fmt: skip
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("countries"), choices=country_choices, required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=gettext_lazy("Where it goes. None: everywhere."),
    )  # fmt: skip

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            for name in ("price", "value_to", "free_from", "wrapping_price"):
                self.show_amount(name, getattr(self.instance, name), self.instance.currency)
            value_from = self.instance.value_from or None
            self.show_amount("value_from", value_from, self.instance.currency)

    @override
    def currency(self) -> str:
        return str(self.cleaned_data.get("currency") or "EUR")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in ("price", "value_to", "free_from", "wrapping_price"):
            cleaned[name] = self.minor_units(name)
        cleaned["value_from"] = self.minor_units("value_from") or 0
        if cleaned.get("kind") == ShippingKind.PICKUP and not cleaned.get("pickup_address"):
            self.add_error("pickup_address", _("Say where the buyer fetches it."))
        return cleaned


@admin.register(ShippingOption)
class ShippingOptionAdmin(BrandAdmin):
    form = ShippingOptionForm
    view_roles = (Role.PRODUCER, Role.CLERK)
    list_display = ("name", "price_text", "note", "active", "position")
    list_filter = ("active",)
    list_select_related = ("brand",)
    search_fields = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "brand",
                    ("name", "note"),
                    ("price", "currency"),
                    "countries",
                    ("active", "position"),
                )
            },
        ),
        (gettext_lazy("When it is there"), {"fields": (("days_min", "days_max"),)}),
        (
            gettext_lazy("For which parcels"),
            {"fields": (("weight_from_g", "weight_to_g"), ("value_from", "value_to"), "free_from")},
        ),
        (gettext_lazy("Gifts"), {"fields": ("wrapping_price",)}),
        (
            gettext_lazy("Pick-up"),
            {"fields": ("kind", ("pickup_address", "pickup_hours"))},
        ),
    )

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def price_text(self, option: ShippingOption) -> str:
        return money_text(option.price, option.currency)

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"active": True, **super().get_changeform_initial_data(request)}
