"""Tables of price lists: regular prices and sales of chosen variants, with dates.

What a list has said stays: a row that is changed or taken out while its list is in force ends
(`until`), and a new one begins. So the price of any past moment can be read again.
"""

from typing import Final, override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.kernel.money import RATE_WHOLE_BP

LABEL_CHARS_MAX: Final = 60


class PriceListKind(models.TextChoices):
    """The values are those of `pricing.lists.ListKind`."""

    REGULAR = "regular", _("Regular prices")
    SALE = "sale", _("Sale")


class PriceList(BrandOwned):
    """Prices of chosen variants in one currency, from `starts_at` until `ends_at`. Nothing has to
    run at these moments: whoever asks for a price asks as of now."""

    name = models.CharField(_("name"), max_length=80, help_text=_("For you, in lists."))
    label = models.CharField(
        _("name for buyers"), max_length=LABEL_CHARS_MAX, blank=True,
        help_text=_("Beside the reduction in cart, order and invoice; empty: the name."),
    )  # fmt: skip
    kind = models.CharField(
        _("kind"), max_length=8, choices=PriceListKind, default=PriceListKind.SALE,
        help_text=_(
            "Regular prices are what the goods cost from a day on. A sale is a reduction for a"
            " time: buyers see the price before and the lowest of the last 30 days."
        ),
    )  # fmt: skip
    market = models.ForeignKey(
        "pricing.Market", verbose_name=_("market"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", help_text=_("Empty: everywhere."),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: without end.")
    )
    published = models.BooleanField(
        _("published"), default=False, help_text=_("A draft changes no price.")
    )
    # To the pages that are open; prices do not wait for it.
    announced_at = models.DateTimeField(null=True, editable=False)

    class Meta(BrandOwned.Meta):
        ordering = ["-starts_at", "name"]
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        indexes = [models.Index(fields=["brand", "starts_at"], name="price_lists_of_brand")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")),
                name="price_list_ends_after_its_start",
                violation_error_message=_("The list ends before it begins."),
            )
        ]

    @override
    def __str__(self) -> str:
        return self.name


class PriceListItem(BrandScoped):
    """One variant on a list, at an amount or with percent off."""

    brand_path = "price_list__brand"

    price_list = models.ForeignKey(
        PriceList, on_delete=models.CASCADE, related_name="items", verbose_name=_("price list")
    )
    variant = models.ForeignKey(
        "catalogue.Variant", on_delete=models.CASCADE, related_name="+", verbose_name=_("variant")
    )
    amount = models.PositiveBigIntegerField(_("price, minor units"), null=True, blank=True)
    percent_bp = models.PositiveIntegerField(_("percent off, basis points"), null=True, blank=True)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta(BrandScoped.Meta):
        ordering = ["pk"]
        verbose_name = _("price on the list")
        verbose_name_plural = _("prices on the list")
        indexes = [models.Index(fields=["variant", "since"], name="listed_prices_of_variant")]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "variant"], condition=Q(until__isnull=True),
                name="variant_once_on_price_list",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=False, percent_bp__isnull=True)
                | Q(amount__isnull=True, percent_bp__gte=1, percent_bp__lte=RATE_WHOLE_BP),
                name="listed_price_is_amount_or_percent",
            ),
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return str(self.variant_id)
