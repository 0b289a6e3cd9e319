"""The classes of goods by which taxes differ."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxClass(models.TextChoices):
    """The kind of goods by which a country's rate of tax is looked up (Directive 2006/112/EC,
    Art. 96 to 98)."""

    STANDARD = "standard", _("Standard")
    REDUCED = "reduced", _("Reduced")
    SECOND_REDUCED = "second-reduced", _("Reduced, second rate")
    SUPER_REDUCED = "super-reduced", _("Greatly reduced")
    ZERO = "zero", _("Without tax")
