"""Tables of documents: when a brand issues them, its number rings, invoices and credit notes.

The invariants: a number is given once, in the transaction that writes its document, so that a ring
has no gaps; a document is never changed; its bytes are stored when they are first asked for.
"""

from typing import Any, ClassVar, override

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.kernel.ids import ID_LENGTH

_PREFIX = RegexValidator(r"^[A-Za-z0-9/_.-]*\Z", _("Letters, digits and the signs / _ . -"))


class IssueMoment(models.TextChoices):
    """The moment at which an order gets its invoice."""

    PAYMENT = "payment", _("When the order is paid")
    SHIPMENT = "shipment", _("When the first parcel is sent")


class InvoiceSettings(BrandOwned):
    """The moment at which a brand issues invoices, and their numbers. None are issued before this
    row is there and the seller's details are complete (`legal.SellerProfile.lacking`)."""

    issue_at = models.CharField(
        _("invoices are issued"), max_length=10, choices=IssueMoment, default=IssueMoment.PAYMENT
    )
    invoice_prefix = models.CharField(
        _("prefix of invoice numbers"), max_length=12, blank=True, default="R-",
        validators=[_PREFIX],
    )  # fmt: skip
    credit_prefix = models.CharField(
        _("prefix of credit note numbers"), max_length=12, blank=True, default="G-",
        validators=[_PREFIX],
    )  # fmt: skip
    issue_from = models.DateTimeField(
        _("invoices for orders paid from"), default=timezone.now,
        help_text=_("Orders that were paid earlier get none by themselves."),
    )  # fmt: skip
    # Events of payments up to this id have their documents (`services.issue_due`).
    issued_up_to = models.CharField(max_length=ID_LENGTH, blank=True, default="", editable=False)

    class Meta(BrandOwned.Meta):
        verbose_name = _("invoice settings")
        verbose_name_plural = _("invoice settings")
        constraints = [models.UniqueConstraint(fields=["brand"], name="invoice_settings_once")]

    @override
    def __str__(self) -> str:
        return str(self.get_issue_at_display())


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit-note", _("Credit note")


class NumberRing(BrandOwned):
    """The next number of one kind of document. Test orders have rings of their own."""

    kind = models.CharField(max_length=12, choices=DocumentKind)
    is_test = models.BooleanField(default=False)
    next_number = models.PositiveIntegerField(default=1)

    class Meta(BrandOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind", "is_test"], name="number_ring_once")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.next_number}"


class Document(BrandOwned):
    """One invoice or credit note, as it was issued. Rows are added, never changed.

    `content` is what stands in it (`rules.Content`), `cause` why it was issued: empty for an
    order's invoice, the name of the refund for a credit note.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=DocumentKind)
    is_test = models.BooleanField(_("test order"), default=False)
    position = models.PositiveIntegerField(_("position in its ring"))
    number = models.CharField(_("number"), max_length=24)
    order = models.ForeignKey(
        "checkout.Order", on_delete=models.PROTECT, related_name="documents",
        verbose_name=_("order"),
    )  # fmt: skip
    cause = models.CharField(max_length=160, blank=True)
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections",
        verbose_name=_("corrects"),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3)
    net = models.BigIntegerField(_("net, minor units"))
    tax = models.BigIntegerField(_("tax, minor units"))
    gross = models.BigIntegerField(_("gross, minor units"))
    content: Any = models.JSONField()
    issued_at = models.DateTimeField(_("issued at"))

    class Meta(BrandOwned.Meta):
        ordering = ["-issued_at", "-position"]
        verbose_name = _("invoice or credit note")
        verbose_name_plural = _("invoices and credit notes")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "kind", "is_test", "position"], name="document_position_once"
            ),
            models.UniqueConstraint(fields=["order", "kind", "cause"], name="document_once"),
            models.CheckConstraint(
                condition=Q(gross=models.F("net") + models.F("tax")), name="document_gross_is_sum"
            ),
        ]
        indexes = [models.Index(fields=["brand", "issued_at"], name="document_by_time")]

    @override
    def __str__(self) -> str:
        return self.number

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        assert self._state.adding, "a document is written once"
        super().save(*args, **kwargs)


class DocumentFailure(BrandOwned):
    """An order whose invoice or credit note could not be made. The row goes once it is made."""

    ERROR_CHARS_MAX: ClassVar[int] = 300

    order = models.OneToOneField(
        "checkout.Order", on_delete=models.CASCADE, related_name="document_failure",
        verbose_name=_("order"),
    )  # fmt: skip
    error = models.CharField(_("what went wrong"), max_length=ERROR_CHARS_MAX)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    failed_at = models.DateTimeField(_("failed at"))  # for the first time
    due_at = models.DateTimeField(_("tried again at"))

    class Meta(BrandOwned.Meta):
        ordering = ["failed_at", "pk"]
        verbose_name = _("document that could not be made")
        verbose_name_plural = _("documents that could not be made")
        indexes = [models.Index(fields=["brand", "due_at"], name="document_failure_due")]

    @override
    def __str__(self) -> str:
        return self.error


class DocumentFile(BrandScoped):
    """The bytes of a document: made once, then only read."""

    brand_path = "document__brand"

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="file")
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        pass

    @override
    def __str__(self) -> str:
        return self.sha256
