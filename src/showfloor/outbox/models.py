"""Messages that wait to be sent or were sent, and the answers to requests that carry a key."""

from typing import Any, ClassVar, override

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandOwnedIndexed


class Channel(models.TextChoices):
    """The ways on which a message leaves."""

    EMAIL = "email", _("E-mail")


class MessageState(models.TextChoices):
    """`queued → sending → sent`; a failed attempt leads back to `queued`, the last to `failed`."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class OutgoingMessage(BrandOwnedIndexed):
    """One message to one recipient: a row of the transaction that causes it, sent by a job.

    A message that is sent twice carries the same `message_id`, so that its reader's mail program
    knows it as the same one. The brand is empty for a mail about an account, which belongs to the
    installation; the back office lists messages of brands only.
    """

    brand = models.ForeignKey(  # type: ignore[assignment]  # the base has no row without one
        "accounts.Brand", null=True, on_delete=models.CASCADE, related_name="+", db_index=False,
        verbose_name=_("brand"),
    )  # fmt: skip
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.EMAIL)
    kind = models.CharField(_("kind"), max_length=40)  # see `kinds`
    # The row that causes the message, as `cause_of` writes it; empty: no row.
    cause = models.CharField(max_length=100, blank=True)
    recipient = models.CharField(_("to"), max_length=320)
    sender = models.CharField(max_length=320, blank=True)
    # Empty until it is sent, for a kind whose content is rendered then.
    subject = models.CharField(_("subject"), max_length=400, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200)
    # A person waits for it, and it may hold a code: sent before others, deleted when it is done.
    is_transient = models.BooleanField(default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=MessageState, default=MessageState.QUEUED
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField()  # when to try (again); while sending: when the lease runs out
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    MESSAGE_ID_DOMAIN: ClassVar[str] = "showfloor"

    class Meta(BrandOwnedIndexed.Meta):
        ordering = ["-created_at"]
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "kind"], condition=Q(cause__gt=""), name="message_once_per_cause"
            )
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="message_by_state"),
            models.Index(fields=["brand", "-created_at", "-id"], name="message_by_time"),
            models.Index(models.F("brand"), Lower("recipient"), name="message_by_recipient"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient}"

    @property
    def cause_id(self) -> str:
        """The primary key of the row that causes the message."""
        return self.cause.partition(":")[2]

    @classmethod
    def message_id_of(cls, pk: str) -> str:
        return f"<{pk}@{cls.MESSAGE_ID_DOMAIN}>"


class IdempotencyKey(BrandOwnedIndexed):
    """The answer to a request with this key; written in the transaction of its effect."""

    scope = models.CharField(max_length=160)  # operation and who asked
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of what was asked
    status = models.PositiveSmallIntegerField()
    body: Any = models.JSONField()
    created_at = models.DateTimeField(db_index=True)

    class Meta(BrandOwnedIndexed.Meta):
        db_table = "checkout_idempotencykey"  # the name from before the outbox was a room
        constraints = [
            models.UniqueConstraint(fields=["brand", "scope", "key"], name="idempotency_key_once")
        ]


class MailWording(BrandOwned):
    """A brand's own words for one kind of mail in one language. Empty fields keep the words that
    come with Showfloor; without a row, all do."""

    kind = models.CharField(_("mail"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    headline = models.CharField(_("headline"), max_length=150, blank=True)
    text = models.TextField(
        _("text"), max_length=4000, blank=True,
        help_text=_("Below the headline. A blank line begins a new paragraph."),
    )  # fmt: skip

    class Meta(BrandOwned.Meta):
        ordering = ["kind", "language"]
        verbose_name = _("text of a mail")
        verbose_name_plural = _("texts of mails")
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind", "language"], name="mail_wording_once")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"
