"""Tables of a brand's legal texts: what it must have, drafts, published versions, overrides.

The invariant: a published version never changes and is never deleted, since orders name it.
"""

from typing import Any, override

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.legal.rules import WITHDRAWAL_DAYS_MIN, Seller, Text


class TextKind(models.TextChoices):
    IMPRINT = Text.IMPRINT.value, _("Imprint")
    TERMS = Text.TERMS.value, _("Terms of sale")
    PRIVACY = Text.PRIVACY.value, _("Privacy")
    WITHDRAWAL = Text.WITHDRAWAL.value, _("Right of withdrawal")
    SHIPPING = Text.SHIPPING.value, _("Shipping and returns")


class SellerKind(models.TextChoices):
    CONSUMERS = Seller.CONSUMERS.value, _("Consumers")
    BUSINESSES = Seller.BUSINESSES.value, _("Businesses only")
    NOBODY = Seller.NOBODY.value, _("Nobody: it only shows")


class SellerProfile(BrandOwned):
    """What the law asks of a brand depends on where it is, and to whom it sells."""

    country = models.CharField(
        _("country of the company"), max_length=2, blank=True,
        help_text=_("Two letters, for example DE. Empty: the strictest rules hold."),
    )  # fmt: skip
    sells_to = models.CharField(
        _("sells to"), max_length=10, choices=SellerKind, default=SellerKind.CONSUMERS
    )
    withdrawal_days = models.PositiveSmallIntegerField(
        _("withdrawal period, days"), default=WITHDRAWAL_DAYS_MIN,
        validators=[MinValueValidator(WITHDRAWAL_DAYS_MIN), MaxValueValidator(366)],
        help_text=_("From the day on which the goods arrive; the law asks for 14 at least."),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        verbose_name = _("legal profile")
        verbose_name_plural = _("legal profiles")
        constraints = [
            models.UniqueConstraint(fields=["brand"], name="one_legal_profile_per_brand")
        ]

    @override
    def __str__(self) -> str:
        return self.country or "–"


class LegalText(BrandOwned):
    """One text in one language: the draft that staff write, above its published versions."""

    kind = models.CharField(_("text"), max_length=12, choices=TextKind)
    language = models.CharField(_("language"), max_length=10)
    draft = models.TextField(_("draft"), blank=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta(BrandOwned.Meta):
        ordering = ["kind", "language"]
        verbose_name = _("legal text")
        verbose_name_plural = _("legal texts")
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind", "language"], name="legal_text_once")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.language})"


class AppendOnly(BrandScoped):
    """A row that is written once."""

    class Meta(BrandScoped.Meta):
        abstract = True

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        assert self._state.adding, f"{type(self).__name__} rows are written once"
        super().save(*args, **kwargs)

    @override
    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError(f"{type(self).__name__} rows are kept")


class LegalVersion(AppendOnly):
    """A text as it was published."""

    brand_path = "text__brand"

    text = models.ForeignKey(LegalText, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    body = models.TextField(_("text"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip

    class Meta(AppendOnly.Meta):
        ordering = ["-number"]
        verbose_name = _("published version")
        verbose_name_plural = _("published versions")
        constraints = [
            models.UniqueConstraint(fields=["text", "number"], name="legal_version_number")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.text} · {self.number}"


class LegalOverride(BrandOwned, AppendOnly):
    """An owner's word that shows may be public although these texts are missing."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    missing: Any = models.JSONField(_("missing texts"), default=list)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta(BrandOwned.Meta):
        ordering = ["-at", "-pk"]
        verbose_name = _("override of missing texts")
        verbose_name_plural = _("overrides of missing texts")

    @override
    def __str__(self) -> str:
        return self.reason
