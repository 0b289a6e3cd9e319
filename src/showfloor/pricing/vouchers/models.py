"""Tables of vouchers: the codes that lower a price, and each use of one."""

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned

CODE_CHARS_MAX = 40


class VoucherKind(models.TextChoices):
    """The values are those of `pricing.rules.OfferKind`."""

    AMOUNT = "amount", _("Amount off")
    PERCENT = "percent", _("Percent off")
    FREE_SHIPPING = "free-shipping", _("Free shipping")


class VoucherMoment(models.TextChoices):
    """The state that a show had when goods were put into the cart from it."""

    ALWAYS = "always", _("Always")
    SHOWN = "shown", _("For goods from a show, live or its replay")
    LIVE = "live", _("For goods from a show that is live")
    REPLAY = "replay", _("For goods from a replay")


class Voucher(BrandOwned):
    """A code that lowers the price of a purchase. `value`: minor units of `currency`, or basis
    points. `used` counts the uses that are held for open checkouts, too."""

    code = models.CharField(_("code"), max_length=CODE_CHARS_MAX)  # as voucher_rules.tidied says
    batch = models.CharField(
        _("batch"), max_length=40, blank=True, help_text=_("The name of codes made together.")
    )
    kind = models.CharField(
        _("kind"), max_length=15, choices=VoucherKind, default=VoucherKind.AMOUNT
    )
    value = models.PositiveBigIntegerField(_("value"), default=0)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    minimum = models.PositiveBigIntegerField(
        _("minimum value of the goods"), default=0,
        help_text=_("Of the goods that the code is for."),
    )  # fmt: skip
    products = models.ManyToManyField(
        "catalogue.Product", verbose_name=_("products"), blank=True, related_name="+",
        help_text=_("With the categories: the goods that it is for. None of both: all goods."),
    )  # fmt: skip
    categories = models.ManyToManyField(
        "catalogue.Category", verbose_name=_("categories"), blank=True, related_name="+"
    )
    moment = models.CharField(
        _("moment"), max_length=10, choices=VoucherMoment, default=VoucherMoment.ALWAYS
    )
    show = models.CharField(  # shows are a room above: their address names them here
        _("show"), max_length=80, blank=True,
        help_text=_("The address of the one show that it is for. Empty: any show, or none."),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    limit = models.PositiveIntegerField(
        _("uses in all"), null=True, blank=True, help_text=_("Empty: any number.")
    )
    limit_per_person = models.PositiveIntegerField(
        _("uses by one person"), null=True, blank=True, help_text=_("Empty: any number.")
    )
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta(BrandOwned.Meta):
        ordering = ["-created_at", "code"]
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.UniqueConstraint(fields=["brand", "code"], name="voucher_code_unique"),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(used__lte=models.F("limit")),
                name="voucher_within_limit",
                violation_error_message=_("It has been used more often than that already."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="percent") | Q(value__lte=10_000),
                name="voucher_percent_of_whole",
                violation_error_message=_("At most 100 percent."),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.code


class UseState(models.TextChoices):
    HELD = "held", _("Held for an open checkout")
    ORDERED = "ordered", _("Ordered")


class VoucherUse(BrandOwned):
    """One use of a voucher, by one checkout. It is deleted when the checkout comes to nothing or
    its order is cancelled."""

    voucher = models.ForeignKey(Voucher, on_delete=models.RESTRICT, related_name="uses")
    checkout = models.CharField(max_length=32, unique=True)  # a room above: its id
    owner = models.CharField(max_length=64)  # a viewer token's `sub`
    email = models.CharField(max_length=64, blank=True)  # keyed hash of the address
    state = models.CharField(max_length=10, choices=UseState, default=UseState.HELD)
    discount = models.PositiveBigIntegerField(_("taken off"), default=0)
    total = models.PositiveBigIntegerField(_("total of the order"), default=0)
    created_at = models.DateTimeField()

    class Meta(BrandOwned.Meta):
        verbose_name = _("use of a voucher")
        verbose_name_plural = _("uses of vouchers")
        indexes = [
            models.Index(fields=["voucher", "owner"], name="voucher_use_by_owner"),
            models.Index(fields=["voucher", "email"], name="voucher_use_by_email"),
        ]
