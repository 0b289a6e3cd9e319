"""Goods that are kept for one person before a checkout; Django finds the table by the room's
`models`."""

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwnedIndexed

CURRENCY_LENGTH = 3  # also that of a checkout


class ReservationState(models.TextChoices):
    """`active → in_checkout → ordered → claimed`; a checkout that comes to nothing leads back to
    `active` while there is time. `ordered`: the money is promised, and not there yet."""

    ACTIVE = "active", _("Reserved")
    IN_CHECKOUT = "in_checkout", _("In a checkout")
    ORDERED = "ordered", _("Ordered")
    CLAIMED = "claimed", _("Bought")
    RELEASED = "released", _("Given back")
    EXPIRED = "expired", _("Expired")


class Reservation(BrandOwnedIndexed):
    """Units of one variant that are kept for one person at a price until a moment. An active one
    owns a stock hold by its id; in a checkout the units are the checkout's."""

    owner = models.CharField(max_length=64)  # a viewer token's `sub`
    variant = models.ForeignKey(
        "catalogue.Variant", on_delete=models.RESTRICT, related_name="+", db_index=False
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    # Of one unit, in minor units of `currency`; null: what it costs when the checkout begins.
    unit_amount = models.PositiveBigIntegerField(_("price, minor units"), null=True)
    currency = models.CharField(max_length=CURRENCY_LENGTH, blank=True)
    source = models.CharField(max_length=80)  # its kind and the row of that kind: `wait:<id>`
    label = models.CharField(max_length=120, blank=True)  # of the price, for people
    show = models.ForeignKey(
        "shows.Show", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("show"),
    )  # fmt: skip
    show_time_s = models.FloatField(null=True, blank=True)  # from the show's `started_at`
    state = models.CharField(
        _("state"), max_length=11, choices=ReservationState, default=ReservationState.ACTIVE
    )
    checkout_id = models.CharField(max_length=26, blank=True)  # the last that it was in
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # What was left when the timer began to stand still (`pauses.timers`); null: it runs.
    time_left_ms = models.PositiveBigIntegerField(null=True)

    class Meta(BrandOwnedIndexed.Meta):
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="reserves_at_least_one"),
            models.CheckConstraint(
                condition=Q(unit_amount__isnull=True) | ~Q(currency=""),
                name="reservation_price_has_currency",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "state"], name="reservation_of_owner"),
            models.Index(fields=["state", "expires_at"], name="reservation_by_state"),
            models.Index(fields=["checkout_id"], name="reservation_in_checkout"),
            models.Index(
                fields=["time_left_ms"], name="reservation_stands_still",
                condition=Q(time_left_ms__isnull=False),
            ),
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
