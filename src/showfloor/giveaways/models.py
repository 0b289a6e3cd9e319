"""Giveaways: what is drawn, the sealed entries, and who has a prize."""

from django.db import models
from django.db.models import Q

from showfloor.accounts.scoping import BrandScoped


class GiveawayState(models.TextChoices):
    DRAFT = "draft"  # prepared
    OPEN = "open"
    CLOSED = "closed"  # nobody can enter; the draw is a moment away
    DRAWN = "drawn"
    WITHDRAWN = "withdrawn"


class EntryRule(models.TextChoices):
    """What counts as one person. A person enters once by it, and once by their `sub`."""

    VIEWER = "viewer"  # this browser or account
    MEMBER = "member"  # members of the brand alone
    ORDER = "order"  # the e-mail address of an order, or a typed one: no purchase is needed
    EMAIL = "email"
    NETWORK = "network"


class PrizeState(models.TextChoices):
    RESERVE = "reserve"  # a substitute who waits
    OFFERED = "offered"
    CLAIMED = "claimed"
    DECLINED = "declined"
    LAPSED = "lapsed"  # not claimed in time, or the winner is erased or had another


class Giveaway(BrandScoped):
    """A prize for some of those who enter.

    Invariants: `head` is the head of the chain over the seals of entries 1…`entries`, changed in
    the transaction that writes them; the seed leaves the table only once the state is *drawn*.
    """

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    prize = models.CharField(max_length=200)
    terms = models.TextField(max_length=10_000)
    rule = models.CharField(max_length=10, choices=EntryRule, default=EntryRule.VIEWER)
    winners = models.PositiveIntegerField(default=1)
    substitutes = models.PositiveIntegerField(default=2)
    entries_max = models.PositiveIntegerField(default=100_000)
    claim_hours = models.PositiveIntegerField(default=168)
    state = models.CharField(max_length=10, choices=GiveawayState, default=GiveawayState.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)  # of the picture
    closes_at = models.DateTimeField(null=True)  # the last picture at which people can enter
    closed_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)
    sealed_seed = models.CharField(max_length=250, blank=True, default="")  # accounts/sealing.py
    commitment = models.CharField(max_length=64, blank=True, default="")
    round = models.BigIntegerField(default=0)  # of drand; 0: none takes part
    signature = models.CharField(max_length=96, blank=True, default="")  # of the round
    beacon_missing = models.CharField(max_length=20, blank=True, default="")  # why there is none
    # The entries of the timeline that open, close and draw it.
    opened_seq = models.BigIntegerField(default=0)
    closed_seq = models.BigIntegerField(default=0)
    drawn_seq = models.BigIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True, default="")

    class Meta(BrandScoped.Meta):
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["show", "state"]), models.Index(fields=["state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["show"], condition=Q(state="open"), name="one_open_giveaway"
            )
        ]


class DrawEntry(BrandScoped):
    """One sealed entry. The seal stays as long as its giveaway; the person goes when their data are
    erased."""

    brand_path = "giveaway__show__brand"

    giveaway = models.ForeignKey(Giveaway, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()  # from 1
    seal = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    entrant = models.CharField(max_length=64)  # the `sub` in the seal
    # The `sub` that the entry belongs to: the entrant's, or of the account that it signed in to.
    owner = models.CharField(max_length=64, db_index=True)
    identity = models.CharField(max_length=64)  # keyed hash of what the rule counts
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    entered_at = models.DateTimeField(null=True, db_index=True)  # null: the person is forgotten

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["giveaway", "number"], name="draw_entry_number"),
            models.UniqueConstraint(fields=["giveaway", "entrant"], name="one_draw_entry_each"),
            models.UniqueConstraint(fields=["giveaway", "identity"], name="one_draw_entry_by_rule"),
        ]


class Prize(BrandScoped):
    """A place in the draw's result: winners first, then substitutes."""

    brand_path = "giveaway__show__brand"

    giveaway = models.ForeignKey(Giveaway, on_delete=models.CASCADE, related_name="prizes")
    rank = models.PositiveIntegerField()  # from 0
    entry = models.OneToOneField(DrawEntry, on_delete=models.CASCADE, related_name="prize")
    state = models.CharField(max_length=10, choices=PrizeState, default=PrizeState.RESERVE)
    claim_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # claimed, declined or lapsed
    name = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=500, blank=True)
    email = models.EmailField(blank=True)

    class Meta(BrandScoped.Meta):
        ordering = ["rank"]
        indexes = [models.Index(fields=["state", "claim_until"])]
        constraints = [models.UniqueConstraint(fields=["giveaway", "rank"], name="prize_rank")]
