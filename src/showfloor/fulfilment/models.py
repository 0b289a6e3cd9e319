"""The life of an order after its payment: parcels, money that goes back, history, tags.

The invariants: the units of a line that were shipped or dropped are never more than were ordered;
events of an order are added and never changed.
"""

from typing import Any, Final, override

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.fulfilment.return_models import OrderReturn as OrderReturn
from showfloor.fulfilment.return_models import ReturnLabel as ReturnLabel
from showfloor.fulfilment.return_models import ReturnLine as ReturnLine
from showfloor.fulfilment.return_models import ReturnPolicy as ReturnPolicy
from showfloor.fulfilment.return_models import Withdrawal as Withdrawal

DEDUCTION_REASON_CHARS_MAX: Final = 200
REFUND_KEYS = "of-"  # what the provider's keys of this room's refunds begin with


class LineProgress(BrandScoped):
    """What became of the units of an order line; a line without a row has all of them open.

    `shipped`: units that left the house; `dropped`: units that are not to be sent any more, because
    they were cancelled or refunded before; `returned`: shipped units whose money went back.
    """

    brand_path = "line__order__brand"

    line = models.OneToOneField(
        "checkout.OrderLine", on_delete=models.CASCADE, related_name="progress"
    )
    ordered = models.PositiveIntegerField(_("ordered"))
    shipped = models.PositiveIntegerField(_("shipped"), default=0)
    dropped = models.PositiveIntegerField(_("cancelled"), default=0)
    returned = models.PositiveIntegerField(_("refunded after shipping"), default=0)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(ordered__gte=F("shipped") + F("dropped")),
                name="line_ships_what_was_ordered",
            ),
            models.CheckConstraint(
                condition=Q(shipped__gte=F("returned")), name="line_returns_what_was_shipped"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.shipped} of {self.ordered}"


class Shipment(BrandOwned):
    """A parcel of one order. One that was undone in time stays as a row, without effect."""

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.CASCADE, related_name="shipments",
        verbose_name=_("order"),
    )  # fmt: skip
    number = models.PositiveIntegerField(_("number"))  # 1, 2, … within the order
    key = models.CharField(max_length=64)  # of the request: the same one ships once
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    tracking_url = models.URLField(_("tracking address"), max_length=300, blank=True)
    shipped_at = models.DateTimeField(_("shipped at"))
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta(BrandOwned.Meta):
        ordering = ["number"]
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="shipment_number_unique"),
            models.UniqueConstraint(fields=["order", "key"], name="shipment_key_once"),
        ]
        indexes = [models.Index(fields=["brand", "tracking_number"], name="shipment_by_tracking")]

    @override
    def __str__(self) -> str:
        return f"{self.order_id}/{self.number}"


class ShipmentLine(BrandScoped):
    brand_path = "shipment__brand"

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey("checkout.OrderLine", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipment_line_of_one"),
        ]


class OrderRefund(BrandOwned):
    """A decision that money of an order goes back. How the provider carries it out is told by the
    events of the payment, under the key of the latest attempt.

    Amounts are in minor units, tax included. `taxes`: the refund's part of the order's tax rows,
    `[{rate_bp, net, tax, exemption}]`, whose sum is `amount`.
    """

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.CASCADE, related_name="refunds", verbose_name=_("order")
    )
    key = models.CharField(max_length=120)  # of the request: the same one refunds once
    attempt = models.PositiveIntegerField(default=1)  # one more for each repetition
    amount = models.PositiveBigIntegerField(_("amount, minor units"))
    shipping = models.PositiveBigIntegerField(_("shipping, minor units"), default=0)
    taxes: Any = models.JSONField(default=list)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    restock = models.BooleanField(_("back into stock"), default=False)
    created_at = models.DateTimeField(_("created at"))
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        ordering = ["created_at", "id"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["order", "key"], name="order_refund_key_once")
        ]
        indexes = [models.Index(fields=["brand", "created_at"], name="order_refund_by_time")]

    @override
    def __str__(self) -> str:
        return f"{self.amount}"

    @property
    def provider_key(self) -> str:
        """The key under which the provider is asked for the latest attempt."""
        return f"{REFUND_KEYS}{self.pk}-{self.attempt}"


class RefundLine(BrandScoped):
    """Units of an order line whose money goes back; `amount` is before the `deduction`, which is
    kept for a loss of value (Directive 2011/83/EU Art. 14(2))."""

    brand_path = "refund__brand"

    refund = models.ForeignKey(OrderRefund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey("checkout.OrderLine", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    amount = models.PositiveBigIntegerField(_("amount, minor units"))
    deduction = models.PositiveBigIntegerField(_("deduction, minor units"), default=0)
    deduction_reason = models.CharField(
        _("reason of the deduction"), max_length=DEDUCTION_REASON_CHARS_MAX, blank=True, default=""
    )

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="refund_line_of_one"),
            models.CheckConstraint(
                condition=Q(deduction__lte=models.F("amount")), name="refund_line_keeps_no_more"
            ),
        ]


class Actor(models.TextChoices):
    STAFF = "staff", _("Staff")
    BUYER = "buyer", _("Buyer")
    SYSTEM = "system", _("Automatic")


class OrderEvent(BrandScoped):
    """One thing that was done to an order. Rows are added, never changed; `history` reads them."""

    brand_path = "order__brand"

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.CASCADE, related_name="events", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=40)  # registered with `history`
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("actor"), max_length=6, choices=Actor, default=Actor.SYSTEM)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    detail: Any = models.JSONField(_("detail"), default=dict)

    class Meta(BrandScoped.Meta):
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["order", "kind"], name="order_event_of_kind")]

    @override
    def __str__(self) -> str:
        return self.kind

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        assert self._state.adding, "an event of an order is written once"
        super().save(*args, **kwargs)


class OrderTag(BrandOwned):
    """A word that staff puts on an order, to find it by."""

    order = models.ForeignKey("checkout.Order", on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(_("tag"), max_length=40)

    class Meta(BrandOwned.Meta):
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [models.UniqueConstraint(fields=["order", "name"], name="order_tag_once")]
        indexes = [models.Index(fields=["brand", "name"], name="order_tag_by_name")]

    @override
    def __str__(self) -> str:
        return self.name
