"""The dial: how much stands on a show's picture besides the picture. Each viewer turns it, and each
device remembers; a brand, and each of its markets, sets where it stands at first."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DialLevel(models.TextChoices):
    """Quiet: what is on screen, and what the viewer holds. Normal: also chat over the picture,
    polls, reactions. Full: also what others do, in numbers."""

    QUIET = "quiet", _("Quiet")
    NORMAL = "normal", _("Normal")
    FULL = "full", _("Full")
