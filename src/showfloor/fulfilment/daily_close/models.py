"""Tables of the daily close: what the providers' books say, and the days that were closed.

The invariants: a line of a provider's books is stored once, under the provider's own id; the
figures of a closed day are frozen; who closed or reopened a day, and why, is added and never
changed.
"""

from typing import Any, override

from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped


class BalanceLine(BrandOwned):
    """One movement of money at a provider. `amount` and `fee` in minor units; `amount` is negative
    for money that leaves; `reference`: the payment at the provider that it is about."""

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=64)
    is_test = models.BooleanField(default=False)
    name = models.CharField(max_length=120)  # the provider's own id
    kind = models.CharField(max_length=12)  # `payout_ports.BalanceKind`
    reference = models.CharField(max_length=120, blank=True)
    amount = models.BigIntegerField()
    fee = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    payout = models.CharField(max_length=120, blank=True, default="")  # empty: not paid out yet
    # On an account of the installation: no payment of any brand is behind it.
    is_foreign = models.BooleanField(default=False)

    class Meta(BrandOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "provider", "account", "name"], name="balance_line_once"
            )
        ]
        indexes = [models.Index(fields=["brand", "at"], name="balance_line_by_time")]

    @override
    def __str__(self) -> str:
        return self.name


class Payout(BrandOwned):
    """Money that a provider sent to the brand's bank. `stated`: the amount that the provider says;
    `is_shared`: the account belongs to the installation, and the brand has a part of it."""

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=64)
    is_test = models.BooleanField(default=False)
    is_shared = models.BooleanField(default=False)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=20)
    stated = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta(BrandOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "provider", "account", "name"], name="payout_once"
            )
        ]
        indexes = [models.Index(fields=["brand", "at"], name="payout_by_time")]

    @override
    def __str__(self) -> str:
        return self.name


class DailyClose(BrandOwned):
    """One day of a brand, in its time zone. `figures` are empty while the day is open."""

    day = models.DateField(_("day"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=254, blank=True)
    difference_count = models.PositiveIntegerField(_("differences"), default=0)
    figures: Any = models.JSONField(default=dict)

    class Meta(BrandOwned.Meta):
        ordering = ["-day"]
        verbose_name = _("daily close")
        verbose_name_plural = _("daily closes")
        constraints = [models.UniqueConstraint(fields=["brand", "day"], name="daily_close_once")]

    @override
    def __str__(self) -> str:
        return self.day.isoformat()


class CloseEvent(BrandScoped):
    """A day was closed or reopened. `figures`: as they were closed."""

    brand_path = "close__brand"

    close = models.ForeignKey(DailyClose, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8)  # "closed", "reopened"
    at = models.DateTimeField()
    by = models.CharField(max_length=254)
    reason = models.CharField(max_length=300, blank=True)
    figures: Any = models.JSONField(default=dict)

    class Meta(BrandScoped.Meta):
        ordering = ["at", "id"]

    @override
    def __str__(self) -> str:
        return self.kind
