"""The table of the stage: the people and cameras that a host has invited to her show."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandScoped


class StageRole(models.TextChoices):
    GUEST = "guest", _("Guest")
    CLOSE_UP = "close-up", _("Close-up camera")


class StageState(models.TextChoices):
    """`invited → green-room ⇄ on-stage → left`, and from each of them to `removed`, for good."""

    INVITED = "invited", _("Invited")
    GREEN_ROOM = "green-room", _("In the green room")
    ON_STAGE = "on-stage", _("On stage")
    LEFT = "left", _("Left")
    REMOVED = "removed", _("Removed")


class StageGuest(BrandScoped):
    """One person, or one more camera, that was invited to a show by a link of its own.

    The link's key and the seat's are stored as hashes. The seat belongs to the browser that came in
    by the link first; without it the link opens nothing any more.
    """

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=StageRole)
    state = models.CharField(max_length=10, choices=StageState, default=StageState.INVITED)
    name = models.CharField(max_length=30)
    key_hash = models.CharField(max_length=64, unique=True)
    seat_hash = models.CharField(max_length=64, blank=True)  # empty: nobody has come yet
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The words that the person agreed to, by their version, and when; null: not yet.
    consent_version = models.CharField(max_length=10, blank=True)
    consented_at = models.DateTimeField(null=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[StageState.INVITED, StageState.REMOVED])
                | models.Q(consented_at__isnull=False),
                name="stage_guest_has_consented",
            ),
            models.UniqueConstraint(
                fields=["seat_hash"], name="stage_seat_once", condition=~models.Q(seat_hash="")
            ),
        ]
        indexes = [models.Index(fields=["expires_at"])]
