"""Tables of tax: rates by country, and checked VAT numbers."""

from datetime import date
from typing import Final, override

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.money import RATE_WHOLE_BP
from showfloor.legal.vat_format import NUMBER_CHARS_MAX

ALWAYS: Final = date(2000, 1, 1)  # the first day of a rate that has always been so
COUNTRY = RegexValidator(r"^[A-Z]{2}\Z", _("Two capital letters, for example DE."))


class TaxRate(BrandOwned):
    """A brand's rate of tax for one class of goods in one country, from a day on. A country without
    a row has the brand's own rate. A row with a `source` was filled in from published rates; one
    that staff entered wins over it."""

    country = models.CharField(_("country"), max_length=2, validators=[COUNTRY])
    tax_class = models.CharField(
        _("class of goods"), max_length=16, choices=TaxClass, default=TaxClass.STANDARD
    )
    rate_bp = models.PositiveIntegerField(
        _("rate, basis points"), validators=[MaxValueValidator(RATE_WHOLE_BP)],
        help_text=_("1900 = 19 %."),
    )  # fmt: skip
    valid_from = models.DateField(_("from"), default=ALWAYS)
    source = models.CharField(
        _("source"), max_length=80, blank=True, editable=False
    )  # of a rate that was not entered by hand, with its date

    class Meta(BrandOwned.Meta):
        ordering = ["country", "tax_class", "valid_from"]
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "country", "tax_class", "valid_from", "source"],
                name="tax_rate_of_country_once",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.country} {self.tax_class}"


class VatCheck(BrandOwned):
    """One answer of the register about a buyer's VAT number: the proof of an exemption."""

    number = models.CharField(_("VAT number"), max_length=NUMBER_CHARS_MAX)
    is_valid = models.BooleanField(_("registered"))
    consultation = models.CharField(_("consultation number"), max_length=40, blank=True)
    checked_at = models.DateTimeField(_("checked at"))

    class Meta(BrandOwned.Meta):
        ordering = ["-checked_at", "-pk"]
        verbose_name = _("VAT number check")
        verbose_name_plural = _("VAT number checks")
        indexes = [
            models.Index(fields=["brand", "number", "-checked_at"], name="vat_check_of_number"),
            models.Index(fields=["checked_at"], name="vat_check_by_age"),
        ]

    @override
    def __str__(self) -> str:
        return self.number
