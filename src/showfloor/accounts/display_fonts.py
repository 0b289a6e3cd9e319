"""The families that a brand can choose for its headings. The files stand in the front end's build;
a browser loads those of the chosen family alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DisplayFont(models.TextChoices):
    WARM_SERIF = "warm-serif", _("Warm serif (Newsreader)")
    FINE_SERIF = "fine-serif", _("Fine serif (Playfair Display)")
    GEOMETRIC = "geometric", _("Geometric (Jost)")
    PLAIN = "plain", _("Plain, as the text (Source Sans)")
