"""The back office's site: the usual log-in pages, and no way around the brand-scoped pages."""

from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, override

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.sites import UnfoldAdminSite

from showfloor.accounts import permissions, second_factor, token_revocation
from showfloor.accounts.admin_base import staff_roles
from showfloor.accounts.models import User
from showfloor.site.context import payments_state
from showfloor.site.views import (
    brand_preview,
    bulk_edit,
    bulk_table,
    tax_rates,
    variant_matrix,
    words_import,
)
from showfloor.site.views.product_import import import_page, job_page

PREFIX = "/admin/"

# Unfold's scripts are files, so that nothing written into a page runs; but Alpine.js evaluates
# attributes and sets styles, and the theme's colours stand in the page without a nonce.
POLICY = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.SELF],
    "form-action": [CSP.SELF],
}


# Pages that are none of a table: address, view, name, and whether the view takes the site.
_PAGES: Final = (
    ("catalogue/product/import/", import_page, "catalogue_product_import", True),
    ("catalogue/product/import/<str:job_id>/", job_page, "catalogue_product_import_job", True),
    (
        "catalogue/product/<str:product_id>/variants/", variant_matrix.matrix_page,
        "catalogue_product_variants", True,
    ),
    ("catalogue/product/edits/", bulk_edit.list_page, "catalogue_product_edits", True),
    ("catalogue/product/edits/table/", bulk_table.upload_page, "catalogue_product_table", True),
    (
        "catalogue/product/edits/<str:edit_id>/table.csv", bulk_table.download,
        "catalogue_product_edit_table", False,
    ),
    ("catalogue/product/edits/<str:edit_id>/", bulk_edit.edit_page, "catalogue_product_edit", True),
    ("community/wordrule/import/", words_import.import_page, "community_wordrule_import", True),
    ("pricing/taxrate/fill/", tax_rates.fill_page, "pricing_taxrate_fill", True),
    (
        "accounts/brand/<str:brand_id>/preview/", brand_preview.preview_page,
        "accounts_brand_preview", True,
    ),
)  # fmt: skip


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]
    index_title = gettext_lazy("Back office")

    @override
    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [
            # Django's shortcut looks any row up by its number, past every brand.
            path("r/<path:content_type_id>/<path:object_id>/", _nothing),
            *(
                path(route, self.admin_view(view), {"site": self} if has_site else {}, name=name)
                for route, view, name, has_site in _PAGES
            ),
            *super().get_urls(),
        ]

    @override
    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Lead owners without a second factor to its set-up."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if second_factor.is_needed_first(request.user):
                return redirect(second_factor.PAGE)
            return view(request, *args, **kwargs)

        return super().admin_view(guarded, cacheable)

    @override
    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponseBase:
        """Use the account pages' log-in: limited in rate, by password or e-mail code."""
        page: HttpResponseBase = secure_admin_login(super().login)(request)
        return page

    @override
    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        user = request.user
        page: HttpResponseBase = super().logout(request, extra_context)
        if isinstance(user, User) and not request.user.is_authenticated:
            token_revocation.revoke_person_tokens(user)
        return page

    @override
    def password_change(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Use the account pages' change of password, which ends sessions of the old one."""
        return redirect("account_change_password")


@permissions.public
def _nothing(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
    raise Http404


@dataclass(frozen=True, slots=True)
class _Link:
    title: Any
    icon: str
    label: str  # app label and model, or the name of a page


_NAVIGATION: tuple[tuple[Any, tuple[_Link, ...]], ...] = (
    (
        gettext_lazy("Selling"),
        (
            _Link(gettext_lazy("Orders"), "receipt_long", "checkout_order"),
            _Link(gettext_lazy("Invoices"), "description", "documents_document"),
            _Link(gettext_lazy("Invoices that failed"), "error", "documents_documentfailure"),
            _Link(gettext_lazy("Returns"), "assignment_return", "fulfilment_orderreturn"),
            _Link(gettext_lazy("Withdrawals"), "undo", "fulfilment_withdrawal"),
            _Link(gettext_lazy("Return policy"), "policy", "fulfilment_returnpolicy"),
            _Link(gettext_lazy("Payments"), "payments", "checkout_payment"),
            _Link(gettext_lazy("Daily close"), "today", "daily_close_dailyclose"),
            _Link(gettext_lazy("Payment accounts"), "account_balance", "checkout_paymentaccount"),
            _Link(gettext_lazy("Mails"), "mail", "outbox_outgoingmessage"),
            _Link(gettext_lazy("Texts of mails"), "edit_note", "outbox_mailwording"),
            _Link(gettext_lazy("Layout of mails"), "palette", "accounts_maillayout"),
            _Link(gettext_lazy("Vouchers"), "confirmation_number", "pricing_voucher"),
            _Link(gettext_lazy("Bundles"), "package_2", "pricing_bundle"),
            _Link(gettext_lazy("Free gifts"), "redeem", "pricing_freegift"),
            _Link(gettext_lazy("Rights of products"), "key", "checkout_productgrant"),
            _Link(gettext_lazy("Files to download"), "download", "checkout_downloadfile"),
            _Link(gettext_lazy("Rights of buyers"), "verified", "checkout_entitlement"),
            _Link(gettext_lazy("Shipping"), "local_shipping", "checkout_shippingoption"),
            _Link(gettext_lazy("Seller's details"), "domain", "legal_sellerprofile"),
            _Link(gettext_lazy("Invoice settings"), "tune", "documents_invoicesettings"),
        ),
    ),
    (
        gettext_lazy("Prices and taxes"),
        (
            _Link(gettext_lazy("Price lists"), "sell", "pricing_pricelist"),
            _Link(gettext_lazy("Markets"), "public", "pricing_market"),
            _Link(gettext_lazy("Price history"), "history", "catalogue_pricechange"),
            _Link(gettext_lazy("Tax rates"), "percent", "pricing_taxrate"),
            _Link(gettext_lazy("VAT number checks"), "verified", "pricing_vatcheck"),
        ),
    ),
    (
        gettext_lazy("Catalogue"),
        (
            _Link(gettext_lazy("Products"), "inventory_2", "catalogue_product"),
            _Link(gettext_lazy("Variants"), "style", "catalogue_variant"),
            _Link(gettext_lazy("Categories"), "category", "catalogue_category"),
            _Link(gettext_lazy("Feeds"), "rss_feed", "catalogue_feed"),
            _Link(gettext_lazy("Stock"), "warehouse", "stock_stock"),
            _Link(gettext_lazy("Running low"), "warning", "stock_lowstockalarm"),
            _Link(gettext_lazy("Locations"), "location_on", "stock_location"),
            _Link(gettext_lazy("Stock settings"), "tune", "stock_stocksettings"),
            _Link(gettext_lazy("Holds"), "hourglass_top", "stock_hold"),
        ),
    ),
    (
        gettext_lazy("Shows"),
        (
            _Link(gettext_lazy("Shows"), "live_tv", "shows_show"),
            _Link(gettext_lazy("Hosts"), "person", "shows_host"),
            _Link(
                gettext_lazy("Restream destinations"),
                "cast",
                "restreams_restreamdestination",
            ),
        ),
    ),
    (
        gettext_lazy("People"),
        (
            _Link(gettext_lazy("Members"), "group", "accounts_member"),
            _Link(gettext_lazy("Bans"), "block", "accounts_ban"),
            _Link(gettext_lazy("Word rules"), "abc", "community_wordrule"),
            _Link(gettext_lazy("Audit log"), "history", "community_auditentry"),
            _Link(gettext_lazy("Staff"), "badge", "accounts_staffrole"),
            _Link(gettext_lazy("Invitations"), "person_add", "accounts_staffinvitation"),
            _Link(gettext_lazy("Users"), "manage_accounts", "accounts_user"),
            _Link(gettext_lazy("Brands"), "storefront", "accounts_brand"),
        ),
    ),
    (
        gettext_lazy("Law"),
        (
            _Link(gettext_lazy("Legal texts"), "gavel", "legal_legaltext"),
            _Link(gettext_lazy("Overrides"), "assignment_late", "legal_legaloverride"),
            _Link(gettext_lazy("Notices of illegal content"), "report", "community_contentnotice"),
            _Link(gettext_lazy("Complaints"), "feedback", "community_noticecomplaint"),
        ),
    ),
)


def environment(request: HttpRequest) -> list[Any] | None:
    """Return the label on top of every page: the state of payments, short enough for a phone."""
    match payments_state(staff_roles(request)):
        case "test":
            return [_("Test payments"), "danger"]
        case "none":
            return [_("No payments"), "danger"]
    return None


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar with the pages that the person may open."""
    models = {
        f"{model._meta.app_label}_{model._meta.model_name}": model_admin
        for model, model_admin in admin.site._registry.items()
    }
    return [
        {
            "title": title,
            "items": [
                {
                    "title": link.title,
                    "icon": link.icon,
                    "link": reverse(f"admin:{link.label}_changelist"),
                }
                for link in links
                if models[link.label].has_view_permission(request)
            ],
        }
        for title, links in _NAVIGATION
    ]
