"""Verbs of auctions: the work of staff, and what happens by itself when a time is over.

Staff lock the show, then the auction, then stock, the timeline and the backstage. One auction of a
show is on air at a time.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _

from showfloor.accounts import bans
from showfloor.accounts.models import User
from showfloor.auctions import closing, keeping, queries, rules, standings
from showfloor.auctions.models import (
    Auction,
    AuctionResult,
    AuctionState,
    Bid,
    Bidder,
    BidderState,
    BidState,
    Offer,
    OfferState,
    Pending,
)
from showfloor.auctions.rules import AuctionDraft
from showfloor.catalogue.models import Variant
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses.rules import Pause
from showfloor.community.admission import OPEN, lock_show, show_closed
from showfloor.community.safety import audit
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show, ShowState
from showfloor.shows.queries import by_id
from showfloor.shows.rules import picture_time
from showfloor.shows.services.locking import staff_actor
from showfloor.stock import services as stock
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry

log = logging.getLogger(__name__)

DUE_MAX: Final = 50  # auctions that one run of a job goes through


@timeline.verb
def create(show: Show, variant_id: str, draft: AuctionDraft, by: User) -> Auction:
    """Prepare an auction; Invalid, Conflict (too many)."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        rows = queries.of_show(locked)
        if rows.count() >= rules.AUCTIONS_MAX:
            raise Conflict(
                _("A show has at most %(count)s auctions.") % {"count": rules.AUCTIONS_MAX},
                code="auctions-full",
            )
        last = rows.aggregate(last=Max("position"))["last"]
        auction = Auction(
            show=locked, position=0 if last is None else last + 1, created_by=by,
            currency=locked.brand.currency,
        )  # fmt: skip
        auction.variant = _variant(locked, variant_id)
        _fill(auction, draft)
    return queries.find(show, auction.pk)


@timeline.verb
def change(show: Show, auction_id: str, values: Mapping[str, Any]) -> Auction:
    """Change an auction that nobody has seen: only the keys of `AuctionDraft`, and `variant_id`,
    that are there."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        auction = _lock(locked, auction_id)
        rules.check_unseen(auction.state)
        given = dict(values)
        if "variant_id" in given:
            auction.variant = _variant(locked, given.pop("variant_id"))
        _fill(auction, replace(queries.draft_of(auction), **given))
    return queries.find(show, auction_id)


@timeline.verb
def delete(show: Show, auction_id: str) -> None:
    """Delete an auction that nobody has seen; NotFound, Conflict."""
    with timeline.write():
        auction = _lock(lock_show(show.brand_id, show.pk), auction_id)
        rules.check_unseen(auction.state)
        auction.delete()


@timeline.verb
def announce(show: Show, auction_id: str, picture_at: datetime | None, by: User) -> Auction:
    """Show an auction and take bids before it opens. Again changes nothing. Conflict where its
    piece is not in stock: it is kept from now on."""
    with timeline.write():
        locked, auction = _lock_to(show, auction_id, AuctionState.ANNOUNCED)
        if auction.state == AuctionState.ANNOUNCED:
            return auction
        keeping.keep(auction, utc_now())
        picture = _picture(locked, picture_at)
        auction.state, auction.announced_at = AuctionState.ANNOUNCED, picture
        auction.save(update_fields=["state", "announced_at"])
        body = standings.look(auction)
        entry = NewEntry("auction.announced", body, picture, staff_actor(by))
        timeline.append(locked.timeline_id, [entry])
        _log(locked, auction, by, "announced")
    return auction


@timeline.verb
def open_auction(show: Show, auction_id: str, picture_at: datetime | None, by: User) -> Auction:
    """Put an auction on air from the picture that the producer saw; it ends `length_s` after it, by
    the server's time of the picture. Again changes nothing. Conflict while another one is on, and
    where its piece is not in stock."""
    with timeline.write():
        locked, auction = _lock_to(show, auction_id, AuctionState.OPEN)
        if auction.state == AuctionState.OPEN:
            return auction
        pauses.check_sells(locked)
        if queries.of_show(locked).filter(state=AuctionState.OPEN).exists():
            raise Conflict(_("Another auction is on air."), code="auction-on-air")
        if auction.variant is None:
            raise Conflict(_("Its product is gone."), code="product-gone")
        keeping.keep(auction, utc_now())
        standings.void_banned(auction)
        picture = _picture(locked, picture_at)
        auction.state, auction.opened_at = AuctionState.OPEN, picture
        auction.ends_at = rules.first_end(picture, auction.length_s, utc_now())
        auction.save(update_fields=["state", "opened_at", "ends_at"])
        body = {**standings.look(auction), "standing": standings.told(auction)}
        entry = NewEntry("auction.opened", body, picture, staff_actor(by))
        timeline.append(locked.timeline_id, [entry])
        _log(locked, auction, by, "opened")
    return auction


@timeline.verb
def last_call(show: Show, auction_id: str, by: User) -> Auction:
    """Let an auction end in ten seconds, if it would end later; each bid moves the end, as ever."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        auction = _lock(locked, auction_id)
        if auction.state != AuctionState.OPEN:
            rules.check_transition(auction.state, AuctionState.CLOSED)
            raise Conflict(_("The auction is not on air."), code="auction-state")
        pauses.check_sells(locked)
        assert auction.ends_at is not None, "an open auction ends"
        ends_at = min(auction.ends_at, utc_now() + rules.LAST_CALL)
        if ends_at < auction.ends_at:
            auction.ends_at = ends_at
            auction.save(update_fields=["ends_at"])
            timeline.append(locked.timeline_id, [standings.extended_entry(auction)])
            _log(locked, auction, by, "last-call")
    return auction


@timeline.verb
def offer_again(show: Show, auction_id: str, by: User) -> Auction:
    """Offer a sold piece again to the bidder for whom nothing was in stock. Conflict otherwise."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        auction = _lock(locked, auction_id)
        last = Offer.objects.all_brands().filter(auction=auction).order_by("round").last()
        if auction.pending or last is None or last.state != OfferState.NO_STOCK:
            raise Conflict(_("There is nothing to offer again."), code="auction-state")
        auction.pending = Pending.OFFER
        auction.save(update_fields=["pending"])
        _log(locked, auction, by, "offered-again")
    return auction


@timeline.verb
def cancel(show: Show, auction_id: str, by: User) -> Auction:
    """Call an auction off: nobody has bought. Again changes nothing."""
    with timeline.write():
        locked = lock_show(show.brand_id, show.pk)
        auction = _lock(locked, auction_id)
        if auction.result == AuctionResult.CANCELLED:
            return auction
        rules.check_transition(auction.state, AuctionState.CLOSED)
        timeline.append(locked.timeline_id, [closing.cancel(auction, utc_now())])
        _log(locked, auction, by, "cancelled")
    _go_on_with(auction, utc_now())  # what of it is lost in a crash, the job does
    return auction


@audit.undoable("auction.opened")
def _undo_opening(show: Show, line: AuditEntry, by: User) -> None:
    """Call the auction off, where nobody has bid, before the opening included: bids bind both
    sides."""
    locked = lock_show(show.brand_id, show.pk)
    auction = _lock(locked, line.target)
    bids = Bid.objects.all_brands().filter(auction=auction, state=BidState.COUNTS)
    if auction.state != AuctionState.OPEN or bids.exists():
        raise audit.changed_since()
    entry = closing.cancel(auction, utc_now())
    timeline.append(locked.timeline_id, [replace(entry, actor=staff_actor(by))])


# --- by itself


def close_due(now: datetime) -> int:
    """Close the auctions whose end, and the time for bids that are under way, are over, or whose
    show has ended; return their number. Late bids are refused by the time itself."""
    ended = Q(show__state=ShowState.ENDED)
    over = Q(state=AuctionState.OPEN, ends_at__lte=now - rules.CLOSES_AFTER)
    rows = Auction.objects.all_brands().filter(over | ended, state__in=standings.TAKES_BIDS)
    return sum(_each(rows.select_related("show").order_by("pk")[:DUE_MAX], _close_one, now))


def drop_banned(now: datetime) -> int:
    """Let the bids of banned people count no longer in auctions that take bids; return the number
    of auctions."""
    banned = bans.in_force(now).filter(
        brand=OuterRef("auction__show__brand"), subject=OuterRef("subject")
    )
    bidding = Bidder.objects.all_brands().filter(
        Exists(banned), auction=OuterRef("pk"), state=BidderState.BIDS
    )
    rows = Auction.objects.all_brands().filter(Exists(bidding), state__in=standings.TAKES_BIDS)
    return sum(_each(rows.select_related("show").order_by("pk")[:DUE_MAX], _drop_in, now))


def go_on(now: datetime) -> int:
    """Make the first offers of sold pieces, give back those that nobody has won, and tell everyone
    of those that went to the next bidder; return the number of auctions."""
    rows = Auction.objects.all_brands().exclude(pending=Pending.NOTHING)
    return sum(_each(rows.select_related("show").order_by("pk")[:DUE_MAX], _go_on_with, now))


def _each(
    rows: Any, step: Callable[[Auction, datetime], bool], now: datetime
) -> list[bool]:  # fmt: skip
    return [_try(step, one, now) for one in rows]


def _try(step: Callable[[Auction, datetime], bool], one: Auction, now: datetime) -> bool:
    try:
        return step(one, now)
    except Exception:  # one auction's trouble keeps no other open
        log.exception("auction_step_failed auction=%s step=%s", one.pk, step.__name__)
        return False


@timeline.verb
def _close_one(found: Auction, now: datetime) -> bool:
    with timeline.write():
        show = lock_show(found.show.brand_id, found.show_id)
        auction = _lock(show, found.pk)
        is_ended = show.state == ShowState.ENDED
        is_over = rules.is_over(auction.ends_at, now - rules.CLOSES_AFTER)
        if auction.state == AuctionState.ANNOUNCED and is_ended:
            timeline.append(show.timeline_id, [closing.cancel(auction, now)])
            return True
        if auction.state != AuctionState.OPEN or not (is_over or is_ended):
            return False  # a bid moved the end, or somebody closed it in the meantime
        if not is_ended and _stands_still(show, auction):
            return False
        standings.void_banned(auction)
        timeline.append(show.timeline_id, [closing.close(auction, now)])
    return True


def _stands_still(show: Show, auction: Auction) -> bool:
    """Return whether the sale was paused before the auction's end: that comes later then."""
    pause = pauses.pause_of_show(show)
    return pause is not None and not rules.is_over(auction.ends_at, pause.started_at)


def move_ends(show: Show, pause: Pause, length: timedelta) -> list[NewEntry]:
    """Let what was on air when the sale was paused end later by the pause."""
    on_air = queries.of_show(show).filter(state=AuctionState.OPEN, ends_at__gt=pause.started_at)
    entries = []
    for auction in standings.locked(show, on_air.values_list("pk", flat=True)).values():
        assert auction.ends_at is not None, "an open auction ends"
        auction.ends_at += length
        auction.save(update_fields=["ends_at"])
        entries.append(standings.extended_entry(auction))
    return entries


@timeline.verb
def _drop_in(found: Auction, _now: datetime) -> bool:
    with timeline.write():
        show = lock_show(found.show.brand_id, found.show_id)
        auction = _lock(show, found.pk)
        if auction.state not in standings.TAKES_BIDS or not standings.void_banned(auction):
            return False
        timeline.append(show.timeline_id, [standings.bid_entry(auction, "void")])
    return True


def _go_on_with(found: Auction, now: datetime) -> bool:
    steps = {Pending.TELL: _tell, Pending.OFFER: _offer_first, Pending.BACK: _give_back}
    return found.pending in steps and steps[Pending(found.pending)](found, now)


@timeline.verb
def _offer_first(found: Auction, now: datetime) -> bool:
    with stock.writing(), connection.cursor() as cursor:
        show = by_id(found.show_id)
        auction = _lock(show, found.pk) if show is not None else None
        if auction is None or auction.pending != Pending.OFFER:
            return False
        if standings.void_lost_leader(auction):
            closing.pass_on(cursor, auction, now)
        else:
            closing.offer(cursor, auction, now)
            _settle(auction)
    return True


@timeline.verb
def _give_back(found: Auction, _now: datetime) -> bool:
    with stock.writing(), connection.cursor() as cursor:
        show = by_id(found.show_id)
        auction = _lock(show, found.pk) if show is not None else None
        if auction is None or auction.pending != Pending.BACK:
            return False
        keeping.give_back(cursor, auction)
        _settle(auction)
    return True


@timeline.verb
def _tell(found: Auction, _now: datetime) -> bool:
    with timeline.write():
        show = lock_show(found.show.brand_id, found.show_id)
        auction = _lock(show, found.pk)
        if auction.pending != Pending.TELL:
            return False
        timeline.append(show.timeline_id, [closing.closed_entry(auction)])
        _settle(auction)
    return True


def _settle(auction: Auction) -> None:
    auction.pending = Pending.NOTHING
    auction.save(update_fields=["pending"])


@timeline.verb
def forget_person(brand_id: str, subject: str) -> int:
    """Someone's data is erased: what they bid in auctions that take bids counts no longer; the rest
    stays, for nobody we know. Return how many auctions it were."""
    rows = Bidder.objects.for_brand(brand_id).filter(subject=subject)
    bidding = list(rows.select_related("auction__show").order_by("auction"))
    for bidder in bidding:
        _forget(bidder)
    return len(bidding)


@timeline.verb
def _forget(bidder: Bidder) -> None:
    with timeline.write():
        show = lock_show(bidder.auction.show.brand_id, bidder.auction.show_id)
        auction = _lock(show, bidder.auction_id)
        known = Bidder.objects.all_brands().get(pk=bidder.pk)  # again, under the lock
        is_bidding = known.state == BidderState.BIDS
        is_open = auction.state in standings.TAKES_BIDS and is_bidding
        if is_open:
            standings.void(auction, [known], BidderState.ERASED)
        elif is_bidding and not _has_bought(known):
            standings.leave(auction, known)
        Bidder.objects.all_brands().filter(pk=bidder.pk).update(subject=f"x:{new_id()}")
        if is_open:
            timeline.append(show.timeline_id, [standings.bid_entry(auction, "void")])


def _has_bought(bidder: Bidder) -> bool:
    return Offer.objects.all_brands().filter(bidder=bidder, state=OfferState.PAID).exists()


def _lock(show: Show, auction_id: str) -> Auction:
    auction = standings.locked(show, [auction_id]).get(auction_id)
    if auction is None:
        raise NotFound(_("There is no such auction."))
    return auction


def _lock_to(show: Show, auction_id: str, state: AuctionState) -> tuple[Show, Auction]:
    """Return the show and its auction, locked, once the auction may go to this state."""
    locked = lock_show(show.brand_id, show.pk)
    auction = _lock(locked, auction_id)
    if auction.state != state:
        rules.check_transition(auction.state, state)
        if locked.state not in OPEN:
            raise show_closed()
    return locked, auction


def _variant(show: Show, variant_id: str) -> Variant:
    rows = Variant.objects.for_brand(show.brand_id).filter(pk=variant_id, archived=False)
    found = rows.first()
    if found is None:
        raise Invalid(_("There is no such variant."), field="variant_id")
    return found


def _fill(auction: Auction, draft: AuctionDraft) -> None:
    clean = rules.clean_draft(draft)
    auction.title, auction.start_amount = clean.title, clean.start_amount
    auction.increments = [list(one) for one in clean.increments]
    auction.reserve_amount, auction.buy_now_amount = clean.reserve_amount, clean.buy_now_amount
    auction.length_s, auction.extend_s = clean.length_s, clean.extend_s
    auction.checkout_s, auction.bidders_rule = clean.checkout_s, clean.bidders_rule
    auction.price = clean.start_amount
    auction.save()


def _picture(show: Show, seen: datetime | None) -> datetime:
    now = utc_now()
    if show.started_at is None:
        return now
    before = queries.of_show(show).aggregate(announced=Max("announced_at"), opened=Max("opened_at"))
    known = [moment for moment in before.values() if moment is not None]
    return picture_time(seen, now, max([show.started_at, *known]))


def _log(show: Show, auction: Auction, by: User, act: str) -> None:
    detail = {"ends_at": iso_ms(auction.ends_at)} if auction.ends_at is not None else {}
    audit.log(
        show, by, f"auction.{act}", target=auction.pk, target_name=auction.title, detail=detail
    )
