"""Tables of notice-and-action: notices of illegal content with their decisions, and complaints.

The invariants: a notice is decided once, by a person (what a filter held and nobody decided in time
is refused by that); a complaint comes after the decision, once
from each side, and is decided by a person, too.
"""

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.community.safety.takedowns import AutomatedMeans


class ContentKind(models.TextChoices):
    """The subject of a notice; `person`: somebody who was banned; `other`: an address that leads to
    none of them."""

    MESSAGE = "message", _("Chat message")
    QUESTION = "question", _("Question")
    POLL = "poll", _("Poll")
    SHOW = "show", _("Show or replay")
    PRODUCT = "product", _("Product")
    PERSON = "person", _("A person's way in")
    OTHER = "other", _("Something else")


class IllegalCategory(models.TextChoices):
    CHILD_ABUSE = "child_abuse", _("Sexual abuse of children")
    THREAT = "threat", _("Threat or violence")
    HATE = "hate", _("Hate or insult")
    FRAUD = "fraud", _("Fraud or deception")
    GOODS = "goods", _("Unsafe or forbidden product")
    RIGHTS = "rights", _("Copyright, trademark or another right of mine")
    PRIVACY = "privacy", _("Personal data or pictures of somebody")
    OTHER = "other", _("Something else")


class NoticeState(models.TextChoices):
    """`open → removed / restricted / lawful`; only a person decides."""

    OPEN = "open", _("To be decided")
    REMOVED = "removed", _("Removed")
    RESTRICTED = "restricted", _("Restricted")
    LAWFUL = "lawful", _("Not illegal, stays")


class NoticeOrigin(models.TextChoices):
    """Art. 17(3)(b)."""

    NOTICE = "notice", _("Notice of somebody")
    OWN = "own", _("Found by a moderator")


class GroundKind(models.TextChoices):
    """Art. 17(3)(d) and (e)."""

    LAW = "law", _("It is illegal")
    TERMS = "terms", _("It breaks our terms")


class ContentNotice(BrandOwned):
    """A notice that something is illegal (Art. 16), and the decision about it (Art. 17). One of our
    own (`origin`) is the statement of reasons for what a moderator took down without a notice.

    `content` is the text as it stood when the notice came, since a removed message has no words any
    more and a complaint about it has to be judged.
    """

    origin = models.CharField(
        _("came by"), max_length=6, choices=NoticeOrigin, default=NoticeOrigin.NOTICE
    )
    location = models.CharField(_("address of the content"), max_length=1000)
    kind = models.CharField(_("content"), max_length=10, choices=ContentKind)
    target = models.CharField(max_length=64, blank=True)  # an id
    show = models.ForeignKey(
        "shows.Show", null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("show")
    )
    content = models.TextField(_("its words"), max_length=4000, blank=True)
    author = models.CharField(max_length=64, blank=True)  # a token's `sub`; empty: the brand
    author_name = models.CharField(_("author"), max_length=80, blank=True)
    category = models.CharField(_("reason"), max_length=12, choices=IllegalCategory)
    explanation = models.TextField(_("explanation"), max_length=4000)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    notifier = models.CharField(max_length=64, blank=True)  # a token's `sub`
    language = models.CharField(max_length=10, default="en")
    submitted_at = models.DateTimeField(_("came at"))
    due_at = models.DateTimeField(_("decide by"))
    state = models.CharField(
        _("state"), max_length=10, choices=NoticeState, default=NoticeState.OPEN
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    ground = models.CharField(_("on which ground"), max_length=5, choices=GroundKind, blank=True)
    clause = models.CharField(_("law or clause"), max_length=200, blank=True)
    automated = models.CharField(
        _("automated means"), max_length=7, choices=AutomatedMeans, default=AutomatedMeans.NONE
    )
    measure = models.CharField(_("what was done"), max_length=300, blank=True)
    reason = models.TextField(_("facts and reason"), max_length=2000, blank=True)

    class Meta(BrandOwned.Meta):
        ordering = ["due_at"]
        verbose_name = _("notice of illegal content")
        verbose_name_plural = _("notices of illegal content")
        indexes = [
            models.Index(fields=["brand", "state", "due_at"], name="notice_by_deadline"),
            models.Index(fields=["brand", "author"], name="notice_by_author"),
            models.Index(fields=["decided_at"], name="notice_by_decision"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=NoticeState.OPEN.value, decided_at__isnull=True)
                | (~Q(state=NoticeState.OPEN.value) & Q(decided_at__isnull=False) & ~Q(reason="")),
                name="notice_decided_with_reason",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_category_display()}"


class ComplaintSide(models.TextChoices):
    NOTIFIER = "notifier", _("Person who sent the notice")
    AUTHOR = "author", _("Author of the content")


class ComplaintState(models.TextChoices):
    OPEN = "open", _("To be decided")
    GRANTED = "granted", _("Granted")
    REJECTED = "rejected", _("Rejected")


class PutBack(models.TextChoices):
    """What became of removed content, or of a ban, when the person was right."""

    BACK = "back", _("It is shown again.")
    LET_IN = "let-in", _("The ban is lifted.")
    SHOW_OVER = "over", _("It cannot be shown again: its show is over, or its author was erased.")
    BY_HAND = "by-hand", _("It was not put back by itself; we do what follows by hand.")


class NoticeComplaint(BrandScoped):
    """A complaint about a decision (Art. 20)."""

    brand_path = "notice__brand"

    notice = models.ForeignKey(
        ContentNotice, on_delete=models.CASCADE, related_name="complaints", verbose_name=_("notice")
    )
    side = models.CharField(_("who complains"), max_length=8, choices=ComplaintSide)
    text = models.TextField(_("complaint"), max_length=2000)
    email = models.EmailField(_("e-mail for the answer"), blank=True)
    language = models.CharField(max_length=10, default="en")
    submitted_at = models.DateTimeField(_("came at"))
    state = models.CharField(
        _("state"), max_length=8, choices=ComplaintState, default=ComplaintState.OPEN
    )
    answer = models.TextField(_("answer with reasons"), max_length=2000, blank=True)
    put_back = models.CharField(
        _("the content"), max_length=8, choices=PutBack, blank=True, default=""
    )  # of an author's complaint that was granted
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip

    class Meta(BrandScoped.Meta):
        ordering = ["submitted_at"]
        verbose_name = _("complaint about a decision")
        verbose_name_plural = _("complaints about decisions")
        indexes = [models.Index(fields=["state", "submitted_at"], name="complaint_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["notice", "side"], name="complaint_of_side_once")
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_side_display()} · {self.notice}"
