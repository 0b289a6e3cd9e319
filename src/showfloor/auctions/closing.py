"""The end of an auction, and the offers that follow it.

The winner is offered the piece at the price. Who does not pay in time, or says no, has bid as
though never: their bids count no longer, and the piece goes to the bidder whom the others' bids
come to, at the price that they come to, which is never above that bidder's own maximum. Where no
bid is left, or none that reaches the reserve, the piece is unsold.
"""

from datetime import datetime, timedelta

from django.db.models import Max

from showfloor.auctions import rules, standings
from showfloor.auctions.models import (
    Auction,
    AuctionResult,
    AuctionState,
    Bidder,
    BidderState,
    Offer,
    OfferState,
)
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.ids import new_id
from showfloor.timeline.log import NewEntry

# The entry for everyone, and what one person alone is told.
type Closed = tuple[NewEntry, tuple[str, list[NewEntry]] | None]


def close(auction: Auction, now: datetime) -> Closed:
    """Close an auction that the caller has locked, whose bids are those that count."""
    terms, standing = standings.terms_of(auction), standings.standing_of(auction)
    if standing.leader is None:
        return _end(auction, AuctionResult.UNSOLD, now), None
    if not rules.is_reserve_met(terms, standing):
        return _end(auction, AuctionResult.RESERVE, now), None
    return sell(auction, _bidder(auction, standing.leader), auction.price, now)


def sell(auction: Auction, bidder: Bidder, amount: int, now: datetime) -> Closed:
    """Close an auction with a sale at this amount, and offer the piece to the buyer."""
    auction.price = amount
    entry = _end(auction, AuctionResult.SOLD, now)
    return entry, _offer(auction, bidder, amount, now)


def cancel(auction: Auction, now: datetime) -> NewEntry:
    return _end(auction, AuctionResult.CANCELLED, now)


def offer_next(auction: Auction, lapsed: Offer, now: datetime) -> Closed:
    """Offer the piece to the next bidder, after an offer that came to nothing."""
    standings.void(auction, [lapsed.bidder], BidderState.DEFAULTED)
    return close(auction, now)


def _end(auction: Auction, result: AuctionResult, now: datetime) -> NewEntry:
    auction.state, auction.result = AuctionState.CLOSED, result
    auction.closed_at = auction.closed_at or now
    auction.save(update_fields=[*standings.STANDING, "state", "result", "closed_at"])
    is_sold = result == AuctionResult.SOLD
    body = {
        "auction_id": auction.pk,
        "result": str(result),
        "price": auction.price if is_sold else None,
        "leader": auction.leader if is_sold else None,
        "bids": auction.bids,
    }
    return NewEntry("auction.closed", body)


def _bidder(auction: Auction, number: int) -> Bidder:
    return Bidder.objects.all_brands().get(auction=auction, number=number)


def _offer(
    auction: Auction, bidder: Bidder, amount: int, now: datetime
) -> tuple[str, list[NewEntry]]:  # fmt: skip
    rounds = Offer.objects.all_brands().filter(auction=auction).aggregate(last=Max("round"))
    offer = Offer(
        pk=new_id(), auction=auction, bidder=bidder, round=(rounds["last"] or 0) + 1,
        amount=amount, at=now, until=now + timedelta(seconds=auction.checkout_s),
        state=OfferState.OPEN,
    )  # fmt: skip
    offer.save(force_insert=True)
    body = {
        "auction_id": auction.pk, "title": auction.title, "amount": amount,
        "currency": auction.currency, "round": offer.round, "until": iso_ms(offer.until),
    }  # fmt: skip
    return bidder.subject, [NewEntry("auction.offer", body)]
