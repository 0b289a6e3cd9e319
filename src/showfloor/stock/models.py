"""Scarce goods: how many there are, how many are kept for someone, and for whom until when."""

from typing import override

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped


class Stock(BrandOwned):
    """One variant's count. `on_hand - reserved` is free; the CHECK is the last line of defence."""

    variant = models.OneToOneField(
        "catalogue.Variant", on_delete=models.CASCADE, related_name="stock",
        verbose_name=_("variant"),
    )  # fmt: skip
    on_hand = models.PositiveIntegerField(_("on hand"), default=0)
    reserved = models.PositiveIntegerField(_("reserved"), default=0, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    # The count in the last product file; the next one counts by its difference to this.
    feed_quantity = models.PositiveIntegerField(null=True, editable=False)

    class Meta(BrandOwned.Meta):
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(reserved__lte=F("on_hand")),
                name="stock_reserved_within_on_hand",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.available}"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class MovementReason(models.TextChoices):
    OPENING = "opening", _("Opening count")
    RECEIVED = "received", _("Received")
    RETURNED = "returned", _("Returned")
    DAMAGED = "damaged", _("Damaged or lost")
    CORRECTION = "correction", _("Correction")
    COUNTED = "counted", _("Counted")
    FILE = "file", _("Product file")
    SOLD = "sold", _("Sold")
    CANCELLED = "cancelled", _("Order cancelled")


class StockMovement(BrandScoped):
    """One line of a stock level's ledger: units that staff, a product file or a buyer added or took
    away. The number on hand is the sum of them."""

    brand_path = "stock__brand"

    stock = models.ForeignKey(
        Stock, on_delete=models.CASCADE, related_name="movements", db_index=False
    )
    at = models.DateTimeField(_("at"))
    change = models.IntegerField(_("change"))
    on_hand = models.PositiveIntegerField(_("on hand afterwards"))
    reason = models.CharField(_("reason"), max_length=12, choices=MovementReason)
    owner = models.CharField(max_length=64, blank=True)  # the checkout of a sale
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip

    class Meta(BrandScoped.Meta):
        ordering = ["-at", "-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [models.Index(fields=["stock", "-at"], name="movement_of_stock")]

    @override
    def __str__(self) -> str:
        return f"{self.change:+d}"


class HoldState(models.TextChoices):
    ACTIVE = "active", _("Active")
    CLAIMED = "claimed", _("Claimed")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Expired")


class Hold(BrandScoped):
    """`quantity` units of one variant kept for one owner (a checkout) until `expires_at`."""

    brand_path = "stock__brand"

    # Goods that someone holds or has bought are not deleted from under them.
    stock = models.ForeignKey(
        Stock, on_delete=models.RESTRICT, related_name="holds", db_index=False
    )
    owner = models.CharField(max_length=64)  # the checkout's id
    quantity = models.PositiveIntegerField(_("quantity"))
    state = models.CharField(_("state"), max_length=10, choices=HoldState, default=HoldState.ACTIVE)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta(BrandScoped.Meta):
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="hold_of_at_least_one")
        ]
        # As few as the queries need: every hold pays for each of them, twice.
        indexes = [
            models.Index(fields=["owner"], name="hold_of_owner"),
            models.Index(fields=["stock", "state", "expires_at"], name="hold_of_stock"),
            models.Index(fields=["state", "expires_at"], name="hold_by_state"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.quantity} × {self.stock_id}"
