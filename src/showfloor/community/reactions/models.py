"""Hearts and the like: counted, never listed."""

from django.db import models

from showfloor.accounts.scoping import BrandScoped


class ReactionCount(BrandScoped):
    """All reactions of one sort in one show."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    sort = models.CharField(max_length=10)  # heart, clap, fire, laugh, wow
    total = models.PositiveBigIntegerField(default=0)

    class Meta(BrandScoped.Meta):
        constraints = [models.UniqueConstraint(fields=["show", "sort"], name="reaction_sort_once")]


class ReactionShare(BrandScoped):
    """What one page of one person has sent so far, as it says itself: a client sends totals, so
    that sending again adds nothing. What was above the allowance is in here and in no count."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=64)  # a token's `sub`; `n:…` the guests of a network
    session = models.CharField(max_length=64)  # made by the page; none for a network
    totals = models.JSONField(default=dict)  # sort -> total
    # What the person may still send, in all their pages: the row updated last knows.
    allowance = models.FloatField(default=0)
    updated_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show", "person", "session"], name="reaction_share_once"
            )
        ]
