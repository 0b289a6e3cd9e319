"""The rates of tax of each brand. The tables of vouchers are in `vouchers.models`; Django looks for
them here."""

from typing import override

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.kernel.money import RATE_WHOLE_BP
from showfloor.pricing.vouchers.models import Voucher as Voucher
from showfloor.pricing.vouchers.models import VoucherUse as VoucherUse


class TaxRate(BrandOwned):
    """A brand's rate of tax for one class of goods in one country. A country without a row has the
    brand's own rate."""

    country = models.CharField(
        _("country"), max_length=2,
        validators=[RegexValidator(r"^[A-Z]{2}\Z", _("Two capital letters, for example DE."))],
    )  # fmt: skip
    tax_class = models.CharField(
        _("class of goods"), max_length=16, choices=TaxClass, default=TaxClass.STANDARD
    )
    rate_bp = models.PositiveIntegerField(
        _("rate, basis points"), validators=[MaxValueValidator(RATE_WHOLE_BP)],
        help_text=_("1900 = 19 %."),
    )  # fmt: skip
    source = models.CharField(
        _("source"), max_length=80, blank=True, editable=False
    )  # of a rate that was not entered by hand, with its date

    class Meta(BrandOwned.Meta):
        ordering = ["country", "tax_class"]
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "country", "tax_class"], name="tax_rate_of_country_once"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.country} {self.tax_class}"
