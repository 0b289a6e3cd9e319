"""Auctions, their bidders, their bids, and the offers that follow the close."""

from typing import Any

from django.db import models
from django.db.models import Q

from showfloor.accounts.scoping import BrandScoped


class AuctionState(models.TextChoices):
    DRAFT = "draft"  # prepared
    ANNOUNCED = "announced"  # shown, and takes bids before it opens
    OPEN = "open"
    CLOSED = "closed"


class AuctionResult(models.TextChoices):
    SOLD = "sold"
    UNSOLD = "unsold"
    RESERVE = "reserve-not-met"
    CANCELLED = "cancelled"


class BidderRule(models.TextChoices):
    MEMBER = "member"  # somebody who is signed in
    CONFIRMED = "confirmed"  # and whose e-mail address is confirmed


class Pending(models.TextChoices):
    """What the job still has to do after the close."""

    NOTHING = ""
    OFFER = "offer"  # to the winner
    TELL = "tell"  # everyone, that somebody else is offered the piece, or that it is unsold
    BACK = "back"  # the piece, that nobody has won


class Auction(BrandScoped):
    """One piece that goes to the highest bidder. Amounts are minor units of `currency`.

    `leader`, `leader_max`, `second_max`, `price` are what the bids that count come to
    (`rules.Standing`), kept so that a bid reads one row.
    """

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(
        "catalogue.Variant", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    title = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    start_amount = models.BigIntegerField()
    increments: Any = models.JSONField()  # [[from amount, step], …], the first from 0
    reserve_amount = models.BigIntegerField(null=True)  # never told to viewers
    buy_now_amount = models.BigIntegerField(null=True)
    length_s = models.PositiveIntegerField()
    extend_s = models.PositiveIntegerField(default=10)  # soft close; 0: none
    checkout_s = models.PositiveIntegerField(default=900)  # the winner's time to pay
    bidders_rule = models.CharField(max_length=10, choices=BidderRule, default=BidderRule.CONFIRMED)
    state = models.CharField(max_length=10, choices=AuctionState, default=AuctionState.DRAFT)
    result = models.CharField(max_length=16, choices=AuctionResult, blank=True)
    pending = models.CharField(max_length=5, choices=Pending, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    announced_at = models.DateTimeField(null=True)  # of the picture
    opened_at = models.DateTimeField(null=True)  # of the picture
    ends_at = models.DateTimeField(null=True)  # server time of the last picture that takes bids
    closed_at = models.DateTimeField(null=True)
    kept_until = models.DateTimeField(null=True)  # end of the stock hold of its piece (`keeping`)
    leader = models.PositiveIntegerField(null=True)  # the number of the bidder who leads
    leader_max = models.BigIntegerField(null=True)
    second_max = models.BigIntegerField(null=True)
    price = models.BigIntegerField(default=0)
    bids = models.PositiveIntegerField(default=0)  # that count
    bidders = models.PositiveIntegerField(default=0)  # numbers given out

    class Meta(BrandScoped.Meta):
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["show", "state"]),
            models.Index(
                fields=["ends_at"], name="auction_due",
                condition=Q(state__in=["announced", "open"]),
            ),
            models.Index(fields=["pending"], name="auction_pending", condition=~Q(pending="")),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["show"], condition=Q(state="open"), name="one_open_auction"
            )
        ]


class BidderState(models.TextChoices):
    BIDS = "bids"
    BANNED = "banned"
    DEFAULTED = "defaulted"  # won, and did not pay in time or said no
    ERASED = "erased"


class Bidder(BrandScoped):
    """One person in one auction. Everyone else sees the number alone."""

    brand_path = "auction__show__brand"

    auction = models.ForeignKey(Auction, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=64)  # a token's `sub`
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=BidderState, default=BidderState.BIDS)
    accepted_at = models.DateTimeField()  # that bids are binding
    retractions = models.PositiveIntegerField(default=0)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["auction", "subject"], name="one_bidder_each"),
            models.UniqueConstraint(fields=["auction", "number"], name="bidder_number_once"),
        ]


class BidState(models.TextChoices):
    COUNTS = "counts"
    RETRACTED = "retracted"
    VOID = "void"  # its bidder was banned, defaulted or erased


class Bid(BrandScoped):
    """A maximum that somebody offered. Bids are ordered by `seq` of their entry on the timeline,
    those of one entry by `place`."""

    brand_path = "auction__show__brand"

    auction = models.ForeignKey(Auction, on_delete=models.CASCADE, related_name="+")
    bidder = models.ForeignKey(Bidder, on_delete=models.CASCADE, related_name="+")
    maximum = models.BigIntegerField()
    seq = models.BigIntegerField()
    place = models.PositiveIntegerField()
    at = models.DateTimeField()  # when it arrived
    picture_at = models.DateTimeField()  # the picture that it counts at
    state = models.CharField(max_length=10, choices=BidState, default=BidState.COUNTS)
    retracted_at = models.DateTimeField(null=True)
    command_id = models.CharField(max_length=64)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["auction", "seq", "place"], name="bid_place_once"),
            models.UniqueConstraint(fields=["bidder", "command_id"], name="bid_sent_once"),
        ]


class OfferState(models.TextChoices):
    OPEN = "open"
    PAID = "paid"
    LAPSED = "lapsed"
    NO_STOCK = "no-stock"


class Offer(BrandScoped):
    """The piece as it is offered to one bidder at one price, after the close. `round` counts from
    1: the winner, then the next."""

    brand_path = "auction__show__brand"

    auction = models.ForeignKey(Auction, on_delete=models.CASCADE, related_name="+")
    bidder = models.ForeignKey(Bidder, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=OfferState, default=OfferState.OPEN)
    reservation_id = models.CharField(max_length=26, blank=True)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(fields=["auction", "round"], name="offer_round_once"),
            models.UniqueConstraint(
                fields=["auction"], condition=Q(state__in=["open", "paid"]), name="one_winner"
            ),
        ]
