"""Back office: the messages that left a brand, or wait to leave it. They are only looked at."""

from typing import Any, override

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from showfloor.accounts.admin_base import BrandAdmin, OwnFieldFilter
from showfloor.accounts.models import Role
from showfloor.outbox import kinds
from showfloor.outbox import layout_admin as layout_admin  # its pages register themselves
from showfloor.outbox import wording_admin as wording_admin  # its pages register themselves
from showfloor.outbox.models import OutgoingMessage


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
    view_roles = (Role.PRODUCER, Role.CLERK)
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

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A whole address is looked up by its index; parts of one, and words of the subject, are
        searched for in all rows."""
        typed = search_term.strip().lower()
        if "." in typed.partition("@")[2]:
            rows = queryset.alias(lower_recipient=Lower("recipient")).filter(lower_recipient=typed)
            if rows.exists():
                return rows, False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[no-any-return]

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
