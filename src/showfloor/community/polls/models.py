"""Polls and quizzes."""

from django.db import models
from django.db.models import Q

from showfloor.accounts.scoping import BrandScoped


class PollState(models.TextChoices):
    DRAFT = "draft"  # prepared
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Poll(BrandScoped):
    """A question with options. A quiz has right answers, told when it closes."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    question = models.CharField(max_length=200)
    choices_max = models.PositiveIntegerField(default=1)  # 1: single choice
    is_quiz = models.BooleanField(default=False)
    hides_tally = models.BooleanField(default=False)  # until it is closed
    state = models.CharField(max_length=10, choices=PollState, default=PollState.DRAFT)
    voters = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)  # of the picture
    closed_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)  # by itself

    class Meta(BrandScoped.Meta):
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["show", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["show"], condition=Q(state="open"), name="one_open_poll"
            )
        ]


class PollOption(BrandScoped):
    """`votes` is counted in the transaction that writes a ballot."""

    brand_path = "poll__show__brand"

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="options")
    text = models.CharField(max_length=80)
    position = models.PositiveIntegerField()
    is_right = models.BooleanField(default=False)
    votes = models.PositiveIntegerField(default=0)

    class Meta(BrandScoped.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "position"], name="poll_option_place")
        ]


class Ballot(BrandScoped):
    """One person's vote, which may be changed while the poll is open. Two tabs are one person."""

    brand_path = "poll__show__brand"

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="+")
    voter = models.CharField(max_length=64)  # a token's `sub`
    options = models.JSONField()  # positions, sorted
    cast_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        constraints = [models.UniqueConstraint(fields=["poll", "voter"], name="one_ballot_each")]
