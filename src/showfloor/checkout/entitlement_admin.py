"""Back office: the rights that products grant, and those that orders have granted."""

from typing import Any, override

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.admin_base import BrandAdmin, BrandForm
from showfloor.accounts.models import Role
from showfloor.checkout.entitlement_models import Entitlement, EntitlementKind, ProductGrant


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
        return cleaned


@admin.register(ProductGrant)
class ProductGrantAdmin(BrandAdmin):
    """What each unit of a product grants. A change counts for later orders."""

    form = ProductGrantForm
    view_roles = (Role.PRODUCER,)
    edit_roles = (Role.PRODUCER,)
    list_display = ("product", "kind", "show", "file", "days")
    list_filter = ("kind",)
    list_select_related = ("product", "show")
    search_fields = ("product__name", "show__title", "file")
    fields = ("brand", "product", "kind", "show", "file", "days")
    autocomplete_fields = ("product",)


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
