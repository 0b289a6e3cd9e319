"""Imports: product files on their way into the catalogue."""

from typing import Any, override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned
from showfloor.catalogue.feed_models import Feed


class ImportState(models.TextChoices):
    TO_FETCH = "to_fetch", _("Waits to be fetched")
    FETCHING = "fetching", _("Being fetched")
    WAITING = "waiting", _("Waits to be read")
    READING = "reading", _("Being read")
    READ = "read", _("Waits for your word")
    CONFIRMED = "confirmed", _("Waits to be imported")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")
    DISCARDED = "discarded", _("Discarded")
    UNCHANGED = "unchanged", _("Nothing new in the feed")


# Something is being done, or about to be; a feed has one such job at a time.
UNDER_WAY = (
    ImportState.TO_FETCH, ImportState.FETCHING, ImportState.WAITING, ImportState.READING,
    ImportState.CONFIRMED, ImportState.IMPORTING,
)  # fmt: skip


class ImportJob(BrandOwned):
    """A product file that staff brought or a feed's address gave: first read, and imported once
    they agree with how it was understood. The file lies in the data folder until then
    (`importing.jobs`). A run that does not `asks` is imported without a person's word."""

    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    feed = models.ForeignKey(
        Feed, null=True, on_delete=models.CASCADE, related_name="runs", verbose_name=_("feed")
    )
    asks = models.BooleanField(default=True)
    language = models.CharField(max_length=10, default="en")  # of the report
    file_name = models.CharField(_("file"), max_length=200)
    decimal_sign = models.CharField(max_length=1, blank=True)
    counted = models.BooleanField(default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.WAITING
    )
    report: Any = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    etag = models.CharField(max_length=200, blank=True, editable=False)  # of a feed's file
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    touched_at = models.DateTimeField(null=True)  # by the process that works on it
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(BrandOwned.Meta):
        ordering = ["-created_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.UniqueConstraint(
                fields=["feed"], condition=Q(state__in=UNDER_WAY), name="import_feed_under_way"
            )
        ]

    @override
    def __str__(self) -> str:
        return self.file_name
