"""Back office: feeds, their schedules, and their runs."""

from typing import Any, override
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelect2Widget,
    UnfoldBooleanSwitchWidget,
)

from showfloor.accounts import time_zones
from showfloor.accounts.admin_base import BrandAdmin, BrandForm, ReadOnlyInline
from showfloor.accounts.models import Role, User
from showfloor.catalogue.importing import feeds
from showfloor.catalogue.importing.report import Report
from showfloor.catalogue.models import Feed, ImportJob
from showfloor.kernel.errors import Conflict

_READS_ANEW = {"url", "format", "decimal_sign", "counted", "missing"}  # the file that is known, too


class FeedForm(BrandForm):
    """The password goes in and never comes out: an empty field leaves it as it is."""

    password = forms.CharField(
        label=gettext_lazy("password"), required=False, max_length=255,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Stored encrypted, never shown again. Empty: as it is."),
    )  # fmt: skip
    is_on = forms.BooleanField(
        label=gettext_lazy("Runs on a schedule"), required=False,
        widget=UnfoldBooleanSwitchWidget,
    )  # fmt: skip

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("is_on", self.instance.next_at is not None)

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        brand = cleaned.get("brand") or (self.instance.brand_id and self.instance.brand)
        if self.instance._state.adding and brand:
            if Feed.objects.for_brand(brand).count() >= feeds.FEEDS_MAX:
                self.add_error(None, _("At most %(count)d feeds.") % {"count": feeds.FEEDS_MAX})
        elif self._leads_elsewhere(cleaned) and not cleaned.get("password"):
            self.add_error(
                "password", _("The address leads to another server: enter its password.")
            )
        return cleaned

    def _leads_elsewhere(self, cleaned: dict[str, Any]) -> bool:
        """A new address must not be sent the password that was entered for the old one."""
        if not self.instance.sealed_password or "url" not in self.changed_data:
            return False
        before = urlsplit(str(self.initial.get("url", ""))).netloc
        return urlsplit(str(cleaned.get("url", ""))).netloc != before


class RunInline(ReadOnlyInline):
    model = ImportJob
    edit_roles = (Role.PRODUCER,)
    fields = ("run", "state", "told")
    readonly_fields = fields
    per_page = 10
    verbose_name_plural = gettext_lazy("runs")

    @admin.display(description=gettext_lazy("at"))
    def run(self, job: ImportJob) -> SafeString:
        page = reverse("admin:catalogue_product_import_job", args=[job.pk])
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', page,
            admin.utils.display_for_value(job.created_at, ""),
        )  # fmt: skip

    @admin.display(description=gettext_lazy("result"))
    def told(self, job: ImportJob) -> str:
        return job.error or outline(Report.from_json(job.report))


def outline(report: Report) -> str:
    """Return the numbers of a report in one line; empty for one without."""
    if not report.kind:
        return ""
    text = _(
        "%(new)d new, %(updated)d updated, %(unchanged)d unchanged, %(hidden)d hidden,"
        " %(rejected)d rows left out"
    )
    return text % {
        "new": report.variants.created, "updated": report.variants.updated,
        "unchanged": report.variants.unchanged, "hidden": report.hidden_count,
        "rejected": report.rejected_count,
    }  # fmt: skip


@admin.register(Feed)
class FeedAdmin(BrandAdmin):
    form = FeedForm
    edit_roles = (Role.PRODUCER,)
    inlines = (RunInline,)
    list_display = ("name", "format", "schedule_text", "next_at", "failed_at")
    search_fields = ("name", "url")
    actions_submit_line = ("dry_run", "run_now")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "brand", "name", "url", ("username", "password"), ("format", "decimal_sign"),
                    "counted", ("missing", "hide_share_max"),
                )
            },
        ),
        (
            gettext_lazy("Schedule"),
            {"fields": ("is_on", ("every_h", "at_hour", "time_zone"), ("next_at", "failed_at"))},
        ),
    )  # fmt: skip
    readonly_fields = ("next_at", "failed_at")

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            choices = [(name, name.replace("_", " ")) for name in time_zones.names()]
            kwargs["widget"] = UnfoldAdminSelect2Widget(choices=choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Feed]:
        return super().get_queryset(request).select_related("brand")

    @admin.display(description=gettext_lazy("schedule"))
    def schedule_text(self, feed: Feed) -> str:
        return str(feed.get_every_h_display()) if feed.next_at else _("off")

    @override
    def save_model(self, request: HttpRequest, obj: Feed, form: Any, change: bool) -> None:
        if form.cleaned_data.get("password"):
            feeds.set_password(obj, form.cleaned_data["password"])
        if _READS_ANEW & set(form.changed_data):
            obj.etag = obj.last_modified = ""
        feeds.schedule(obj, is_on=form.cleaned_data["is_on"])
        super().save_model(request, obj, form, change)

    @action(description=gettext_lazy("Save, dry run"))  # type: ignore[untyped-decorator]
    def dry_run(self, request: HttpRequest, feed: Feed) -> None:
        self._start(request, feed, dry_run=True)

    @action(description=gettext_lazy("Save, run now"))  # type: ignore[untyped-decorator]
    def run_now(self, request: HttpRequest, feed: Feed) -> None:
        self._start(request, feed, dry_run=False)

    def _start(self, request: HttpRequest, feed: Feed, *, dry_run: bool) -> None:
        assert isinstance(request.user, User), "staff are signed in"
        try:
            job = feeds.start(feed, request.user, dry_run=dry_run)
        except Conflict as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            request.started_job = job  # type: ignore[attr-defined]

    @override
    def response_change(self, request: HttpRequest, obj: Feed) -> HttpResponse:
        job = getattr(request, "started_job", None)
        if job is not None:
            return redirect("admin:catalogue_product_import_job", job.pk)
        page: HttpResponse = super().response_change(request, obj)
        return page
