"""Reads of auctions: for the snapshot, for the bidder, for staff."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypedDict

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from showfloor.auctions import standings
from showfloor.auctions.events import AuctionLook, AuctionStanding
from showfloor.auctions.models import (
    Auction,
    AuctionState,
    Bid,
    Bidder,
    BidderState,
    BidState,
    Offer,
    OfferState,
)
from showfloor.auctions.rules import AuctionDraft
from showfloor.checkout.reservations.models import Reservation
from showfloor.kernel.clock import iso_ms, iso_or_none
from showfloor.kernel.errors import NotFound
from showfloor.shows.models import Show


class AuctionView(AuctionLook):
    """An auction as viewers see it. `sold`: the buyer's number and the price, of a sale."""

    state: str  # announced, open, closed
    result: str  # empty while it is not closed
    announced_at: str | None
    opened_at: str | None
    closed_at: str | None
    standing: AuctionStanding


class StaffOffer(TypedDict):
    """An offer after the close. `state`: open, paid, lapsed, no-stock."""

    round: int
    number: int
    amount: int
    state: str
    until: str


class StaffAuction(AuctionView):
    """An auction as staff see it."""

    reserve_amount: int | None
    length_s: int
    offers: list[StaffOffer]


class OwnAuction(TypedDict):
    """What a bidder has in one auction. `maximum`: the highest of one's bids that count, which
    nobody else is told. `is_out`: the bids count no longer, and no more are taken."""

    number: int
    maximum: int | None
    is_out: bool
    offer_amount: int | None
    offer_until: str | None


class AuctionMine(TypedDict):
    """The auctions in which one person has bid, by id."""

    auctions: dict[str, OwnAuction]


class AuctionSnapshot(TypedDict):
    """The auctions' part of a show's snapshot."""

    auctions: list[AuctionView]


def of_show(show: Show) -> QuerySet[Auction]:
    return Auction.objects.for_brand(show.brand_id).filter(show=show)


def find(show: Show, auction_id: str) -> Auction:
    """Return an auction of the show; NotFound."""
    found = of_show(show).select_related("variant").filter(pk=auction_id).first()
    if found is None:
        raise NotFound(_("There is no such auction."))
    return found


def snapshot(show: Show) -> AuctionSnapshot:
    """Return every auction that viewers have seen, in the order in which they saw them."""
    rows = of_show(show).exclude(state=AuctionState.DRAFT).select_related("variant")
    return {"auctions": [_view(one) for one in rows.order_by("opened_at", "pk")]}


def staff_auctions(show: Show) -> list[StaffAuction]:
    """Return the show's auctions in their order."""
    rows = list(of_show(show).select_related("variant").order_by("position", "pk"))
    offers = Offer.objects.for_brand(show.brand_id).filter(auction__in=rows)
    by_auction: dict[str, list[StaffOffer]] = {}
    made = list(offers.select_related("bidder").order_by("round"))
    kept = _kept_until(made)
    for one in made:
        by_auction.setdefault(one.auction_id, []).append(_staff_offer(one, kept))
    return [_staff(one, by_auction.get(one.pk, [])) for one in rows]


def staff_auction(auction: Auction) -> StaffAuction:
    offers = Offer.objects.all_brands().filter(auction=auction).select_related("bidder")
    made = list(offers.order_by("round"))
    kept = _kept_until(made)
    return _staff(auction, [_staff_offer(one, kept) for one in made])


def mine(show: Show, subject: str) -> AuctionMine:
    """Return what this person (a token's `sub`) has in the show's auctions."""
    bidders = Bidder.objects.for_brand(show.brand_id).filter(auction__show=show, subject=subject)
    found: dict[str, OwnAuction] = {
        one.auction_id: {
            "number": one.number, "maximum": None, "is_out": one.state != BidderState.BIDS,
            "offer_amount": None, "offer_until": None,
        }
        for one in bidders
    }  # fmt: skip
    if found:
        _add_bids(found, show, subject)
    return {"auctions": found}


def _add_bids(found: dict[str, OwnAuction], show: Show, subject: str) -> None:
    bids = Bid.objects.for_brand(show.brand_id).filter(
        bidder__subject=subject, auction__in=list(found), state=BidState.COUNTS
    )
    for auction_id, maximum in bids.values_list("auction_id", "maximum"):
        own = found[auction_id]
        own["maximum"] = max(maximum, own["maximum"] or 0)
    offers = Offer.objects.for_brand(show.brand_id).filter(
        bidder__subject=subject, auction__in=list(found), state=OfferState.OPEN
    )
    kept = _kept_until(offers)
    for offer in offers:
        own = found[offer.auction_id]
        own["offer_amount"], own["offer_until"] = offer.amount, iso_ms(_until(offer, kept))


def draft_of(auction: Auction) -> AuctionDraft:
    return AuctionDraft(
        auction.title, auction.start_amount, standings.terms_of(auction).steps, auction.length_s,
        auction.extend_s, auction.reserve_amount, auction.buy_now_amount, auction.checkout_s,
        auction.bidders_rule,
    )  # fmt: skip


def bid_rows(auction: Auction) -> Iterator[list[object]]:
    """Yield the auction's bids as a table for the brand's records, the heading first. Bidders are
    named by their numbers."""
    yield ["seq", "place", "at", "bidder", "maximum", "currency", "state", "retracted_at"]
    rows = Bid.objects.all_brands().filter(auction=auction).select_related("bidder")
    for one in rows.order_by("seq", "place").iterator():
        retracted = iso_ms(one.retracted_at) if one.retracted_at is not None else ""
        yield [
            one.seq, one.place, iso_ms(one.at), one.bidder.number, one.maximum, auction.currency,
            one.state, retracted,
        ]  # fmt: skip


def _view(auction: Auction) -> AuctionView:
    return {
        **standings.look(auction),
        "state": auction.state,
        "result": auction.result,
        "announced_at": iso_or_none(auction.announced_at),
        "opened_at": iso_or_none(auction.opened_at),
        "closed_at": iso_or_none(auction.closed_at),
        "standing": standings.told(auction),
    }


def _staff(auction: Auction, offers: list[StaffOffer]) -> StaffAuction:
    return {
        **_view(auction),
        "reserve_amount": auction.reserve_amount,
        "length_s": auction.length_s,
        "offers": offers,
    }


def _kept_until(offers: Iterable[Offer]) -> Mapping[str, datetime]:
    """Return until when the reservations of offers keep the piece, which may be longer than it was
    offered for at first."""
    ids = [one.reservation_id for one in offers if one.state == OfferState.OPEN]
    if not ids:
        return {}
    rows = Reservation.objects.all_brands().filter(pk__in=ids)
    return dict(rows.values_list("pk", "expires_at"))


def _until(offer: Offer, kept: Mapping[str, datetime]) -> datetime:
    return kept.get(offer.reservation_id, offer.until)


def _staff_offer(offer: Offer, kept: Mapping[str, datetime]) -> StaffOffer:
    return {
        "round": offer.round, "number": offer.bidder.number, "amount": offer.amount,
        "state": offer.state, "until": iso_ms(_until(offer, kept)),
    }  # fmt: skip
