"""Keeping a show a good place: word rules, restrictions, reports, what waits for a moderator, and
an audit log that is only ever added to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped


class WordAction(models.TextChoices):
    BLOCK = "block", _("Refuse")
    HOLD = "hold", _("Hold for review")
    REPLACE = "replace", _("Replace")
    FLAG = "flag", _("Show and flag")


class WordRule(BrandOwned):
    """A word or pattern and what happens to a message that has it. `*` stands for any letters."""

    pattern = models.CharField(_("word or pattern"), max_length=80)
    language = models.CharField(_("language"), max_length=10, blank=True)  # empty: every one
    action = models.CharField(_("action"), max_length=10, choices=WordAction)
    replacement = models.CharField(_("replacement"), max_length=40, blank=True)
    catches_variants = models.BooleanField(_("also variants and leetspeak"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BrandOwned.Meta):
        ordering = ["pattern"]
        verbose_name = _("word rule")
        verbose_name_plural = _("word rules")
        constraints = [
            models.UniqueConstraint(fields=["brand", "pattern", "language"], name="word_rule_once")
        ]


class RestrictionKind(models.TextChoices):
    WARNING = "warning"  # to be acknowledged before they write again
    TIME_OUT = "time_out"  # may read, may not write
    SHADOW = "shadow"  # what they write only they see


class Restriction(BrandOwned):
    """Something laid on a person for a time. Bans are `accounts.Ban`."""

    subject = models.CharField(max_length=64)  # a token's `sub`
    network = models.CharField(max_length=64, blank=True)  # a guest's, so that a new cookie is none
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
    """Something that waits for a moderator: a held message or question, or one that was reported.
    `taken_by` has it open: for others it is locked until `taken_until`."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(
        "community.Message", null=True, on_delete=models.CASCADE, related_name="+"
    )
    question = models.ForeignKey(
        "community.Question", null=True, on_delete=models.CASCADE, related_name="+"
    )
    reason = models.CharField(max_length=20)  # word, link, first, report, flag, shield
    detail = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    taken_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_until = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta(BrandScoped.Meta):
        indexes = [models.Index(fields=["show", "state", "created_at"])]


class Report(BrandScoped):
    """One viewer's report of a message; one each."""

    brand_path = "message__show__brand"

    message = models.ForeignKey(
        "community.Message", on_delete=models.CASCADE, related_name="reports"
    )
    reporter = models.CharField(max_length=64)
    reason = models.CharField(max_length=20)  # spam, abuse, other
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["message", "reporter"], name="reported_once")
        ]


class AuditEntry(BrandOwned):
    """What a moderator did. Only ever added to; an undo is another entry that names it."""

    show = models.ForeignKey("shows.Show", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)  # `u:<id>`
    actor_name = models.CharField(max_length=80)
    action = models.CharField(max_length=30)  # `message.deleted`, `ban`, `shield.on`, …
    target = models.CharField(max_length=64, blank=True)  # an id
    target_name = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)  # what an undo needs
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="undone_by"
    )

    class Meta(BrandOwned.Meta):
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["brand", "at"])]
