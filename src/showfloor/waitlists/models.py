"""The people who wait for goods that are sold out."""

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwnedIndexed


class WaitState(models.TextChoices):
    """`waiting → offered → bought / passed`; `left` at any moment before."""

    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Offered")
    BOUGHT = "bought", _("Bought")
    PASSED = "passed", _("Passed on")
    LEFT = "left", _("Left")


class Wait(BrandOwnedIndexed):
    """One person's place in the queue for one unit of a variant. The queue is in the order of
    `joined_at`; an offer is the reservation whose source is `wait:<id>`."""

    owner = models.CharField(max_length=64)  # a viewer token's `sub`
    variant = models.ForeignKey(
        "catalogue.Variant", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    show = models.ForeignKey(  # where the person joined
        "shows.Show", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    email = models.EmailField(_("e-mail"), blank=True)  # where an offer is mailed to
    language = models.CharField(max_length=10, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=WaitState, default=WaitState.WAITING)
    joined_at = models.DateTimeField(_("joined at"))
    offered_at = models.DateTimeField(_("offered at"), null=True)

    class Meta(BrandOwnedIndexed.Meta):
        verbose_name = _("wait")
        verbose_name_plural = _("waits")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "variant"], condition=Q(state__in=["waiting", "offered"]),
                name="wait_once",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["variant", "state", "joined_at", "id"], name="wait_in_order"),
            models.Index(fields=["owner"], name="wait_of_owner"),
            models.Index(fields=["joined_at"], name="wait_by_age"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.owner} → {self.variant_id}"
