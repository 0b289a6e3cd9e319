"""Back office: payments, accounts at providers, and ways of sending. Orders: `fulfilment.admin`."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from showfloor.accounts.admin_base import BrandAdmin, money_text
from showfloor.accounts.models import Role
from showfloor.catalogue.admin import AmountField, AmountForm
from showfloor.checkout import payment_admin as payment_admin  # its pages register themselves
from showfloor.checkout.countries import COUNTRIES, country_name
from showfloor.checkout.models import ShippingOption


def _countries() -> list[tuple[str, str]]:
    """Codes and names in the reader's language, by name."""
    found = [(code, country_name(code)) for code in COUNTRIES]
    return sorted(found, key=lambda one: one[1].casefold())


class ShippingOptionForm(AmountForm):
    price = AmountField(label=gettext_lazy("price, tax included"))
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("countries"), choices=_countries, required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=gettext_lazy("Where it goes. None: everywhere."),
    )  # fmt: skip

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.show_amount("price", self.instance.price, self.instance.currency)

    @override
    def currency(self) -> str:
        return str(self.cleaned_data.get("currency") or "EUR")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["price"] = self.minor_units("price")
        return cleaned


@admin.register(ShippingOption)
class ShippingOptionAdmin(BrandAdmin):
    form = ShippingOptionForm
    view_roles = (Role.PRODUCER, Role.CLERK)
    list_display = ("name", "price_text", "note", "active", "position")
    list_filter = ("active",)
    list_select_related = ("brand",)
    search_fields = ("name",)
    fields = ("brand", ("name", "note"), ("price", "currency"), "countries", ("active", "position"))

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def price_text(self, option: ShippingOption) -> str:
        return money_text(option.price, option.currency)

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"active": True, **super().get_changeform_initial_data(request)}
