"""Back office: orders, what was paid for them, and how they are sent.

Orders and payments are only looked at here: changes go through the room's verbs.
"""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from showfloor.accounts.admin_base import BrandAdmin, money_text
from showfloor.accounts.models import Role
from showfloor.catalogue.admin import AmountField, AmountForm
from showfloor.checkout import order_search, order_sheet
from showfloor.checkout import payment_admin as payment_admin  # its pages register themselves
from showfloor.checkout.countries import COUNTRIES, country_name
from showfloor.checkout.models import Order, ShippingOption
from showfloor.kernel.money import Money


@admin.register(Order)
class OrderAdmin(BrandAdmin):
    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER,)
    change_form_template = "admin/checkout/order/change_form.html"
    fields = ("number",)  # the page is `order_sheet`
    list_display = (
        "number", "placed_at", "name", "email", "total_text", "state", "payment_state", "is_test",
        "show",
    )  # fmt: skip
    list_filter = ("state", "payment_state", "is_test", "show", "placed_at")
    list_select_related = ("show", "brand")
    search_fields = ("number",)  # the search is `order_search`
    search_help_text = gettext_lazy(
        "Words of the number, the e-mail address, the name or the products; the newest 1,000"
    )
    date_hierarchy = "placed_at"
    export_columns = (
        ("number", "number"), ("placed_at", "placed_at"), ("state", "state"),
        ("payment", "payment_state"), ("email", "email"),
        ("name", "name"), ("country", "country"), ("currency", "currency"),
        ("subtotal", "subtotal_plain"), ("shipping", "shipping_plain"), ("tax", "tax_plain"),
        ("total", "total_plain"), ("show", "show.title"), ("test", "is_test"),
    )  # fmt: skip

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return order_search.matching(queryset, search_term), False

    @admin.display(description=gettext_lazy("total"), ordering="total")
    def total_text(self, order: Order) -> str:
        return money_text(order.total, order.currency)

    @override
    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Order | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        assert obj is not None, "the back office makes no orders"
        context["sheet"] = order_sheet.sheet_of(obj)
        page: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return page

    def subtotal_plain(self, order: Order) -> str:
        return Money(order.subtotal, order.currency).decimal

    def shipping_plain(self, order: Order) -> str:
        return Money(order.shipping, order.currency).decimal

    def tax_plain(self, order: Order) -> str:
        return Money(order.tax_included, order.currency).decimal

    def total_plain(self, order: Order) -> str:
        return Money(order.total, order.currency).decimal


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
    view_roles = (Role.PRODUCER,)
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
