"""Back office: payments, which are only looked at, and brands' accounts at payment providers."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from showfloor.accounts.admin_base import (
    BrandAdmin,
    BrandForm,
    ConfirmedPages,
    ReadOnlyInline,
    money_text,
)
from showfloor.accounts.brand_urls import absolute
from showfloor.accounts.models import Role
from showfloor.checkout import provider
from showfloor.checkout.models import Order, Payment, PaymentAccount, PaymentEvent
from showfloor.checkout.services import payment_accounts
from showfloor.checkout.services.payment_accounts import NewKeys
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid


class PaymentEventInline(ReadOnlyInline):
    model = PaymentEvent
    view_roles = (Role.PRODUCER, Role.CLERK)
    fields = ("number", "kind", "source", "at", "detail")
    readonly_fields = fields


@admin.register(Payment)
class PaymentAdmin(BrandAdmin):
    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER, Role.CLERK)
    inlines = (PaymentEventInline,)
    list_display = (
        "created_at", "order_number", "amount_text", "state", "back_text", "dispute_due_at",
        "provider", "reference",
    )  # fmt: skip
    list_filter = ("state", "is_test", "created_at", "dispute_due_at")
    list_select_related = ("checkout__order", "brand")
    search_fields = ("reference",)  # the search is `get_search_results`
    search_help_text = gettext_lazy("Number of the order, or the provider's whole reference")
    fields = (
        ("order_number", "amount_text", "state"),
        ("captured_text", "back_text", "disputed_text", "dispute_due_at"),
        ("provider", "account", "is_test", "reference"),
        ("created_at", "refund_due"),
    )

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        typed = search_term.strip()
        if not typed:
            return queryset, False
        orders = Order.objects.for_brands(self.visible_brand_ids(request)).filter(
            number=typed.upper()
        )
        checkouts = list(orders.values_list("checkout_id", flat=True))
        return queryset.filter(Q(reference=typed) | Q(checkout__in=checkouts)), False

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def amount_text(self, payment: Payment) -> str:
        return money_text(payment.amount, payment.currency)

    @admin.display(description=gettext_lazy("captured"), ordering="captured")
    def captured_text(self, payment: Payment) -> str:
        return money_text(payment.captured or None, payment.currency)

    @admin.display(description=gettext_lazy("refunded"), ordering="refunded")
    def back_text(self, payment: Payment) -> str:
        return money_text(payment.refunded or None, payment.currency)

    @admin.display(description=gettext_lazy("disputed"), ordering="disputed")
    def disputed_text(self, payment: Payment) -> str:
        return money_text(payment.disputed or None, payment.currency)

    @admin.display(description=gettext_lazy("order"))
    def order_number(self, payment: Payment) -> str:
        order = getattr(payment.checkout, "order", None)
        return order.number if order is not None else ""


def _providers() -> list[tuple[str, str]]:
    return [(name, kind.label) for name, kind in provider.kinds().items()]


class PaymentAccountForm(BrandForm):
    """Keys go in and never come out: an empty field leaves a key as it is."""

    provider = forms.ChoiceField(
        label=gettext_lazy("provider"), choices=_providers, widget=UnfoldAdminSelectWidget
    )
    secret_key = forms.CharField(
        label=gettext_lazy("secret key"), required=False, max_length=255,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Stored encrypted, never shown again. Empty: as it is."),
    )  # fmt: skip
    webhook_secret = forms.CharField(
        label=gettext_lazy("signing secret of the webhook"), required=False, max_length=255,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Stored encrypted, never shown again. Empty: as it is. The one before it stays good "
            "beside a new one."
        ),
    )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors or "provider" not in (*cleaned, *self.fields):
            return cleaned
        account = self.instance
        for name in ("provider", "mode", "account", "publishable_key"):
            if name in cleaned:
                setattr(account, name, cleaned[name])
        try:
            payment_accounts.check(account, self.typed)
        except Invalid as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)
        return cleaned

    @override
    def _get_validation_exclusions(self) -> set[str]:
        """An active account takes the place of the active one: two are no mistake here."""
        return super()._get_validation_exclusions() | {"active"}

    @property
    def typed(self) -> NewKeys:
        return NewKeys(
            self.cleaned_data.get("secret_key", "").strip(),
            self.cleaned_data.get("webhook_secret", "").strip(),
        )


@admin.register(PaymentAccount)
class PaymentAccountAdmin(ConfirmedPages, BrandAdmin):
    """Owners only. An account that has taken payments stays, so that it can answer for them."""

    form = PaymentAccountForm
    can_delete_rows = False
    list_display = ("provider", "mode", "account", "active", "keys_changed_at")
    list_filter = ("mode", "active")
    search_fields = ("account",)
    fields = (
        "brand", ("provider", "mode"), ("account", "active"), "publishable_key", "secret_key",
        "webhook_secret", "webhook_url",
    )  # fmt: skip
    readonly_fields = ("webhook_url",)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = () if obj is None else ("provider", "mode", "account")
        return (*super().get_readonly_fields(request, obj), *fixed)

    @admin.display(description=gettext_lazy("address for webhooks"))
    def webhook_url(self, account: PaymentAccount) -> str:
        if account._state.adding:
            return "–"
        path = f"/api/v1/webhooks/payments/{account.provider}/{account.pk}"
        return absolute(account.brand, path)

    @override
    def save_model(
        self, request: HttpRequest, obj: PaymentAccount, form: Any, change: bool
    ) -> None:
        payment_accounts.save(obj, form.typed, utc_now())
