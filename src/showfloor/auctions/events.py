"""Auctions as they stand on the timeline, and what one bidder alone is told."""

from typing import TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class AuctionStep(TypedDict):
    """From this amount on, a bid is at least this much higher."""

    from_amount: int
    step: int


class AuctionLook(TypedDict):
    """The part of an auction that stays. Amounts are minor units of `currency`. The reserve's
    amount is told to nobody."""

    auction_id: str
    title: str
    variant_id: str | None
    product_id: str | None
    currency: str
    start_amount: int
    increments: list[AuctionStep]
    has_reserve: bool
    buy_now_amount: int | None
    extend_s: int
    checkout_s: int
    bidders_rule: str


class AuctionStanding(TypedDict):
    """How an auction stands. `leader`: the number of the bidder who leads; before it opens null, as
    the price is not known then. `minimum`: the least that a next bid must offer. `buy_now`: whether
    the piece can still be bought at once."""

    auction_id: str
    price: int
    minimum: int
    leader: int | None
    bids: int
    reserve_met: bool
    buy_now: bool
    ends_at: str | None


class AuctionAnnounced(AuctionLook):
    pass


class AuctionOpened(AuctionLook):
    standing: AuctionStanding


class AuctionBid(AuctionStanding):
    """`cause`: `bid`; `retracted`; `void` when bids of a banned or erased person stop counting."""

    cause: str


class AuctionExtended(TypedDict):
    auction_id: str
    ends_at: str


class AuctionClosed(TypedDict):
    """`result`: `sold`, `unsold`, `reserve-not-met`, `cancelled`. `leader`, `price`: of a sale."""

    auction_id: str
    result: str
    price: int | None
    leader: int | None
    bids: int


KINDS = (
    EntryKind(
        "auction.announced", Release.PICTURE, True, AuctionAnnounced,
        "An auction is shown, and takes bids before it opens.",
    ),
    EntryKind(
        "auction.opened", Release.PICTURE, True, AuctionOpened,
        "An auction is on air; it ends at the picture of `ends_at`.",
    ),
    EntryKind(
        "auction.bid", Release.NOW, True, AuctionBid,
        "One or more bids were taken, or bids stopped counting: how the auction stands.",
    ),
    EntryKind(
        "auction.extended", Release.NOW, True, AuctionExtended,
        "A late bid has moved the end.",
    ),
    EntryKind(
        "auction.closed", Release.NOW, True, AuctionClosed, "The auction is over.",
    ),
)  # fmt: skip


class Outbid(TypedDict):
    """Somebody has offered more than the bidder's maximum, or as much before."""

    auction_id: str
    title: str
    price: int
    minimum: int
    currency: str


class AuctionOffer(TypedDict):
    """The bidder has won, or is next after somebody who did not pay (`round` above 1), and can buy
    the piece at `amount` until then."""

    auction_id: str
    title: str
    amount: int
    currency: str
    round: int
    until: str


class OfferExpired(TypedDict):
    """The bidder has bought the piece (`paid`), or said no, or the time of the offer is over."""

    auction_id: str
    title: str
    paid: bool


PRIVATE_KINDS = (
    EntryKind("auction.outbid", Release.NOW, False, Outbid, "The bidder leads no more."),
    EntryKind("auction.offer", Release.NOW, False, AuctionOffer, "The bidder can buy the piece."),
    EntryKind(
        "auction.offer_over",
        Release.NOW,
        False,
        OfferExpired,
        "The bidder's offer is over.",
        version=2,
    ),
)
