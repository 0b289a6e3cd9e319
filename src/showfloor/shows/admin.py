"""Back office: shows and hosts.

Shows are made, planned and run in the console. Here staff find them and edit their announcement.
"""

from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from showfloor.accounts.admin_base import BrandAdmin, ReadOnlyInline, thumbnail
from showfloor.accounts.models import Role
from showfloor.shows import services
from showfloor.shows.models import Broadcast, Host, RundownItem, Show

_EVERYONE = (Role.PRODUCER, Role.CLERK, Role.MODERATOR, Role.HOST)


class RundownInline(ReadOnlyInline):
    model = RundownItem
    view_roles = _EVERYONE
    fields = ("position", "kind", "product")
    verbose_name = gettext_lazy("product")
    verbose_name_plural = gettext_lazy("rundown")


class BroadcastInline(ReadOnlyInline):
    model = Broadcast
    view_roles = _EVERYONE
    fields = ("number", "protocol", "encoder", "started_at", "ended_at")
    verbose_name = gettext_lazy("broadcast")
    verbose_name_plural = gettext_lazy("broadcasts")


@admin.register(Show)
class ShowAdmin(BrandAdmin):
    can_add = can_delete_rows = False
    view_roles = _EVERYONE
    edit_roles = (Role.PRODUCER,)
    inlines = (RundownInline, BroadcastInline)
    list_display = ("title", "state", "starts_at", "published", "is_test", "peak_viewers")
    list_filter = ("state", "published", "is_test", "hosts")
    list_select_related = ("brand",)
    search_fields = ("title", "slug")
    date_hierarchy = "starts_at"
    filter_horizontal = ("hosts",)
    fields = (
        "brand", "title", "description", "cover", "hosts", ("published", "open_to", "is_test"),
        "has_live_edge", "evens_loudness", "teleprompter",
        ("state", "starts_at", "started_at", "ended_at"), ("peak_viewers", "address"),
    )  # fmt: skip
    readonly_fields = (
        "open_to",
        "state",
        "starts_at",
        "started_at",
        "ended_at",
        "peak_viewers",
        "address",
    )
    export_columns = (
        ("title", "title"), ("address", "slug"), ("state", "state"), ("starts_at", "starts_at"),
        ("started_at", "started_at"), ("ended_at", "ended_at"), ("peak_viewers", "peak_viewers"),
    )  # fmt: skip

    @override
    def save_model(self, request: HttpRequest, obj: Show, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "published" in form.changed_data:
            services.announce_hidden(obj)

    @admin.display(description=gettext_lazy("address"))
    def address(self, show: Show) -> str:
        return format_html('<a href="/shows/{}">/shows/{}</a>', show.slug, show.slug)


@admin.register(Host)
class HostAdmin(BrandAdmin):
    view_roles = _EVERYONE
    edit_roles = (Role.PRODUCER,)
    list_display = ("portrait", "name", "about")
    list_display_links = ("name",)
    search_fields = ("name",)
    fields = ("brand", "name", "about", "picture")

    @admin.display(description=gettext_lazy("picture"))
    def portrait(self, host: Host) -> str:
        return thumbnail(host.picture)
