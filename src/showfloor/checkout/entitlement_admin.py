"""Back office: the rights that products grant, and those that orders have granted."""

from functools import partial
from typing import Any, Final, override

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from showfloor.accounts.admin_base import BrandAdmin, BrandForm
from showfloor.accounts.models import Role
from showfloor.accounts.stale_forms import MergingForm
from showfloor.catalogue import services as catalogue
from showfloor.catalogue.facts import WithdrawalException
from showfloor.catalogue.models import Product
from showfloor.checkout import downloads, tickets
from showfloor.checkout.entitlement_models import (
    DownloadFile,
    Entitlement,
    EntitlementKind,
    ProductGrant,
)
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.shows.models import ShowState
from showfloor.stock.admin import StockedProductAdmin

FILE_BYTES_MAX: Final = 60 * 1024 * 1024  # the server takes forms of 64 MB


class ProductGrantForm(BrandForm):
    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        download = cleaned.get("kind") == EntitlementKind.DOWNLOAD
        if download and not cleaned.get("file"):
            self.add_error("file", _("Name the file."))
        elif not download and cleaned.get("kind") and not cleaned.get("show"):
            self.add_error("show", _("Choose the show."))
        elif download and cleaned.get("show"):
            self.add_error("show", _("A file has no show."))
        elif not download and cleaned.get("file"):
            self.add_error("file", _("A show has no file."))
        variant, product = cleaned.get("variant"), cleaned.get("product")
        if variant is not None and product is not None and variant.product_id != product.pk:
            self.add_error("variant", _("This variant belongs to another product."))
        return cleaned


def exception_of(grant: ProductGrant) -> str:
    """Return the exception from withdrawal that belongs to a right: a show to come is on a certain
    date, everything else is digital content (Directive 2011/83/EU Art. 16(l), (m))."""
    show = grant.show if grant.kind == EntitlementKind.ATTEND else None
    is_dated = show is not None and show.state != ShowState.ENDED
    return WithdrawalException.DATED if is_dated else WithdrawalException.DIGITAL


def _of_variant(grant: ProductGrant) -> str:
    return f" ({grant.variant.sku})" if grant.variant is not None else ""


class _UnlinkedFile(UnfoldAdminFileFieldWidget):  # type: ignore[misc]
    """No address leads to a file that is sold."""

    @override
    def is_initial(self, value: Any) -> bool:
        return False


class DownloadFileForm(MergingForm):
    """A file that is replaced keeps its name, so that all its buyers get the new one."""

    def clean_content(self) -> Any:
        given = self.cleaned_data["content"]
        if isinstance(given, UploadedFile):
            if not given.size or given.size > FILE_BYTES_MAX:
                raise forms.ValidationError(_("A file has 1 byte to 60 MB."))
            self.instance.bytes = given.size
        return given


@admin.register(DownloadFile)
class DownloadFileAdmin(BrandAdmin):
    form = DownloadFileForm
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    list_display = ("name", "bytes", "created_at")
    search_fields = ("name",)
    fields = ("brand", "name", "content")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A name never changes: what buyers paid for is found by it."""
        return () if obj is None else ("name",)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_owed = obj is not None and downloads.is_owed(obj, utc_now())
        return not is_owed and super().has_delete_permission(request, obj)

    @override
    def save_model(self, request: HttpRequest, obj: DownloadFile, form: Any, change: bool) -> None:
        rows = DownloadFile.objects.for_brand(obj.brand_id).filter(pk=obj.pk)
        before = rows.values_list("content", flat=True).first()
        super().save_model(request, obj, form, change)
        if before and before != obj.content.name:
            transaction.on_commit(partial(obj.content.storage.delete, before))

    @override
    def delete_model(self, request: HttpRequest, obj: DownloadFile) -> None:
        storage, name = obj.content.storage, str(obj.content.name)
        super().delete_model(request, obj)
        transaction.on_commit(partial(storage.delete, name))

    @override
    def delete_queryset(
        self, request: HttpRequest, queryset: models.QuerySet[DownloadFile]
    ) -> None:
        for one in queryset:
            self.delete_model(request, one)

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "content":
            kwargs["widget"] = _UnlinkedFile()
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(ProductGrant)
class ProductGrantAdmin(BrandAdmin):
    """What each unit of a product grants. A change counts for later orders."""

    form = ProductGrantForm
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    list_display = ("product", "variant", "kind", "show", "file", "days")
    list_filter = ("kind",)
    list_select_related = ("product", "variant", "show")
    search_fields = ("product__name", "show__title", "file")
    fields = ("brand", "product", "variant", "kind", "show", "file", "days")
    autocomplete_fields = ("product", "variant")

    @override
    def save_model(self, request: HttpRequest, obj: ProductGrant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            self._send_nothing(request, obj)
        exception = exception_of(obj)
        if catalogue.except_from_withdrawal(obj.brand_id, obj.product_id, exception):
            words = _("Buyers of %(product)s are told: %(exception)s. Its page can say otherwise.")
            said = WithdrawalException(exception).label
            told = words % {"product": obj.product, "exception": said}
            self.message_user(request, told, messages.INFO)

    def _send_nothing(self, request: HttpRequest, grant: ProductGrant) -> None:
        """Take a product for one of which nothing is sent as it gets its first right."""
        others = ProductGrant.objects.for_brand(grant.brand_id).filter(product=grant.product_id)
        is_first = not others.exclude(pk=grant.pk).exists()
        if is_first and catalogue.send_nothing(grant.brand_id, grant.product_id):
            words = _(
                "Nothing is sent to buyers of %(product)s: they choose no way of sending. If there"
                " are goods in it, too, its page can say so."
            )
            self.message_user(request, words % {"product": grant.product}, messages.INFO)

    @override
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        try:
            tickets.check_sold_without(objs)
        except Conflict as refused:
            protected = [*protected, refused.message]
        return deleted, counts, missing, protected


class GrantingProductAdmin(StockedProductAdmin):
    """A product with the rights that each sold unit of it gives, such as to attend a show."""

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "rights")

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_fieldsets(request, obj), (_("Rights"), {"fields": ("rights",)}))

    @admin.display(description=gettext_lazy("rights"))
    def rights(self, product: Product) -> str:
        if product.pk is None:
            return _("Save the product first.")
        grants = ProductGrant.objects.for_brand(product.brand_id).filter(product=product)
        edit, add = "admin:checkout_productgrant_change", "admin:checkout_productgrant_add"
        given = format_html_join(
            "", '<p><a href="{}">{}: {}{}</a></p>',
            (
                (reverse(edit, args=[row.pk]), row, row.show or row.file, _of_variant(row))
                for row in grants.select_related("show", "variant").order_by("pk")
            ),
        )  # fmt: skip
        start = urlencode({"product": product.pk, "brand": product.brand_id})
        link = format_html('<p><a href="{}?{}">{}</a></p>', reverse(add), start, _("Add a right"))
        return format_html("{}{}", given, link)


admin.site.unregister(Product)
admin.site.register(Product, GrantingProductAdmin)


@admin.register(Entitlement)
class EntitlementAdmin(BrandAdmin):
    """The rights of buyers: only to look at. A refund of its line takes a right back."""

    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER,)
    list_display = ("title", "kind", "order", "quantity", "left", "granted_at", "until")
    list_filter = ("kind",)
    list_select_related = ("order_line__order",)
    search_fields = ("title", "order_line__order__number")
    fields = ("title", "kind", "order", ("quantity", "left"), ("granted_at", "until"))

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Entitlement]:
        return super().get_queryset(request).prefetch_related("revocations")

    @admin.display(description=gettext_lazy("order"))
    def order(self, row: Entitlement) -> str:
        return row.order_line.order.number

    @admin.display(description=gettext_lazy("left"))
    def left(self, row: Entitlement) -> int:
        return max(0, row.quantity - sum(one.quantity for one in row.revocations.all()))
