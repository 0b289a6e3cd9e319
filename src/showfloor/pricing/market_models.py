"""Tables of markets: where a brand sells in which currency, and what it does not sell there."""

from typing import Any, override

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.dial import DialLevel
from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.pricing.tax_models import COUNTRY


class Market(BrandOwned):
    """Countries that are sold to in one currency, at a host name or below a path of its own.
    Visitors of other addresses are in the brand's home market, which has no row."""

    name = models.CharField(_("name"), max_length=60)
    code = models.SlugField(
        _("short name"), max_length=20,
        help_text=_("In addresses: ch makes /ch/ the address of this market."),
    )  # fmt: skip
    countries: Any = models.JSONField(
        _("countries"), default=list, blank=True, help_text=_('For example ["CH", "LI"].')
    )
    currency = models.CharField(
        _("currency"), max_length=3,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("A currency has three letters, like EUR."))],
    )  # fmt: skip
    host_name = models.CharField(
        _("host name"), max_length=253, blank=True,
        help_text=_("Below the brand's own host name. Empty: the market has only its path."),
    )  # fmt: skip
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    tax_country = models.CharField(
        _("country whose tax is shown"), max_length=2, blank=True, validators=[COUNTRY],
        help_text=_("Until the buyer has said where the goods go."),
    )  # fmt: skip
    dial = models.CharField(
        _("on the picture"), max_length=6, choices=DialLevel, blank=True, default="",
        db_default="",
        help_text=_(
            "How much stands on a show's picture until a viewer turns it up or down. Empty: as at"
            " home."
        ),
    )  # fmt: skip
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta(BrandOwned.Meta):
        ordering = ["position", "name"]
        verbose_name = _("market")
        verbose_name_plural = _("markets")
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="market_code_unique"),
            models.UniqueConstraint(
                fields=["host_name"], condition=~Q(host_name=""), name="market_host_name_unique",
            ),
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return self.name


class DeletedMarket(BrandOwned):
    """The names of a market that was deleted, under the market's id: orders that were made in it
    keep them."""

    name = models.CharField(max_length=60)
    code = models.SlugField(max_length=20)

    class Meta(BrandOwned.Meta):
        pass

    @override
    def __str__(self) -> str:
        return self.name


class MarketExclusion(BrandScoped):
    """A product that is not sold in a market, or one of its variants."""

    brand_path = "market__brand"

    market = models.ForeignKey(
        Market, on_delete=models.CASCADE, related_name="exclusions", verbose_name=_("market")
    )
    product = models.ForeignKey(
        "catalogue.Product", on_delete=models.CASCADE, related_name="+", verbose_name=_("product")
    )
    variant = models.ForeignKey(
        "catalogue.Variant", on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        verbose_name=_("variant"), help_text=_("Empty: all variants of the product."),
    )  # fmt: skip

    class Meta(BrandScoped.Meta):
        ordering = ["pk"]
        verbose_name = _("product that is not sold there")
        verbose_name_plural = _("products that are not sold there")
        constraints = [
            models.UniqueConstraint(
                fields=["market", "product"],
                condition=Q(variant__isnull=True),
                name="product_excluded_once_from_market",
            ),
            models.UniqueConstraint(
                fields=["market", "variant"], name="variant_excluded_once_from_market"
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.variant_id or self.product_id)
