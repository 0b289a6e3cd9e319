"""Back office: the messages that left a brand, or wait to leave it. They are only looked at."""

from typing import Any, override

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from showfloor.accounts.admin_base import BrandAdmin, OwnFieldFilter
from showfloor.accounts.models import Role
from showfloor.accounts.scoping import BrandScoped
from showfloor.outbox import kinds
from showfloor.outbox.models import OutgoingMessage
from showfloor.outbox.services import cause_of


class KindFilter(OwnFieldFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, str(kind.label)) for kind in kinds.registered().values()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(BrandAdmin):
    can_add = can_change = can_delete_rows = False
    view_roles = (Role.PRODUCER,)
    list_display = ("created_at", "kind_label", "recipient", "state", "attempts", "sent_at")
    list_filter = ("state", KindFilter, "created_at")
    list_select_related = ("brand",)
    search_fields = ("recipient", "subject")
    fields = (
        ("caused_by", "kind_label", "recipient"),
        ("state", "attempts", "last_error"),
        ("created_at", "sent_at"),
        "subject",
        "text",
    )

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_label(self, message: OutgoingMessage) -> str:
        return kinds.label(message.kind)

    @admin.display(description=gettext_lazy("about"), empty_value="–")
    def caused_by(self, message: OutgoingMessage) -> str | None:
        """A link to the row that causes the message."""
        label, _colon, key = message.cause.partition(":")
        if not key:
            return None
        meta = apps.get_model(label)._meta
        try:
            address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[key])
        except NoReverseMatch:
            return None
        return format_html('<a href="{}">{}</a>', address, meta.verbose_name)


def messages_about(row: BrandScoped) -> str:
    """Links to the messages that a row causes, for its own page."""
    found = OutgoingMessage.objects.for_brand(row.owning_brand_id).filter(cause=cause_of(row))
    return format_html_join(
        ", ",
        '<a href="{}">{}</a> → {} ({}{})',
        (
            (
                reverse("admin:outbox_outgoingmessage_change", args=[one.pk]),
                kinds.label(one.kind), one.recipient, one.get_state_display(), _when(one),
            )
            for one in found.order_by("created_at")
        ),
    )  # fmt: skip


def _when(message: OutgoingMessage) -> str:
    if message.sent_at is None:
        return f", {message.last_error}" if message.last_error else ""
    return ", " + date_format(timezone.localtime(message.sent_at), "SHORT_DATETIME_FORMAT")
