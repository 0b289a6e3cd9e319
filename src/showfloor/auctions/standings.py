"""An auction under its lock: what its bids come to, kept in its row and told by entries."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from showfloor.accounts import bans
from showfloor.auctions import rules
from showfloor.auctions.events import AuctionLook, AuctionStanding
from showfloor.auctions.models import (
    Auction,
    AuctionState,
    Bid,
    Bidder,
    BidderState,
    BidState,
)
from showfloor.auctions.rules import Standing, Terms
from showfloor.kernel.clock import iso_ms
from showfloor.shows.models import Show
from showfloor.timeline.log import NewEntry

TAKES_BIDS = frozenset({AuctionState.ANNOUNCED, AuctionState.OPEN})
STANDING = ("leader", "leader_max", "second_max", "price", "bids", "bidders", "ends_at")


def locked(show: Show, auction_ids: Collection[str]) -> dict[str, Auction]:
    """Return auctions of the show, kept for this transaction, with their variants."""
    rows = Auction.objects.for_brand(show.brand_id).filter(show=show, pk__in=auction_ids)
    rows = rows.select_for_update(of=("self",), no_key=True).select_related("variant")
    found = {one.pk: one for one in rows.order_by("pk")}
    for one in found.values():
        one.show = show
    return found


def terms_of(auction: Auction) -> Terms:
    steps = [(start, step) for start, step in auction.increments]
    return Terms(auction.start_amount, steps, auction.reserve_amount)


def standing_of(auction: Auction) -> Standing:
    return Standing(auction.leader, auction.leader_max, auction.second_max)


def set_standing(auction: Auction, standing: Standing) -> None:
    """Put a standing into the row, which the caller saves."""
    auction.leader, auction.leader_max = standing.leader, standing.leader_max
    auction.second_max = standing.second
    auction.price = rules.price_of(terms_of(auction), standing)


def recompute(auction: Auction) -> None:
    """Put into the row what the bids that count come to, and save it."""
    rows = Bid.objects.all_brands().filter(auction=auction, state=BidState.COUNTS)
    bids = list(rows.order_by("seq", "place").values_list("bidder__number", "maximum"))
    set_standing(auction, rules.standing_of(bids))
    auction.bids = len(bids)
    auction.save(update_fields=STANDING)


def void(auction: Auction, bidders: Collection[Bidder], state: BidderState) -> None:
    """Let the bids of these people count no longer, and recompute."""
    ids = [one.pk for one in bidders]
    Bidder.objects.all_brands().filter(pk__in=ids).update(state=state)
    rows = Bid.objects.all_brands().filter(bidder__in=ids, state=BidState.COUNTS)
    rows.update(state=BidState.VOID)
    recompute(auction)


def void_banned(auction: Auction) -> bool:
    """Let the bids of people who are banned by now count no longer; return whether there were
    any."""
    banned = list(_banned(auction))
    if banned:
        void(auction, banned, BidderState.BANNED)
    return bool(banned)


def void_lost_leader(auction: Auction) -> bool:
    """Let the bids of a leader who is banned or erased by now count no longer; return whether it
    was so. The price of any other leader stays as it was told."""
    assert auction.leader is not None, "a sold piece has a buyer"
    (leader,) = Bidder.objects.all_brands().filter(auction=auction, number=auction.leader)
    if leader.state == BidderState.BIDS and not _banned(auction).filter(pk=leader.pk).exists():
        return False
    is_erased = leader.state == BidderState.ERASED
    void(auction, [leader], BidderState.ERASED if is_erased else BidderState.BANNED)
    return True


def leave(auction: Auction, bidder: Bidder) -> None:
    """Let a person who is erased after the close be offered nothing. The price stays: it was told.
    The leader's bids count until the offer is over, and then no longer."""
    Bidder.objects.all_brands().filter(pk=bidder.pk).update(state=BidderState.ERASED)
    if bidder.number != auction.leader:
        rows = Bid.objects.all_brands().filter(bidder=bidder, state=BidState.COUNTS)
        rows.update(state=BidState.VOID)


def _banned(auction: Auction) -> QuerySet[Bidder]:
    bidding = Bidder.objects.all_brands().filter(auction=auction, state=BidderState.BIDS)
    return bidding.filter(subject__in=bans.standing(auction.show.brand_id).values("subject"))


def look(auction: Auction) -> AuctionLook:
    variant = auction.variant
    return {
        "auction_id": auction.pk,
        "title": auction.title,
        "variant_id": auction.variant_id,
        "product_id": variant.product_id if variant is not None else None,
        "currency": auction.currency,
        "start_amount": auction.start_amount,
        "increments": [{"from_amount": start, "step": step} for start, step in auction.increments],
        "has_reserve": auction.reserve_amount is not None,
        "buy_now_amount": auction.buy_now_amount,
        "extend_s": auction.extend_s,
        "checkout_s": auction.checkout_s,
        "bidders_rule": auction.bidders_rule,
    }


def told(auction: Auction) -> AuctionStanding:
    """Return the standing as everyone sees it: without anybody's maximum, and before the auction
    opens without the price that bids come to."""
    terms, standing = terms_of(auction), standing_of(auction)
    is_open = auction.state != AuctionState.ANNOUNCED
    price = auction.price if is_open else auction.start_amount
    has_bids = is_open and auction.leader is not None
    return {
        "auction_id": auction.pk,
        "price": price,
        "minimum": rules.minimum(terms, price, has_bids=has_bids),
        "leader": auction.leader if is_open else None,
        "bids": auction.bids,
        "reserve_met": is_open and rules.is_reserve_met(terms, standing),
        "buy_now": is_open and rules.can_buy_now(terms, standing, auction.buy_now_amount),
        "ends_at": iso_ms(auction.ends_at) if auction.ends_at is not None else None,
    }


def bid_entry(auction: Auction, cause: str) -> NewEntry:
    return NewEntry("auction.bid", {**told(auction), "cause": cause})


def extended_entry(auction: Auction) -> NewEntry:
    assert auction.ends_at is not None, "an open auction ends"
    body: Mapping[str, Any] = {"auction_id": auction.pk, "ends_at": iso_ms(auction.ends_at)}
    return NewEntry("auction.extended", body)
