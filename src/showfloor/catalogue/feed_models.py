"""Feeds: addresses from which a brand's products are imported, by hand or on a schedule."""

from typing import override

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts import time_zones
from showfloor.accounts.scoping import BrandOwned

HIDE_SHARE = 20  # percent; a feed that lacks more than that is rather broken


class FeedFormat(models.TextChoices):
    """The names of `importing.sources.Kind`."""

    AUTO = "auto", _("By its content")
    MERCHANT_XML = "merchant-xml", _("Google Merchant, XML")
    MERCHANT_TABLE = "merchant-table", _("Google Merchant, table")
    SHOPIFY = "shopify", _("Shopify CSV")


class Missing(models.TextChoices):
    """The fate of products that came from a feed and are not in it any more."""

    LEAVE = "leave", _("Leave them as they are")
    HIDE = "hide", _("Hide them until they are back")


class Every(models.IntegerChoices):
    HOUR = 1, _("every hour")
    TWO = 2, _("every 2 hours")
    THREE = 3, _("every 3 hours")
    SIX = 6, _("every 6 hours")
    TWELVE = 12, _("every 12 hours")
    DAY = 24, _("once a day")


class AmountSign(models.TextChoices):
    UNKNOWN = "", _("No matter: leave out what can be read in two ways")
    POINT = ".", _("a point: 1,234.50")
    COMMA = ",", _("a comma: 1.234,50")


class Feed(BrandOwned):
    """An address of a product file. `next_at`: when its schedule starts it next; None while that is
    off. `failed_at`: the first failure since the last success."""

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(
        _("address"), max_length=500, validators=[URLValidator(schemes=["https"])],
        help_text=_("It begins with https:// and leads to a file of at most 50 MB."),
    )  # fmt: skip
    username = models.CharField(_("user name"), max_length=120, blank=True)
    sealed_password = models.TextField(blank=True, editable=False)
    format = models.CharField(
        _("format"), max_length=16, choices=FeedFormat, default=FeedFormat.AUTO
    )
    decimal_sign = models.CharField(
        _("decimals are written with"), max_length=1, blank=True, choices=AmountSign,
        default=AmountSign.UNKNOWN,
    )  # fmt: skip
    counted = models.BooleanField(
        _("its numbers of stock are of now"), default=False,
        help_text=_("With every sale taken off. Otherwise the stock moves by what changed."),
    )  # fmt: skip
    missing = models.CharField(
        _("products that are missing in it"), max_length=8, choices=Missing,
        default=Missing.LEAVE,
    )  # fmt: skip
    hide_share_max = models.PositiveSmallIntegerField(
        _("at most, percent"), default=HIDE_SHARE,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_(
            "A run that would hide a larger share of this feed's products changes nothing."
        ),
    )  # fmt: skip
    every_h = models.PositiveSmallIntegerField(_("how often"), choices=Every, default=Every.DAY)
    at_hour = models.PositiveSmallIntegerField(
        _("at, o'clock"), default=4, validators=[MaxValueValidator(23)],
        help_text=_("0 to 23; shorter intervals are counted from this hour."),
    )  # fmt: skip
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=time_zones.installation_zone,
        validators=[time_zones.check_time_zone],
    )  # fmt: skip
    next_at = models.DateTimeField(_("next run"), null=True, blank=True, editable=False)
    etag = models.CharField(max_length=200, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    failed_at = models.DateTimeField(_("failing since"), null=True, editable=False)

    class Meta(BrandOwned.Meta):
        ordering = ["name", "pk"]
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="feed_name_unique")]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="feed_due")
        ]

    @override
    def __str__(self) -> str:
        return self.name
