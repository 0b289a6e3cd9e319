"""The table of rehearsals."""

from typing import Any

from django.db import models
from django.db.models import Q

from showfloor.accounts.scoping import BrandOwned


class RehearsalState(models.TextChoices):
    """`waiting → running → over / failed`."""

    WAITING = "waiting"  # for its cast
    RUNNING = "running"
    OVER = "over"
    FAILED = "failed"


UNDER_WAY = (RehearsalState.WAITING.value, RehearsalState.RUNNING.value)


class Rehearsal(BrandOwned):
    """One rehearsal. `show`: the hidden one that is played; `of`: the one that is rehearsed. `left`
    and `sold` are the till's: what is there to sell, and what the cast has bought."""

    of = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    show = models.OneToOneField(
        "shows.Show", null=True, on_delete=models.CASCADE, related_name="+"
    )  # null: it is being made
    begun_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    viewers = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=7, choices=RehearsalState, default=RehearsalState.WAITING)
    is_stop_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)  # by the process of the cast
    left: Any = models.JSONField(default=dict)  # SKU → `rules.Goods` as JSON
    sold: Any = models.JSONField(default=dict)  # SKU → units
    figures: Any = models.JSONField(default=dict)  # `rules.Figures` as JSON

    class Meta(BrandOwned.Meta):
        indexes = [models.Index(fields=["of", "created_at"], name="rehearsal_of_show")]
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=Q(state__in=UNDER_WAY), name="rehearsal_one_of_brand"
            )
        ]
