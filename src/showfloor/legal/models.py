"""Tables of a brand's legal texts: what it must have, drafts, published versions, overrides.

The invariant: a published version never changes and is never deleted, since orders name it.
"""

from typing import Any, override

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.legal.rules import WITHDRAWAL_DAYS_MIN, Seller, Text
from showfloor.legal.vat_format import NUMBER_CHARS_MAX, NotAVatNumber, RegisterNumber, read_own
from showfloor.legal.vat_format import read_number as read_vat_number


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


_COUNTRY = RegexValidator(r"^[A-Z]{2}\Z", _("Two capital letters, for example DE."))


def _check_vat_number(text: str) -> None:
    try:
        read_own(text)
    except NotAVatNumber:
        raise ValidationError(_("This is no VAT number. It looks like DE136695976.")) from None


class SellerProfile(BrandOwned):
    """The company behind a brand: the one place of its name, address and numbers.

    Invoices, tax, return slips and the templates of legal texts read it here. What the law asks of
    a brand depends on where the company is, and to whom it sells.
    """

    company = models.CharField(
        _("company name"), max_length=120, blank=True,
        help_text=_("With its legal form, as it stands in the register."),
    )  # fmt: skip
    line1 = models.CharField(_("street and number"), max_length=120, blank=True)
    line2 = models.CharField(_("address, second line"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(
        _("country of the company"), max_length=2, blank=True, validators=[_COUNTRY],
        help_text=_("Two letters, for example DE. Empty: the strictest rules hold."),
    )  # fmt: skip
    email = models.EmailField(_("e-mail for questions"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    managed_by = models.CharField(_("represented by"), max_length=160, blank=True)
    registration = models.CharField(
        _("register and number"), max_length=160, blank=True,
        help_text=_("For example: District court of Cologne, HRB 12345."),
    )  # fmt: skip
    vat_number = models.CharField(
        _("own VAT number"), max_length=NUMBER_CHARS_MAX, blank=True,
        validators=[_check_vat_number],
        help_text=_(
            "An invoice needs it, or the tax number. The EU's register proves its checks of buyers'"
            " numbers only to a seller that names its own."
        ),
    )  # fmt: skip
    tax_number = models.CharField(_("tax number"), max_length=30, blank=True)
    exempt_note = models.CharField(
        _("reason for no tax"), max_length=200, blank=True,
        help_text=_("Only for small businesses that charge none: the sentence with the clause."),
    )  # fmt: skip
    ships_from = models.CharField(
        _("country that goods leave"), max_length=2, blank=True, validators=[_COUNTRY],
        help_text=_("Empty: the country of the company."),
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
        verbose_name = _("seller's details")
        verbose_name_plural = _("seller's details")
        constraints = [
            models.UniqueConstraint(fields=["brand"], name="one_legal_profile_per_brand")
        ]

    @override
    def __str__(self) -> str:
        return self.company or self.country or "–"

    @property
    def goods_leave_from(self) -> str:
        return self.ships_from or self.country

    @property
    def register_number(self) -> RegisterNumber | None:
        """Return the own VAT number as the EU's register takes it; None for any other."""
        try:
            return read_vat_number(self.vat_number)
        except NotAVatNumber:
            return None

    def lacking(self) -> list[str]:
        """Return in words what an invoice by law cannot do without and is not entered here."""
        needed = {"company", "line1", "postal_code", "city", "country"}
        found = [
            str(field.verbose_name)
            for field in self._meta.fields
            if field.name in needed and not getattr(self, field.name)
        ]
        if not self.vat_number and not self.tax_number:
            found.append(gettext("VAT number or tax number"))
        return found


class LegalText(BrandOwned):
    """One text in one language: the draft that staff write, above its published versions."""

    kind = models.CharField(_("text"), max_length=12, choices=TextKind)
    language = models.CharField(_("language"), max_length=10)
    draft = models.TextField(_("draft"), blank=True)
    names_loss = models.BooleanField(
        _("says that buyers pay for a loss of value"), default=False,
        help_text=_(
            "By handling beyond a check of the goods (§ 357a BGB). Only orders made under a version"
            " that says so allow a deduction from a refund."
        ),
    )  # fmt: skip
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
    names_loss = models.BooleanField(_("says that buyers pay for a loss of value"), default=False)
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
