"""Tables of money: a brand's accounts at payment providers, payments, their events and notices.

The invariants: the events of a payment are added and never changed, and its state follows from
them; a key of an account is stored sealed.
"""

from typing import Any, override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwnedIndexed, BrandScoped

CURRENCY_LENGTH = 3


class PaymentMode(models.TextChoices):
    TEST = "test", _("Test: no money moves")
    LIVE = "live", _("Live")


class PaymentAccount(BrandOwnedIndexed):
    """A brand's account at a payment provider. One of a brand's is active: it takes new payments;
    the others answer for the payments that they took."""

    provider = models.CharField(_("provider"), max_length=20)
    mode = models.CharField(_("mode"), max_length=4, choices=PaymentMode)
    # The provider's own name for it, in every report.
    account = models.CharField(_("account"), max_length=64)
    publishable_key = models.CharField(_("publishable key"), max_length=255, blank=True)
    sealed_keys = models.TextField(editable=False)  # `payment_accounts.Keys`, sealed
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"))
    keys_changed_at = models.DateTimeField(_("keys changed at"))

    class Meta(BrandOwnedIndexed.Meta):
        ordering = ["-active", "-created_at"]
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=Q(active=True), name="payment_account_one_active"
            ),
            models.UniqueConstraint(
                fields=["brand", "provider", "mode", "account"], name="payment_account_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.provider} {self.account}"


class PaymentState(models.TextChoices):
    CREATED = "created", _("Created")
    REQUIRES_ACTION = "requires_action", _("Waiting for the buyer")
    AUTHORIZED = "authorized", _("Authorised")
    CAPTURED = "captured", _("Captured")
    DISPUTED = "disputed", _("Disputed")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Voided")


class Payment(BrandOwnedIndexed):
    """One attempt to pay a checkout. Stored, with its key, before the provider is called.

    `id` is what the provider is told as our name for it; `attempt_key` makes the call idempotent.
    `state` and the amounts are what the events add up to (`payment_ledger`), kept beside them so
    that they can be asked for.
    """

    checkout = models.ForeignKey(
        "checkout.Checkout", on_delete=models.PROTECT, related_name="payments"
    )
    provider = models.CharField(_("provider"), max_length=20)
    # None: the account that the settings name for the installation.
    payment_account = models.ForeignKey(
        PaymentAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="payments",
        verbose_name=_("payment account"),
    )  # fmt: skip
    is_test = models.BooleanField(_("test payment"), default=False, db_default=False)
    # The merchant account that the money must go to.
    account = models.CharField(_("account"), max_length=64)
    attempt_key = models.CharField(max_length=64, unique=True)
    request_key = models.CharField(max_length=255)  # the buyer's Idempotency-Key, to resume by
    reference = models.CharField(_("provider's reference"), max_length=120, blank=True)
    amount = models.PositiveBigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=CURRENCY_LENGTH)
    state = models.CharField(
        _("state"), max_length=20, choices=PaymentState, default=PaymentState.CREATED
    )
    # Minor units. `refunded`: sent back, or on its way; `disputed`: held or taken by the bank.
    captured = models.PositiveBigIntegerField(_("captured"), default=0, db_default=0)
    refunded = models.PositiveBigIntegerField(_("refunded"), default=0, db_default=0)
    disputed = models.PositiveBigIntegerField(_("disputed"), default=0, db_default=0)
    dispute_due_at = models.DateTimeField(_("answer the dispute by"), null=True, blank=True)
    # Decided, not yet done by the provider.
    refund_due = models.BooleanField(_("refund due"), default=False)
    created_at = models.DateTimeField(_("created at"))
    checked_at = models.DateTimeField(null=True, blank=True)  # when the provider was last asked

    class Meta(BrandOwnedIndexed.Meta):
        ordering = ["created_at"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(
                condition=Q(captured__gte=models.F("refunded") + models.F("disputed")),
                name="payment_goes_back_at_most_once",
            )
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="payment_by_state"),
            models.Index(
                fields=["created_at"], condition=Q(refund_due=True), name="payment_refund_due"
            ),
            models.Index(fields=["brand", "created_at", "-id"], name="payment_by_time"),
            models.Index(fields=["brand", "reference"], name="payment_by_reference"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class SavedMethod(BrandOwnedIndexed):
    """A way to pay that a member asked to keep. The provider keeps it; this row has its names at
    the provider and what the member recognises it by."""

    owner = models.CharField(max_length=64)  # a member's subject; empty once it is removed
    provider = models.CharField(_("provider"), max_length=20)
    payment_account = models.ForeignKey(
        PaymentAccount, null=True, blank=True, on_delete=models.PROTECT,
        related_name="saved_methods", verbose_name=_("payment account"),
    )  # fmt: skip
    account = models.CharField(_("account"), max_length=64)
    customer = models.CharField(max_length=120)  # the provider's name of the member
    reference = models.CharField(max_length=120)
    card_brand = models.CharField(_("network"), max_length=30)
    last4 = models.CharField(_("last four digits"), max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(_("expiry month"), default=0)
    exp_year = models.PositiveSmallIntegerField(_("expiry year"), default=0)
    agreed_at = models.DateTimeField(_("agreed at"))
    used_at = models.DateTimeField(_("last used at"), db_index=True)
    removed_at = models.DateTimeField(null=True, blank=True)  # the provider is yet to forget it
    asked_at = models.DateTimeField(null=True, blank=True)  # when the provider was last asked to

    class Meta(BrandOwnedIndexed.Meta):
        ordering = ["-used_at", "id"]
        verbose_name = _("saved payment method")
        verbose_name_plural = _("saved payment methods")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "provider", "account", "reference"], name="saved_method_once"
            )
        ]
        indexes = [
            models.Index(fields=["brand", "owner"], name="saved_method_of_owner"),
            models.Index(
                fields=["removed_at"], condition=Q(removed_at__isnull=False),
                name="saved_method_removed",
            ),
        ]  # fmt: skip

    @override
    def __str__(self) -> str:
        return f"{self.card_brand} {self.last4}"


class EventKind(models.TextChoices):
    CREATED = "created", _("Created")
    REQUIRES_ACTION = "requires_action", _("Waiting for the buyer")
    AUTHORIZED = "authorized", _("Authorised")
    CAPTURED = "captured", _("Captured")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Voided")
    DISPUTED = "disputed", _("Disputed")
    DISPUTE_WON = "dispute_won", _("Dispute won")
    DISPUTE_LOST = "dispute_lost", _("Dispute lost")
    REFUND_DUE = "refund_due", _("Refund decided")
    REFUND_PENDING = "refund_pending", _("Refund on its way")
    REFUNDED = "refunded", _("Refunded")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    MISMATCH = "mismatch", _("Refused: does not match the attempt")
    CONSENT_WITHDRAWN = "not_kept", _("Payment method is not kept: the buyer was erased")


class PaymentEvent(BrandScoped):
    """One thing that happened to a payment. Rows are added, never changed."""

    brand_path = "payment__brand"

    payment = models.ForeignKey(  # the constraint below begins with it
        Payment, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    number = models.PositiveIntegerField(_("number"))  # 1, 2, … within the payment
    kind = models.CharField(_("kind"), max_length=16, choices=EventKind)
    source = models.CharField(_("source"), max_length=12)  # "confirm", "webhook", "reconcile", "us"
    detail: Any = models.JSONField(_("detail"), default=dict)
    at = models.DateTimeField(_("at"))

    class Meta(BrandScoped.Meta):
        ordering = ["number"]
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        constraints = [
            models.UniqueConstraint(fields=["payment", "number"], name="payment_event_number")
        ]

    @override
    def __str__(self) -> str:
        return self.kind

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        assert self._state.adding, "a payment event is written once"
        super().save(*args, **kwargs)


class WebhookInbox(BrandOwnedIndexed):
    """Each event that a provider sent, once: written in the transaction of its effect."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="webhooks")
    kind = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20)
    received_at = models.DateTimeField(db_index=True)

    class Meta(BrandOwnedIndexed.Meta):
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "provider", "event_id"], name="webhook_event_of_brand_once"
            )
        ]

    @override
    def __str__(self) -> str:
        return self.event_id
