"""Tables of reactions: hearts and the like, counted and never listed."""

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
    """The totals that one page of one person says it has sent so far: a client sends totals, so
    that sending again adds nothing. Reactions above the allowance are in here and in no count."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=64)  # a token's `sub`; `n:…` the guests of a network
    session = models.CharField(max_length=64)  # made by the page; empty for a network
    totals = models.JSONField(default=dict)  # sort -> total
    # The allowance that the person has left, in all their pages: the row updated last has it.
    allowance = models.FloatField(default=0)
    updated_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show", "person", "session"], name="reaction_share_once"
            )
        ]
