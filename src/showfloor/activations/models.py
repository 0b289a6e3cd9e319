"""Activation points: what viewers can do that is not a purchase, and what they did."""

from django.db import models

from showfloor.accounts.scoping import BrandScoped


class ActivationState(models.TextChoices):
    DRAFT = "draft"  # prepared
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Activation(BrandScoped):
    """One point. `payload` is what its kind reads (`activations/kinds`). `taken` counts the answers
    that stand, in the transaction that writes them."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    text = models.CharField(max_length=500, blank=True)
    payload = models.JSONField(default=dict)
    # The words that a person agrees to; empty: nothing is asked. Another text is another version.
    consent = models.CharField(max_length=1000, blank=True)
    consent_version = models.PositiveIntegerField(default=1)
    # What people give is used for more than the thing itself: no point without a consent then.
    for_marketing = models.BooleanField(default=False)
    takes_max = models.PositiveIntegerField(default=0)  # in all; 0: no limit
    per_person = models.PositiveIntegerField(default=1)
    in_replay = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=ActivationState, default=ActivationState.DRAFT)
    taken = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)  # of the picture
    closed_at = models.DateTimeField(null=True)

    class Meta(BrandScoped.Meta):
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["show", "state"])]


class ActivationAnswer(BrandScoped):
    """One booking, request, sign-up, download, click or answer of one person."""

    brand_path = "activation__show__brand"

    activation = models.ForeignKey(Activation, on_delete=models.CASCADE, related_name="answers")
    # The `sub` that the answer belongs to: the one that answered, or of the account that a guest
    # has signed in to. Both count for the limit of one person: the guest's cookie stays.
    person = models.CharField(max_length=64, db_index=True)
    answered_by = models.CharField(max_length=64, default="", db_default="")
    values = models.JSONField(default=dict)  # by the names of the kind's fields
    pool = models.CharField(max_length=40, blank=True)  # a slot, whose places are counted
    consent = models.CharField(max_length=1000, blank=True)  # as it was agreed to
    consent_version = models.PositiveIntegerField(default=0)  # 0: nothing was asked
    language = models.CharField(max_length=10, blank=True)
    given_at = models.DateTimeField(db_index=True)
    confirmed_at = models.DateTimeField(null=True)  # by the link of the mail, where one is sent
    cancelled_at = models.DateTimeField(null=True)

    class Meta(BrandScoped.Meta):
        ordering = ["given_at", "pk"]
        indexes = [
            models.Index(fields=["activation", "person"]),
            models.Index(fields=["answered_by", "activation"], name="answers_by_answerer"),
        ]
