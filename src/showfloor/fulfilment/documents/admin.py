"""Back office: invoices and their corrections, and when a brand issues them.

Documents are only looked at and loaded: nothing changes one.
"""

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from showfloor.accounts.admin_base import BrandAdmin, BrandForm, money_text
from showfloor.accounts.countries import COUNTRIES
from showfloor.accounts.models import Role
from showfloor.checkout.models import Order
from showfloor.fulfilment.documents import failures
from showfloor.fulfilment.documents.models import Document, DocumentFailure, InvoiceSettings
from showfloor.fulfilment.documents.responses import pdf_response
from showfloor.kernel.clock import utc_now
from showfloor.kernel.money import Money
from showfloor.legal import queries as legal


class InvoiceSettingsForm(BrandForm):
    """Says what an invoice by law cannot do without."""

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        brand = cleaned.get("brand")
        if brand is not None:
            seller = legal.profile(brand.pk)
            if seller.lacking():
                names = {"names": ", ".join(seller.lacking())}
                self.add_error(None, _("Enter the seller's details first: %(names)s.") % names)
            elif seller.country not in COUNTRIES:
                self.add_error(None, _("The seller's details name no country that there is."))
        if cleaned.get("invoice_prefix") == cleaned.get("credit_prefix"):
            self.add_error(
                "credit_prefix", _("Invoices and corrections need prefixes that differ.")
            )
        return cleaned


@admin.register(InvoiceSettings)
class InvoiceSettingsAdmin(BrandAdmin):
    form = InvoiceSettingsForm
    view_roles = (Role.PRODUCER,)
    can_delete_rows = False
    list_display = ("brand", "issue_at", "invoice_prefix", "credit_prefix", "waits_for")
    search_fields = ("brand__name",)
    list_select_related = ("brand",)
    fields = (
        "brand", "issue_at", ("invoice_prefix", "credit_prefix"), "issue_from", "waits_for",
    )  # fmt: skip
    readonly_fields = ("waits_for",)

    @admin.display(description=gettext_lazy("waits for"), empty_value="–")
    def waits_for(self, row: InvoiceSettings) -> str | None:
        """Name the seller's details without which no invoice is issued."""
        return ", ".join(legal.profile(row.brand_id).lacking()) or None


@admin.register(Document)
class DocumentAdmin(BrandAdmin):
    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER, Role.CLERK)
    list_display = ("number", "kind", "order_link", "issued_at", "gross_text", "pdf_link")
    list_filter = ("kind", "is_test", "issued_at")
    list_select_related = ("order", "brand", "corrects")
    search_fields = ("number", "order__number", "order__email", "order__name")
    date_hierarchy = "issued_at"
    fields = (
        ("number", "kind", "issued_at"), ("order_link", "corrects"), ("net_text", "tax_text"),
        "gross_text", "pdf_link",
    )  # fmt: skip
    export_columns = (
        ("number", "number"), ("kind", "kind"), ("issued_at", "issued_at"),
        ("order", "order.number"), ("corrects", "corrects.number"), ("currency", "currency"),
        ("net", "net_plain"), ("tax", "tax_plain"), ("gross", "gross_plain"), ("test", "is_test"),
    )  # fmt: skip

    @override
    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<str:document_id>/pdf/", self.admin_site.admin_view(self.pdf_page),
            name="documents_document_pdf",
        )  # fmt: skip
        return [own, *super().get_urls()]

    def pdf_page(self, request: HttpRequest, document_id: str) -> HttpResponse:
        """Send the file of a document of the person's brands; 404 for another's."""
        document = self.get_object(request, document_id)
        if document is None or not self.has_view_permission(request, document):
            return self._get_obj_does_not_exist_redirect(request, self.opts, document_id)
        return pdf_response(document)

    @admin.display(description=gettext_lazy("order"), ordering="order__number")
    def order_link(self, document: Document) -> str:
        return _order_link(document.order)

    @admin.display(description=gettext_lazy("file"))
    def pdf_link(self, document: Document) -> str:
        address = reverse("admin:documents_document_pdf", args=[document.pk])
        return format_html('<a href="{}" download>{}</a>', address, "PDF")

    @admin.display(description=gettext_lazy("net"))
    def net_text(self, document: Document) -> str:
        return money_text(document.net, document.currency)

    @admin.display(description=gettext_lazy("tax"))
    def tax_text(self, document: Document) -> str:
        return money_text(document.tax, document.currency)

    @admin.display(description=gettext_lazy("total"), ordering="gross")
    def gross_text(self, document: Document) -> str:
        return money_text(document.gross, document.currency)

    def net_plain(self, document: Document) -> str:
        return Money(document.net, document.currency).decimal

    def tax_plain(self, document: Document) -> str:
        return Money(document.tax, document.currency).decimal

    def gross_plain(self, document: Document) -> str:
        return Money(document.gross, document.currency).decimal


@admin.register(DocumentFailure)
class DocumentFailureAdmin(BrandAdmin):
    """Orders whose document could not be made, with *try again*."""

    can_add = can_delete_rows = False
    edit_roles = (Role.CLERK,)
    list_display = ("order_link", "error", "attempts", "failed_at", "due_at")
    list_select_related = ("order", "brand")
    search_fields = ("order__number", "error")
    fields = readonly_fields = ("order_link", "error", "attempts", "failed_at", "due_at")
    actions = ("try_again",)

    @admin.action(description=gettext_lazy("Try again"), permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[DocumentFailure]) -> None:
        count = failures.try_again(queryset, utc_now())
        self.message_user(
            request,
            ngettext(
                "%(count)d document is made again in some seconds.",
                "%(count)d documents are made again in some seconds.",
                count,
            )
            % {"count": count},
        )

    @admin.display(description=gettext_lazy("order"), ordering="order__number")
    def order_link(self, failure: DocumentFailure) -> str:
        return _order_link(failure.order)


def _order_link(order: Order) -> str:
    address = reverse("admin:checkout_order_change", args=[order.pk])
    return format_html('<a href="{}">{}</a>', address, order.number)
