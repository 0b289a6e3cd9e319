"""The tables of comment to buy: the setting of a show, its codes, and the comments that asked."""

from typing import Any, override

from django.db import models
from django.db.models import Q

from showfloor.accounts.scoping import BrandScoped
from showfloor.comment_buying import rules


class RequestState(models.TextChoices):
    """`waiting → reserved` or `refused`."""

    WAITING = "waiting"
    RESERVED = "reserved"
    REFUSED = "refused"


def default_words() -> list[str]:
    return list(rules.WORDS)


class CommentBuying(BrandScoped):
    """Whether comments buy in a show, and how."""

    brand_path = "show__brand"

    show = models.OneToOneField("shows.Show", on_delete=models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=False)
    words: Any = models.JSONField(default=default_words)  # that may stand before a code
    shows_messages = models.BooleanField(default=True)  # False: kept out of the chat
    keeps_s = models.PositiveIntegerField(default=rules.KEEPS_S)


class CommentCode(BrandScoped):
    """What people write for a product of the show, or for one variant of it."""

    brand_path = "show__brand"

    show = models.ForeignKey(
        "shows.Show", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    code = models.CharField(max_length=rules.CODE_CHARS_MAX)  # as the producer wrote it
    folded = models.CharField(max_length=3 * rules.CODE_CHARS_MAX)
    product = models.ForeignKey("catalogue.Product", on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(
        "catalogue.Variant", null=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta(BrandScoped.Meta):
        ordering = ["folded"]
        constraints = [
            models.UniqueConstraint(fields=["show", "folded"], name="comment_code_once"),
        ]

    @override
    def __str__(self) -> str:
        return self.code


class CommentRequest(BrandScoped):
    """One comment that asks for units; the queue, and the record of what came of it. Its message
    may be deleted meanwhile: what was reserved stays reserved."""

    brand_path = "show__brand"

    show = models.ForeignKey(
        "shows.Show", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message_id = models.CharField(max_length=26, unique=True)
    owner = models.CharField(max_length=64)  # a token's `sub`
    language = models.CharField(max_length=10, blank=True)
    code = models.ForeignKey(CommentCode, null=True, on_delete=models.SET_NULL, related_name="+")
    quantity = models.PositiveIntegerField()
    show_time_s = models.FloatField()  # from the show's `started_at`
    state = models.CharField(max_length=8, choices=RequestState, default=RequestState.WAITING)
    reason = models.CharField(max_length=20, blank=True)  # of a refusal
    asked_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        constraints = [
            # A flood of one person is one row of the queue for each code.
            models.UniqueConstraint(
                fields=["show", "owner", "code"], condition=Q(state="waiting"),
                name="comment_waits_once",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["show", "asked_at", "id"],
                condition=Q(state="waiting"),
                name="comments_that_wait",
            ),
            models.Index(fields=["owner"], name="comments_of_owner"),
            models.Index(fields=["asked_at"], name="comments_by_age"),
        ]
