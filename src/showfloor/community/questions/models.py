"""Questions to the people on camera."""

from django.db import models
from django.db.models import Q

from showfloor.accounts.scoping import BrandScoped


class QuestionState(models.TextChoices):
    """`open → picked → answered / dismissed`; `held` before a moderator approves it. Of a removed
    question only the row is left, without its words."""

    HELD = "held"
    SHADOWED = "shadowed"  # shown to its author alone, who is not told
    OPEN = "open"
    PICKED = "picked"
    ANSWERED = "answered"
    DISMISSED = "dismissed"
    MERGED = "merged"  # its votes count for `merged_into`
    REMOVED = "removed"


class Question(BrandScoped):
    """A question. `votes` is the number of people who want to know, each once: the author, and the
    people behind the questions merged into it. It is counted in the transaction that writes a
    vote."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    author = models.CharField(max_length=64)  # a token's `sub`
    author_name = models.CharField(max_length=30)
    author_role = models.CharField(max_length=20, default="guest")
    network = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    client_id = models.CharField(max_length=64)
    text = models.CharField(max_length=280)
    text_hash = models.CharField(max_length=16, blank=True)  # of the typed text, as for messages
    product = models.ForeignKey(
        "catalogue.Product", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=QuestionState, default=QuestionState.OPEN)
    votes = models.PositiveIntegerField(default=1)
    seq = models.BigIntegerField(null=True)  # of `question.asked`; null: not on the timeline
    asked_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    picked_at = models.DateTimeField(null=True)  # of the picture
    answering = models.ForeignKey(  # someone is writing an answer
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answering_until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)  # on air: the picture; in writing: the moment
    is_answered_on_air = models.BooleanField(default=False)
    answer = models.CharField(max_length=500, blank=True)  # in writing
    is_answer_private = models.BooleanField(default=False)
    answered_by = models.CharField(max_length=80, blank=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["show", "author", "client_id"], name="question_asked_once"
            )
        ]
        indexes = [
            models.Index(fields=["show", "state", "-votes"]),
            models.Index(
                fields=["product"], name="question_answered_for",
                condition=Q(state="answered"),
            ),
        ]  # fmt: skip


class QuestionVote(BrandScoped):
    """One person's vote for one question. It stays where it was given when that question is
    merged."""

    brand_path = "question__show__brand"

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    voter = models.CharField(max_length=64)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["question", "voter"], name="question_vote_once")
        ]
