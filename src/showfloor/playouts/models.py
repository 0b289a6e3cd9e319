"""The table of playouts."""

from django.db import models
from django.db.models import Q

from showfloor.accounts.scoping import BrandScoped


class Playout(BrandScoped):
    """The file that a show plays as live. `source` names it among the brand's files
    (`queries.sources`); `began_at`: the moment of its first picture, once it plays."""

    brand_path = "show__brand"

    show = models.OneToOneField("shows.Show", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=300)
    name = models.CharField(max_length=255)  # for people
    duration_ms = models.PositiveBigIntegerField()
    set_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    began_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)  # why it did not start, in words

    class Meta(BrandScoped.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(duration_ms__gt=0), name="playout_has_length")
        ]
