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
    # Some units lie elsewhere than at the brand's main location (`LocationStock`).
    is_spread = models.BooleanField(db_default=False, default=False, editable=False)
    low_at = models.PositiveIntegerField(
        _("low at"), null=True, blank=True,
        help_text=_("So many free units or fewer raise an alarm. Empty: the brand's number; 0:"
                    " only when it is sold out."),
    )  # fmt: skip

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
        return self.variant.sku

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class Location(BrandOwned):
    """A place where goods lie. The main location has all units that lie nowhere else: its number is
    the number on hand minus the rows of the others (`LocationStock`), and ledger lines of the main
    location name none."""

    name = models.CharField(_("name"), max_length=80)
    is_main = models.BooleanField(_("main location"), default=False, editable=False)
    position = models.PositiveIntegerField(
        _("position"), default=0,
        help_text=_("Sold units leave the main location first, then the others in this order."),
    )  # fmt: skip
    archived = models.BooleanField(_("closed"), default=False)

    class Meta(BrandOwned.Meta):
        ordering = ["-is_main", "position", "name"]
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.UniqueConstraint(fields=["brand", "name"], name="location_name_unique"),
            models.UniqueConstraint(
                fields=["brand"], condition=Q(is_main=True), name="location_one_main"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class LocationStock(BrandScoped):
    """The part of a stock level that lies at a location other than the main one."""

    brand_path = "stock__brand"

    stock = models.ForeignKey(Stock, on_delete=models.CASCADE, related_name="elsewhere")
    location = models.ForeignKey(
        Location, on_delete=models.RESTRICT, related_name="+", verbose_name=_("location")
    )
    on_hand = models.PositiveIntegerField(_("on hand"))

    class Meta(BrandScoped.Meta):
        verbose_name = _("stock at a location")
        verbose_name_plural = _("stock at locations")
        constraints = [
            models.UniqueConstraint(fields=["stock", "location"], name="location_stock_once"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="location_stock_not_negative"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.on_hand}"


class MovementReason(models.TextChoices):
    OPENING = "opening", _("Opening count")
    RECEIVED = "received", _("Received")
    RETURNED = "returned", _("Returned")
    DAMAGED = "damaged", _("Damaged or lost")
    CORRECTION = "correction", _("Correction")
    COUNTED = "counted", _("Counted")
    FILE = "file", _("Product file")
    MOVED = "moved", _("Moved to another location")
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
    location = models.ForeignKey(  # None: the main one
        Location, null=True, blank=True, on_delete=models.RESTRICT, related_name="+",
        verbose_name=_("location"), db_index=False,
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip

    class Meta(BrandScoped.Meta):
        ordering = ["-at", "-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [
            models.Index(fields=["stock", "-at"], name="movement_of_stock"),
            # The locations that the units of a cancelled order came from.
            models.Index(
                fields=["owner"], condition=Q(location__isnull=False), name="movement_elsewhere"
            ),
        ]

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


class StockSettings(BrandOwned):
    """A brand's choices about its stock; a brand without a row has no alarms."""

    low_at = models.PositiveIntegerField(
        _("low at"), null=True, blank=True,
        help_text=_("So many free units or fewer of a variant raise an alarm. Empty: no alarms."),
    )  # fmt: skip
    mails_alarms = models.BooleanField(
        _("mail alarms to staff"), default=True,
        help_text=_("To the owners and producers, gathered into one mail a minute at most."),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        verbose_name = _("stock settings")
        verbose_name_plural = _("stock settings")
        constraints = [models.UniqueConstraint(fields=["brand"], name="stock_settings_once")]

    @override
    def __str__(self) -> str:
        return str(_("stock settings"))


class LowStockAlarm(BrandScoped):
    """The fact that a variant's free units fell to its threshold. It ends when units come in, and
    while it is open nobody is told again."""

    brand_path = "stock__brand"

    stock = models.ForeignKey(Stock, on_delete=models.CASCADE, related_name="alarms")
    raised_at = models.DateTimeField(_("since"))
    available = models.IntegerField(_("available then"))
    threshold = models.PositiveIntegerField(_("low at"))
    told_at = models.DateTimeField(_("staff told at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta(BrandScoped.Meta):
        ordering = ["-raised_at", "-pk"]
        verbose_name = _("low-stock alarm")
        verbose_name_plural = _("low-stock alarms")
        constraints = [
            models.UniqueConstraint(
                fields=["stock"], condition=Q(ended_at__isnull=True), name="low_stock_alarm_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["raised_at"], condition=Q(told_at__isnull=True), name="alarm_untold"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.available}"
