"""Tables of safety: chat settings, word rules, restrictions, review items, and an audit log that is
only ever added to."""

from collections.abc import Sequence
from typing import Any, ClassVar, override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandManager, BrandOwned, BrandScoped


class ChatMode(models.TextChoices):
    """The people who may write in a show."""

    EVERYONE = "everyone", _("Everyone")
    SIGNED_IN = "signed_in", _("People who are signed in")
    CUSTOMERS = "customers", _("Customers")
    TRAIT = "trait", _("Holders of a trait")
    STAFF = "staff", _("Staff only")


class ChatSettings(BrandScoped):
    """The chat rules of one show. Without a row everyone may write, and there is no slow mode."""

    brand_path = "show__brand"

    show = models.OneToOneField("shows.Show", on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=10, choices=ChatMode, default=ChatMode.EVERYONE)
    trait = models.CharField(max_length=40, blank=True)  # with mode `trait`
    slow_s = models.PositiveIntegerField(default=0)  # least time between two messages of a person
    holds_links = models.BooleanField(default=False)  # links are held, in place of being refused
    holds_first = models.BooleanField(default=False)  # each person's first message is held
    shield = models.BooleanField(default=False)
    # The settings to put back when the shield goes down.
    before_shield = models.JSONField(default=dict)


class WordAction(models.TextChoices):
    BLOCK = "block", _("Refuse")
    HOLD = "hold", _("Hold for review")
    REPLACE = "replace", _("Replace")
    FLAG = "flag", _("Show and flag")


class WordRule(BrandOwned):
    """A word or pattern, and the action on a message that has it. `*` stands for any letters."""

    pattern = models.CharField(_("word or pattern"), max_length=80)
    language = models.CharField(_("language"), max_length=10, blank=True)  # empty: every one
    action = models.CharField(_("action"), max_length=10, choices=WordAction)
    replacement = models.CharField(_("replacement"), max_length=40, blank=True)
    catches_variants = models.BooleanField(_("also variants and leetspeak"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta(BrandOwned.Meta):
        ordering = ["pattern"]
        verbose_name = _("word rule")
        verbose_name_plural = _("word rules")
        constraints = [
            models.UniqueConstraint(fields=["brand", "pattern", "language"], name="word_rule_once")
        ]

    @override
    def __str__(self) -> str:
        return self.pattern


class RestrictionKind(models.TextChoices):
    WARNING = "warning"  # has to be acknowledged before the person writes again
    TIME_OUT = "time_out"  # the person may read and not write
    SHADOW = "shadow"  # only the person sees what they write


class Restriction(BrandOwned):
    """A restriction of one person for a time. Bans are `accounts.Ban`."""

    subject = models.CharField(max_length=64)  # a token's `sub`
    # Of a guest: the address, so that a new cookie does not help, and the network after a comeback.
    address = models.CharField(max_length=64, blank=True)
    network = models.CharField(max_length=64, blank=True)
    covers_network = models.BooleanField(default=False)
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=10, choices=RestrictionKind)
    reason = models.CharField(max_length=200, blank=True)
    show = models.ForeignKey("shows.Show", null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    until = models.DateTimeField(null=True)  # warnings have none
    acknowledged_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta(BrandOwned.Meta):
        indexes = [models.Index(fields=["brand", "subject"])]


class ReviewState(models.TextChoices):
    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"


class ReviewItem(BrandScoped):
    """A held message or question, or one that was reported or flagged, until a moderator decides.
    `taken_by` has it open: for others it is locked until `taken_until`."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(
        "community.Message", null=True, on_delete=models.CASCADE, related_name="+"
    )
    question = models.ForeignKey(
        "community.Question", null=True, on_delete=models.CASCADE, related_name="+"
    )
    reason = models.CharField(max_length=20)  # word, unchecked, link, first, report, flag
    detail = models.CharField(max_length=200, blank=True)
    reports = models.PositiveIntegerField(default=0)  # by different people
    seq = models.BigIntegerField(null=True)  # of `review.added` backstage, which has the words
    state = models.CharField(max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    taken_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_until = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta(BrandScoped.Meta):
        indexes = [models.Index(fields=["show", "state", "created_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["message"], condition=Q(state="open"), name="message_waits_once"
            ),
            models.UniqueConstraint(
                fields=["question"], condition=Q(state="open"), name="question_waits_once"
            ),
        ]


class OnlyEverAdded(AssertionError):
    """Somebody tried to change or delete a line of the audit log."""


class _AddOnly(models.QuerySet[Any]):
    @override
    def update(self, **values: Any) -> int:
        # Django does this when the show is deleted: the line outlives it.
        if values == {"show": None}:
            return super().update(**values)
        raise OnlyEverAdded("lines of the audit log are not changed")

    @override
    def delete(self) -> tuple[int, dict[str, int]]:
        raise OnlyEverAdded("lines of the audit log are not deleted")


class _AuditManager(BrandManager["AuditEntry"]):
    _queryset_class = _AddOnly


class _UnscopedAuditManager(models.Manager[Any]):
    _queryset_class = _AddOnly


class AuditEntry(BrandOwned):
    """One action of a moderator. Lines are only ever added; an undo is another line that names this
    one."""

    objects: ClassVar[BrandManager["AuditEntry"]] = _AuditManager()
    unscoped: ClassVar[models.Manager[Any]] = _UnscopedAuditManager()

    show = models.ForeignKey(
        "shows.Show", null=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("show"),
    )  # fmt: skip
    at = models.DateTimeField(_("at"))
    actor = models.CharField(max_length=64)  # `u:<id>`
    actor_name = models.CharField(_("who"), max_length=80)
    action = models.CharField(
        _("action"), max_length=30
    )  # `message.deleted`, `ban`, `shield.on`, …
    target = models.CharField(max_length=64, blank=True)  # an id
    target_name = models.CharField(_("whom"), max_length=30, blank=True)
    subject = models.CharField(max_length=64, blank=True)  # whom it concerns: a token's `sub`
    seq = models.BigIntegerField(null=True)  # of `audit.logged`, backstage
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    detail = models.JSONField(default=dict)  # what an undo needs
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="undone_by"
    )

    class Meta(BrandOwned.Meta):
        ordering = ["-pk"]
        verbose_name = _("audit line")
        verbose_name_plural = _("audit log")
        indexes = [models.Index(fields=["brand", "subject"])]

    @override
    def __str__(self) -> str:
        return f"{self.action} · {self.actor_name}"

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise OnlyEverAdded("lines of the audit log are not changed")
        super().save(*args, **kwargs)

    @override
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise OnlyEverAdded("lines of the audit log are not deleted")

    @classmethod
    def forget_names(cls, brand_id: str, ids: Sequence[str]) -> None:
        """Take the names out of these lines, the one change that there is, when somebody is erased.
        The action stays."""
        rows = models.QuerySet[AuditEntry](cls).filter(brand_id=brand_id, pk__in=ids)
        rows.update(target_name="", reason="")

    @classmethod
    def forget_actor(cls, brand_id: str, actor: str) -> None:
        """Take the name of an erased actor out of all lines of theirs."""
        rows = models.QuerySet[AuditEntry](cls).filter(brand_id=brand_id, actor=actor)
        rows.update(actor_name="")
