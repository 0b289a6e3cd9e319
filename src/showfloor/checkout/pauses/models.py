"""The pauses of sales; Django finds the table by the room's `models`."""

from typing import Final, override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwnedIndexed

WORDS_CHARS_MAX: Final = 120


class PauseReason(models.TextChoices):
    PRICE = "price", _("The price is wrong and is being corrected.")
    TECHNICAL = "technical", _("There is a technical problem.")
    OTHER = "other", _("Other")  # in the producer's own words


class SellingPause(BrandOwnedIndexed):
    """A time in which nothing of a show is sold. The open one of a show has no end yet."""

    show = models.ForeignKey(
        "shows.Show", on_delete=models.CASCADE, related_name="+", verbose_name=_("show")
    )
    reason = models.CharField(_("reason"), max_length=10, choices=PauseReason)
    words = models.CharField(_("words"), max_length=WORDS_CHARS_MAX, blank=True)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta(BrandOwnedIndexed.Meta):
        verbose_name = _("pause of the sale")
        verbose_name_plural = _("pauses of the sale")
        constraints = [
            models.UniqueConstraint(
                fields=["show"], condition=Q(ended_at__isnull=True), name="one_open_selling_pause"
            )
        ]
        indexes = [
            models.Index(
                fields=["brand"], name="open_selling_pauses", condition=Q(ended_at__isnull=True)
            )
        ]

    @override
    def __str__(self) -> str:
        return self.words or self.get_reason_display()
