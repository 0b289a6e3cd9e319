"""The end of an auction, and the offers that follow it.

The winner is offered the piece at the price: a reservation keeps it, and the checkout sells it at
that price. Who does not pay in time, or says no, has bid as though never: their bids count no
longer, and the piece goes to the bidder whom the others' bids come to, at the price that they come
to, which is never above that bidder's own maximum. Where no bid is left, or none that reaches the
reserve, the piece is unsold.

The close is one transaction, the first offer another, in which stock is kept; the job does it, also
after a crash between the two. An offer that lapses is followed by the next one in the transaction
that frees the piece, so that nobody else gets it in between. What everyone is told of that is
written a moment later, because a show's timeline is never locked before stock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from showfloor.accounts.languages import override_language
from showfloor.auctions import keeping, rules, standings
from showfloor.auctions.models import (
    Auction,
    AuctionResult,
    AuctionState,
    Bidder,
    BidderState,
    Offer,
    OfferState,
    Pending,
)
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.kinds import ReservationKind
from showfloor.checkout.reservations.rows import ReservationRow
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.ids import new_id
from showfloor.shows.queries import by_id
from showfloor.stock import services as stock
from showfloor.stock.services import Refused
from showfloor.timeline.log import NewEntry

KIND: Final = "auction"


def close(auction: Auction, now: datetime) -> NewEntry:
    """Close an auction that the caller has locked, whose bids are those that count."""
    standing = standings.standing_of(auction)
    if standing.leader is None:
        return _end(auction, AuctionResult.UNSOLD, now)
    if not rules.is_reserve_met(standings.terms_of(auction), standing):
        return _end(auction, AuctionResult.RESERVE, now)
    return sell(auction, auction.price, now)


def sell(auction: Auction, amount: int, now: datetime) -> NewEntry:
    """Close an auction with a sale to its leader at this amount."""
    auction.price, auction.pending = amount, Pending.OFFER
    return _end(auction, AuctionResult.SOLD, now)


def cancel(auction: Auction, now: datetime) -> NewEntry:
    return _end(auction, AuctionResult.CANCELLED, now)


def offer(cursor: Cursor, auction: Auction, now: datetime) -> None:
    """Offer a sold piece to the leader at the price, inside the caller's `stock.writing`, and keep
    it for that long. Where nothing is in stock the offer says so, for staff."""
    assert auction.leader is not None, "a sold piece has a buyer"
    bidder = Bidder.objects.all_brands().get(auction=auction, number=auction.leader)
    rounds = Offer.objects.all_brands().filter(auction=auction).aggregate(last=Max("round"))
    made = Offer(
        pk=new_id(), auction=auction, bidder=bidder, round=(rounds["last"] or 0) + 1,
        amount=auction.price, at=now, until=now + timedelta(seconds=auction.checkout_s),
        state=OfferState.OPEN,
    )  # fmt: skip
    if _reserve(cursor, auction, made, now):
        keeping.let_go(auction)
    else:
        keeping.give_back(cursor, auction)
        made.state = OfferState.NO_STOCK
    made.save(force_insert=True)
    if made.state == OfferState.OPEN:
        stock.tell_people(auction.show.brand_id, {bidder.subject: [_offered(auction, made)]})


def closed_entry(auction: Auction) -> NewEntry:
    is_sold = auction.result == AuctionResult.SOLD
    body = {
        "auction_id": auction.pk,
        "result": str(auction.result),
        "price": auction.price if is_sold else None,
        "leader": auction.leader if is_sold else None,
        "bids": auction.bids,
    }
    return NewEntry("auction.closed", body, auction.closed_at)


def _end(auction: Auction, result: AuctionResult, now: datetime) -> NewEntry:
    auction.state, auction.result = AuctionState.CLOSED, result
    auction.closed_at = auction.closed_at or now
    if result != AuctionResult.SOLD and auction.kept_until is not None:
        auction.pending = Pending.BACK
    auction.save(
        update_fields=[*standings.STANDING, "state", "result", "closed_at", "pending"]
    )  # fmt: skip
    return closed_entry(auction)


def _reserve(cursor: Cursor, auction: Auction, made: Offer, now: datetime) -> bool:
    """Keep the piece for a bidder; return whether it was there."""
    show = auction.show
    if auction.variant_id is None:
        return False
    with override_language(show.brand.language):
        label = _("Auction: %(title)s") % {"title": auction.title}
    request = ReserveRequest(
        made.bidder.subject, auction.variant_id, 1, f"{KIND}:{made.pk}", made.until,
        unit_amount=made.amount, currency=auction.currency, label=label[:120], show_id=show.pk,
        instead_of=keeping.hand_over(auction), is_owed=True,
    )  # fmt: skip
    (outcome,) = reservations.reserve_many(cursor, show.brand_id, [request], now)
    if isinstance(outcome, Refused):
        return False
    made.reservation_id = outcome.id
    return True


def _on_claimed(
    _cursor: Cursor, brand_id: str, ended: Sequence[ReservationRow], _now: datetime
) -> None:  # fmt: skip
    paid = _of(ended).select_related("bidder", "auction")
    for one in paid.order_by("auction_id"):
        Offer.objects.for_brand(brand_id).filter(pk=one.pk).update(state=OfferState.PAID)
        if one.bidder.state != BidderState.ERASED:
            _tell_over(brand_id, one, paid=True)


def _on_lapsed(
    cursor: Cursor, _brand_id: str, ended: Sequence[ReservationRow], now: datetime
) -> None:
    """Offer the pieces to the next bidders."""
    lapsed = _of(ended).filter(state=OfferState.OPEN).select_related("bidder", "auction")
    for one in lapsed.order_by("auction_id"):
        _offer_on(cursor, one, now)


def _of(ended: Sequence[ReservationRow]) -> QuerySet[Offer]:
    return Offer.objects.all_brands().filter(pk__in=[one.ref for one in ended])


def _offer_on(cursor: Cursor, lapsed: Offer, now: datetime) -> None:
    show = by_id(lapsed.auction.show_id)
    assert show is not None, "an auction goes with its show"
    auction = standings.locked(show, [lapsed.auction_id])[lapsed.auction_id]
    lapsed.state = OfferState.LAPSED
    lapsed.save(update_fields=["state"])
    bidder = Bidder.objects.for_brand(show.brand_id).get(pk=lapsed.bidder_id)
    state = BidderState.ERASED
    if bidder.state != BidderState.ERASED:
        state = BidderState.DEFAULTED
        _tell_over(show.brand_id, lapsed, paid=False)
    standings.void(auction, [bidder], state)
    pass_on(cursor, auction, now)


def pass_on(cursor: Cursor, auction: Auction, now: datetime) -> None:
    """Offer the piece to the bidder whom the bids that still count come to, or let it be unsold,
    inside the caller's `stock.writing`; everyone is told a moment later."""
    standings.void_banned(auction)
    close(auction, now)
    if auction.result == AuctionResult.SOLD:
        offer(cursor, auction, now)
    else:
        keeping.give_back(cursor, auction)
    auction.pending = Pending.TELL
    auction.save(update_fields=["pending"])


def _tell_over(brand_id: str, one: Offer, *, paid: bool) -> None:
    body = {"auction_id": one.auction_id, "title": one.auction.title, "paid": paid}
    news = {one.bidder.subject: [NewEntry("auction.offer_over", body)]}
    stock.tell_people(brand_id, news)


def _offered(auction: Auction, made: Offer) -> NewEntry:
    body = {
        "auction_id": auction.pk, "title": auction.title, "amount": made.amount,
        "currency": auction.currency, "round": made.round, "until": iso_ms(made.until),
    }  # fmt: skip
    return NewEntry("auction.offer", body)


RESERVATION_KIND: Final = ReservationKind(KIND, _on_claimed, _on_lapsed)
