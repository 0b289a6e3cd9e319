"""Facts that the law wants beside an offer, as columns of products and variants.

Product safety: Regulation (EU) 2023/988 (GPSR) Art. 19. Unit prices: Directive 98/6/EC Art. 3.
Exceptions from the right of withdrawal: Directive 2011/83/EU Art. 16.
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.catalogue.unit_prices import Unit


class WithdrawalException(models.TextChoices):
    """Goods without a right of withdrawal, by the letter of Art. 16."""

    NONE = "", _("None: it can be withdrawn from")
    BESPOKE = "bespoke", _("Made to the buyer's specification (c)")
    PERISHABLE = "perishable", _("Spoils or expires quickly (d)")
    SEALED = "sealed", _("Sealed for hygiene or health, once opened (e)")
    DATED = "dated", _("For leisure on a certain date, as a ticket (l)")
    DIGITAL = "digital", _("Digital content, begun with the buyer's consent (m)")


class ContentUnit(models.TextChoices):
    ML = Unit.ML.value, "ml"
    L = Unit.L.value, "l"
    G = Unit.G.value, "g"
    KG = Unit.KG.value, "kg"
    CM = Unit.CM.value, "cm"
    M = Unit.M.value, "m"
    M2 = Unit.M2.value, "m²"
    PIECE = Unit.PIECE.value, _("piece")


class ProductFacts(models.Model):
    """Who made it, who answers for it in the Union, what to beware of."""

    withdrawal_exception = models.CharField(
        _("exception from withdrawal"), max_length=12, blank=True, default="",
        choices=WithdrawalException,
    )  # fmt: skip
    manufacturer = models.CharField(_("manufacturer"), max_length=200, blank=True)
    manufacturer_address = models.CharField(
        _("manufacturer's postal address"), max_length=300, blank=True
    )
    manufacturer_contact = models.CharField(
        _("manufacturer's e-mail or web address"), max_length=200, blank=True
    )
    responsible = models.CharField(
        _("responsible person in the EU"), max_length=200, blank=True,
        help_text=_("Needed when the manufacturer is not established in the Union."),
    )  # fmt: skip
    responsible_address = models.CharField(
        _("responsible person's postal address"), max_length=300, blank=True
    )
    responsible_contact = models.CharField(
        _("responsible person's e-mail or web address"), max_length=200, blank=True
    )
    safety_note = models.TextField(
        _("warnings and safety information"), max_length=2000, blank=True
    )

    class Meta:
        abstract = True


class VariantFacts(models.Model):
    """How much is inside, for the unit price."""

    content = models.DecimalField(
        _("content"), max_digits=10, decimal_places=3, null=True, blank=True,
        validators=[MinValueValidator(0.001)],
        help_text=_("For the unit price, for example 50 ml."),
    )  # fmt: skip
    content_unit = models.CharField(
        _("unit"), max_length=6, choices=ContentUnit, blank=True, default=""
    )
    base_quantity = models.DecimalField(
        _("unit price is for"), max_digits=10, decimal_places=3, null=True, blank=True,
        validators=[MinValueValidator(0.001)],
        help_text=_("For example 100, in the same unit. Empty: one litre, kilogram or metre."),
    )  # fmt: skip

    class Meta:
        abstract = True
