"""Tables of promotions: a gift from an amount on, and variants that cost less together."""

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped

NAME_CHARS_MAX = 60


class _Promotion(BrandOwned):
    """Where and when a promotion counts. `show` is the address of a show, a room above."""

    name = models.CharField(
        _("name for buyers"), max_length=NAME_CHARS_MAX,
        help_text=_("It stands in cart, order and invoice."),
    )  # fmt: skip
    market = models.ForeignKey(
        "pricing.Market", verbose_name=_("market"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+", help_text=_("Empty: everywhere."),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    starts_at = models.DateTimeField(
        _("from"), null=True, blank=True, help_text=_("Empty: from now on.")
    )
    ends_at = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: without end.")
    )
    published = models.BooleanField(
        _("published"), default=False, help_text=_("A draft changes no price.")
    )

    class Meta(BrandOwned.Meta):
        abstract = True

    @override
    def __str__(self) -> str:
        return self.name


def _in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(starts_at__isnull=True)
        | Q(ends_at__isnull=True)
        | Q(ends_at__gt=models.F("starts_at")),
        name=name,
        violation_error_message=_("The end comes after the beginning."),
    )


class FreeGift(_Promotion):
    """One unit of a variant that costs nothing in a purchase whose goods reach an amount."""

    amount_from = models.PositiveBigIntegerField(_("from amount, minor units"))
    variant = models.ForeignKey(
        "catalogue.Variant", verbose_name=_("gift"), on_delete=models.CASCADE, related_name="+"
    )
    show = models.CharField(
        _("show"), max_length=80, blank=True,
        help_text=_("The address of a show: only goods that were added from it count. Empty: all."),
    )  # fmt: skip

    class Meta(_Promotion.Meta):
        ordering = ["amount_from", "name"]
        verbose_name = _("free gift")
        verbose_name_plural = _("free gifts")
        constraints = [
            _in_order("free_gift_ends_after_its_start"),
            models.CheckConstraint(
                condition=Q(amount_from__gte=1), name="free_gift_from_an_amount",
                violation_error_message=_("Write an amount above zero."),
            ),
        ]  # fmt: skip


class Bundle(_Promotion):
    """Variants that cost `price` minor units together, as often as a cart holds all of them."""

    price = models.PositiveBigIntegerField(_("price together, minor units"))

    class Meta(_Promotion.Meta):
        ordering = ["name"]
        verbose_name = _("bundle")
        verbose_name_plural = _("bundles")
        constraints = [_in_order("bundle_ends_after_its_start")]


class BundleItem(BrandScoped):
    """Units of one variant in a bundle."""

    brand_path = "bundle__brand"

    bundle = models.ForeignKey(  # the constraint below begins with it
        Bundle, on_delete=models.CASCADE, related_name="items", db_index=False
    )
    variant = models.ForeignKey(
        "catalogue.Variant", verbose_name=_("variant"), on_delete=models.CASCADE, related_name="+"
    )
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)

    class Meta(BrandScoped.Meta):
        ordering = ["pk"]
        verbose_name = _("part of a bundle")
        verbose_name_plural = _("parts of a bundle")
        constraints = [
            models.UniqueConstraint(fields=["bundle", "variant"], name="bundle_item_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="bundle_item_of_at_least_one",
                violation_error_message=_("At least one."),
            ),
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return self.variant_id
