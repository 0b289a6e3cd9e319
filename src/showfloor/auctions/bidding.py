"""The verbs of bidders: bid, buy at once, take a slip back.

The bids of one batch are one transaction. It locks the auction's row, which orders the bids of all
processes, and writes one entry for each auction: the entry's `seq` and the place in the batch are
the order of the bids. Locks: the auctions by id, the show's timeline, then persons' streams by
subject. The show's row is not locked, so that bids and the chat
do not wait for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _

from showfloor.accounts import batch_sql
from showfloor.accounts.languages import override_language
from showfloor.accounts.models import Member, StaffRole
from showfloor.accounts.services import with_proven_email
from showfloor.accounts.tokens import Claims
from showfloor.auctions import closing, rules, standings
from showfloor.auctions.models import (
    Auction,
    AuctionState,
    Bid,
    Bidder,
    BidderRule,
    BidderState,
    BidState,
)
from showfloor.auctions.rules import Standing, Terms
from showfloor.checkout.pauses import queries as pauses
from showfloor.checkout.pauses import rules as pause_rules
from showfloor.community import command_batches
from showfloor.community.admission import Admission, admission_of
from showfloor.community.safety import audit
from showfloor.kernel.allowance import Allowances
from showfloor.kernel.clock import from_epoch_ms, to_epoch_ms, utc_now
from showfloor.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    RateLimited,
    ShowfloorError,
)
from showfloor.kernel.ids import is_id, new_id
from showfloor.shows import delivery_clocks as clocks
from showfloor.shows.delivery_clocks import Delivery
from showfloor.shows.models import Show
from showfloor.shows.queries import by_id
from showfloor.timeline import personal_stream
from showfloor.timeline import services as timeline
from showfloor.timeline.log import NewEntry
from showfloor.timeline.served_pictures import ServedPictures

COMMAND_ID_CHARS_MAX: Final = 64
# Of one person, in one process: a hand taps less often, a script is slowed down to it.
allowances: Final = Allowances(burst=15, per_s=4.0)


@dataclass(frozen=True, slots=True)
class BidRequest:
    """A bid as it was sent. `command_id` is made by the sender: the same one is the same bid.
    `picture_at`: the picture that the bidder saw; `accepts`: the bidder accepts that bids bind.
    `buys_now`: the bidder takes the piece at its price for buying at once."""

    claims: Claims
    command_id: str
    auction_id: str
    maximum: int = 0
    picture_at: datetime | None = None
    accepts: bool = False
    buys_now: bool = False
    language: str = ""
    arrived_ms: int = 0  # Unix time at the edge; 0: now
    pictures: ServedPictures | None = None  # what the edge served to the bidder's player


@dataclass(frozen=True, slots=True)
class BidAnswer:
    """`seq`: of the entry. `result`: the bid's id, the bidder's number, whether the bidder leads,
    and how the auction stands."""

    seq: int | None
    result: Mapping[str, Any]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Person:
    """A member, as the rules of auctions ask."""

    is_staff: bool
    user_id: str
    is_confirmed: bool


@dataclass(slots=True)
class _Lot:
    """An auction under its lock, and the bids that this batch adds."""

    auction: Auction
    terms: Terms
    standing: Standing
    leader_before: int | None
    bids: list[Bid] = field(default_factory=list)
    bidders: dict[str, Bidder] = field(default_factory=dict)  # by subject
    new_bidders: list[Bidder] = field(default_factory=list)
    highest: dict[str, int] = field(default_factory=dict)  # own maximum by subject, until it opens
    is_extended: bool = False
    is_sold_at_once: bool = False


@timeline.verb
def bid_many(show_id: str, requests: Sequence[BidRequest]) -> list[BidAnswer | ShowfloorError]:
    """Take all of these bids in one transaction; return an answer for each, in their order.

    An answer may be Invalid (maximum, accepts_terms), NotSignedIn, Forbidden (banned, staff, an
    address that is not confirmed), NotFound, Conflict (not open, over) or RateLimited.
    """
    with timeline.write():
        show = by_id(show_id)
        if show is None:
            return [NotFound(_("There is no such show."))] * len(requests)
        return _BidBatch(show, requests, utc_now()).answers()


class _BidBatch:
    """One batch in its transaction."""

    def __init__(self, show: Show, requests: Sequence[BidRequest], now: datetime) -> None:
        self._show = show
        self._requests = requests
        self._now = now
        self._admission: Admission = admission_of(show, [one.claims for one in requests], now)
        # PostgreSQL takes not every text, and one bid's must not spoil the others of its batch.
        ids = {one.auction_id for one in requests if is_id(one.auction_id)}
        self._lots = {
            pk: _Lot(one, standings.terms_of(one), standings.standing_of(one), one.leader)
            for pk, one in standings.locked(show, ids).items()
        }
        self._pause = pauses.pause_of_show(show)
        self._unproven_ms: int = settings.SHOWFLOOR.unproven_delay_ms
        self._read_bidders()
        self._before = self._sent_before()

    def answers(self) -> list[BidAnswer | ShowfloorError]:
        found: list[tuple[_Lot, Bid, bool] | ShowfloorError] = []
        with override_language(self._show.brand.language) as speak:
            for request in self._requests:
                speak(request.language)
                try:
                    found.append(self._one(request))
                except ShowfloorError as error:
                    found.append(error)
        self._write([lot for lot in self._lots.values() if lot.bids])
        return [one if isinstance(one, ShowfloorError) else _answer(*one) for one in found]

    def _one(self, request: BidRequest) -> tuple[_Lot, Bid, bool]:
        if not _is_usable(request.command_id):
            raise Invalid(_("The bid has no usable id."), field="id")
        self._admission.admit(request.claims)
        lot = self._lots.get(request.auction_id)
        if lot is None or lot.auction.state == AuctionState.DRAFT:
            raise NotFound(_("There is no such auction."), field="auction_id")
        key = request.claims.sub, request.command_id
        before = self._before.get(key)
        if before is not None:
            return lot, before, True
        bid = self._take(lot, request)
        self._before[key] = bid
        return lot, bid, False

    def _take(self, lot: _Lot, request: BidRequest) -> Bid:
        if self._show.rehearses_id is not None:
            raise Conflict(_("This is a rehearsal: nothing is sold in it."), code="rehearsal")
        if self._pause is not None:
            raise pause_rules.refusal(self._pause)
        counted_at = self._check_time(lot, request)
        self._check_person(lot.auction, request.claims)
        bidder = lot.bidders.get(request.claims.sub)
        number = bidder.number if bidder is not None else None
        if bidder is None and not request.accepts:
            raise Invalid(
                _("Accept first that a bid is binding."), field="accepts_terms", code="terms",
            )  # fmt: skip
        maximum = self._maximum(lot, request, number)
        wait_s = allowances.take(request.claims.sub)
        if wait_s > 0:
            raise RateLimited(_("Not so fast."), retry_after_s=wait_s)
        bidder = bidder or self._new_bidder(lot, request.claims.sub)
        self._count(lot, bidder, maximum)
        if request.buys_now:
            lot.is_sold_at_once = True
        bid = Bid(
            pk=new_id(), auction=lot.auction, bidder=bidder, maximum=maximum, place=len(lot.bids),
            at=self._now, picture_at=counted_at, command_id=request.command_id,
        )  # fmt: skip
        lot.bids.append(bid)
        return bid

    def _check_time(self, lot: _Lot, request: BidRequest) -> datetime:
        """Return the picture that the bid counts at; Conflict for one that is too late or too
        early."""
        auction = lot.auction
        takes = {AuctionState.OPEN} if request.buys_now else set(standings.TAKES_BIDS)
        if auction.state not in takes or lot.is_sold_at_once:
            raise Conflict(_("This auction takes no bids now."), code="auction-closed")
        arrived_ms = clocks.arrival_ms(request.arrived_ms, to_epoch_ms(self._now))
        counted_at = rules.counted_at(
            auction.ends_at, from_epoch_ms(arrived_ms), request.picture_at,
            self._delivery(auction, request, arrived_ms), self._unproven_ms,
        )  # fmt: skip
        if rules.is_over(auction.ends_at, counted_at):
            raise Conflict(_("The auction is over."), code="auction-over")
        return counted_at

    def _delivery(self, auction: Auction, request: BidRequest, arrived_ms: int) -> Delivery:
        """Return what the edge knows of the player: it bounds the delay that the player claims. A
        player that has not been served the last picture yet gets it now at the earliest."""
        if auction.ends_at is None:
            return clocks.UNPROVEN
        last_ms = rules.last_picture_ms(auction.ends_at)
        return clocks.delivery_of(request.pictures, self._show.slug, last_ms, arrived_ms)

    def _check_person(self, auction: Auction, claims: Claims) -> None:
        if claims.is_guest:
            raise NotSignedIn(_("Sign in to bid."), code="sign-in-needed")
        person = self._people.get(claims.subject.id) if claims.subject.is_member else None
        if claims.is_staff or person is None or person.is_staff:
            raise Forbidden(_("The brand's own people can't bid."), code="staff-bid")
        if person.user_id == auction.created_by_id:
            raise Forbidden(_("The seller can't bid."), code="seller-bid")
        if auction.bidders_rule == BidderRule.CONFIRMED and not person.is_confirmed:
            raise Forbidden(
                _("Confirm your e-mail address first, then bid."), code="email-unconfirmed"
            )  # fmt: skip

    def _maximum(self, lot: _Lot, request: BidRequest, number: int | None) -> int:
        bidder = lot.bidders.get(request.claims.sub)
        if bidder is not None and bidder.state != BidderState.BIDS:
            raise Forbidden(_("You can't bid in this auction."), code="bidder-out")
        if not request.buys_now:
            self._check_maximum(lot, number, request)
            return request.maximum
        buy_now = lot.auction.buy_now_amount
        if buy_now is None or not rules.can_buy_now(lot.terms, lot.standing, buy_now):
            raise Conflict(_("It can no longer be bought at once."), code="buy-now-gone")
        return buy_now

    @staticmethod
    def _check_maximum(lot: _Lot, number: int | None, request: BidRequest) -> None:
        is_open = lot.auction.state == AuctionState.OPEN
        # Before it opens nobody knows what others offer, or who leads: a refusal must not tell.
        known = lot.standing if is_open else Standing()
        rules.check_maximum(lot.terms, known, number, request.maximum)
        own = lot.highest.get(request.claims.sub, 0)
        if request.maximum <= own:
            raise Invalid(
                _("You have offered as much already."), code="bid-too-low", field="maximum",
                more={"minimum": own + 1},
            )  # fmt: skip

    def _new_bidder(self, lot: _Lot, subject: str) -> Bidder:
        lot.auction.bidders += 1
        bidder = Bidder(
            auction=lot.auction, subject=subject, number=lot.auction.bidders, accepted_at=self._now
        )
        lot.bidders[subject] = bidder
        lot.new_bidders.append(bidder)
        return bidder

    def _count(self, lot: _Lot, bidder: Bidder, maximum: int) -> None:
        auction, before = lot.auction, lot.standing
        price = rules.price_of(lot.terms, before)
        lot.standing = rules.after(before, bidder.number, maximum)
        if auction.state == AuctionState.ANNOUNCED:
            lot.highest[bidder.subject] = maximum
        changes = lot.standing.leader != before.leader or price != rules.price_of(
            lot.terms, lot.standing
        )
        if auction.state == AuctionState.OPEN and auction.ends_at is not None and changes:
            ends_at = rules.extended(auction.ends_at, self._now, auction.extend_s)
            lot.is_extended = lot.is_extended or ends_at > auction.ends_at
            auction.ends_at = ends_at

    # --- what is stored already

    def _read_bidders(self) -> None:
        """Read the bidders among the senders, and with them those who lead: a statement of their
        own would have everyone wait for PostgreSQL once more."""
        subjects = sorted({one.claims.sub for one in self._requests})
        leaders = [one.leader_before for one in self._lots.values() if one.leader_before]
        for some in command_batches.chunks(subjects):
            rows = Bidder.objects.all_brands().filter(
                Q(subject__in=some) | Q(number__in=leaders), auction__in=list(self._lots)
            )
            for bidder in rows:
                self._lots[bidder.auction_id].bidders[bidder.subject] = bidder
        for lot in self._lots.values():
            if lot.bidders and lot.auction.state == AuctionState.ANNOUNCED:
                lot.highest = _highest(lot)

    def _sent_before(self) -> dict[tuple[str, str], Bid]:
        """Return the bids of this batch that were taken before, by sender and command's id."""
        known = {one.pk: one for lot in self._lots.values() for one in lot.bidders.values()}
        by_subject: dict[str, list[str]] = {}
        for one in known.values():
            by_subject.setdefault(one.subject, []).append(one.pk)
        asked = {
            (pk, one.command_id)
            for one in self._requests
            if _is_usable(one.command_id)
            for pk in by_subject.get(one.claims.sub, ())
        }
        found: dict[tuple[str, str], Bid] = {}
        if not asked:
            return found
        rows = batch_sql.pairs_looked_up("auctions_bid", "bidder_id", "command_id", "bid")
        statement = f"SELECT bid.* FROM {rows}"  # noqa: S608 - only names
        for bid in Bid.objects.all_brands().raw(statement, [batch_sql.pairs(asked)]):
            bid.bidder = known[bid.bidder_id]
            found[bid.bidder.subject, bid.command_id] = bid
        return found

    @cached_property
    def _people(self) -> dict[str, _Person]:
        """Members among the senders, by id."""
        subjects = {one.claims.subject for one in self._requests}
        return people_of(self._show.brand_id, (one.id for one in subjects if one.is_member))

    # --- writing

    def _write(self, lots: Sequence[_Lot]) -> None:
        if not lots:
            return
        entries: list[NewEntry] = []
        for lot in lots:
            standings.set_standing(lot.auction, lot.standing)
            lot.auction.bids += len(lot.bids)
            if not lot.is_sold_at_once:
                lot.auction.save(update_fields=standings.STANDING)
        batch_sql.create(Bidder, [one for lot in lots for one in lot.new_bidders])
        closed = [self._sell_at_once(lot) for lot in lots if lot.is_sold_at_once]
        for lot in lots:
            entries.append(standings.bid_entry(lot.auction, "bid"))
            if lot.is_extended:
                entries.append(standings.extended_entry(lot.auction))
        written = timeline.append(self._show.timeline_id, [*entries, *closed])
        seqs = {one.body["auction_id"]: one.seq for one in written if one.kind == "auction.bid"}
        for lot in lots:
            for bid in lot.bids:
                bid.seq = seqs[lot.auction.pk]
        batch_sql.create(Bid, [bid for lot in lots for bid in lot.bids])
        self._tell_outbid(lots)

    def _sell_at_once(self, lot: _Lot) -> NewEntry:
        amount = lot.auction.buy_now_amount
        assert amount is not None, "a piece that is bought at once has a price for it"
        return closing.sell(lot.auction, amount, self._now)

    def _tell_outbid(self, lots: Iterable[_Lot]) -> None:
        """Tell those who led before this batch. A bidder of the batch learns it by the answer."""
        news: dict[str, list[NewEntry]] = {}
        for lot in lots:
            before = lot.leader_before
            is_open = lot.auction.state != AuctionState.ANNOUNCED
            if not is_open or before is None or before == lot.auction.leader:
                continue
            (subject,) = (one.subject for one in lot.bidders.values() if one.number == before)
            news.setdefault(subject, []).append(_outbid(lot.auction))
        if news:
            personal_stream.tell_each(self._show.brand_id, news)


def _is_usable(command_id: str) -> bool:
    return 1 <= len(command_id) <= COMMAND_ID_CHARS_MAX and command_id.isprintable()


def _highest(lot: _Lot) -> dict[str, int]:
    """Return the highest maximum of each bidder of a batch that counts."""
    rows = Bid.objects.all_brands().filter(
        bidder__in=list(lot.bidders.values()), state=BidState.COUNTS
    )
    highest = rows.values("bidder__subject").annotate(most=Max("maximum"))
    return dict(highest.values_list("bidder__subject", "most"))


def people_of(brand_id: str, member_ids: Iterable[str]) -> dict[str, _Person]:
    """Return the members with these ids, and whether each belongs to the staff of the brand."""
    roles = StaffRole.objects.for_brand(brand_id).filter(user=OuterRef("user"))
    rows = with_proven_email(Member.objects.for_brand(brand_id)).annotate(works=Exists(roles))
    found: dict[str, _Person] = {}
    columns = "pk", "user_id", "user__is_superuser", "works", "has_proven_email"
    for some in command_batches.chunks(sorted(member_ids)):
        members = rows.filter(pk__in=some).values_list(*columns)
        for pk, user_id, is_superuser, works, is_proven in members:
            found[pk] = _Person(is_superuser or works, user_id, is_proven)
    return found


@timeline.verb
def retract(show: Show, bid_id: str, claims: Claims, now: datetime) -> BidAnswer:
    """Take a bid of one's own back within `rules.RETRACT_WITHIN`. NotFound; Forbidden; Conflict
    (`retract-late`, `retract-often`, `auction-closed`). Again changes nothing."""
    with timeline.write():
        admission_of(show, [claims], now).admit(claims)
        if not is_id(bid_id):
            raise NotFound(_("There is no such bid."), field="bid_id")
        found = _own_bid(show, bid_id, claims.sub)
        (auction,) = standings.locked(show, [found.auction_id]).values()
        bid = _own_bid(show, bid_id, claims.sub)  # again, under the lock
        if bid.state == BidState.RETRACTED:
            return BidAnswer(None, _result(auction, bid), replayed=True)
        _check_retractable(auction, bid, now)
        bid.state, bid.retracted_at = BidState.RETRACTED, now
        bid.save(update_fields=["state", "retracted_at"])
        bid.bidder.retractions += 1
        bid.bidder.save(update_fields=["retractions"])
        before = auction.ends_at
        if auction.state == AuctionState.OPEN and before is not None:
            auction.ends_at = rules.end_after_retraction(before, now, auction.extend_s)
        standings.recompute(auction)
        entries = [standings.bid_entry(auction, "retracted")]
        if auction.ends_at != before:
            entries.append(standings.extended_entry(auction))
        written = timeline.append(show.timeline_id, entries)
        audit.log_brand(
            show.brand, None, "auction.retracted", target=auction.pk, target_name=auction.title,
            subject=claims.sub, detail={"bid": bid.pk, "maximum": bid.maximum},
        )  # fmt: skip
    return BidAnswer(written[0].seq, _result(auction, bid))


def _own_bid(show: Show, bid_id: str, subject: str) -> Bid:
    rows = Bid.objects.for_brand(show.brand_id).select_related("bidder")
    found = rows.filter(pk=bid_id, auction__show=show, bidder__subject=subject).first()
    if found is None:
        raise NotFound(_("There is no such bid."), field="bid_id")
    return found


def _check_retractable(auction: Auction, bid: Bid, now: datetime) -> None:
    if auction.state not in standings.TAKES_BIDS or bid.state != BidState.COUNTS:
        raise Conflict(_("This auction takes no bids now."), code="auction-closed")
    if now > bid.at + rules.RETRACT_WITHIN:
        raise Conflict(
            _("A bid can be taken back for %(count)d seconds.")
            % {"count": rules.RETRACT_WITHIN.total_seconds()},
            code="retract-late",
        )
    if bid.bidder.retractions >= rules.RETRACTIONS_MAX:
        raise Conflict(
            _("You have taken back %(count)d bids in this auction already.")
            % {"count": rules.RETRACTIONS_MAX},
            code="retract-often",
        )


def _answer(lot: _Lot, bid: Bid, replayed: bool) -> BidAnswer:
    return BidAnswer(bid.seq, _result(lot.auction, bid), replayed)


def _result(auction: Auction, bid: Bid) -> dict[str, Any]:
    leads = auction.leader == bid.bidder.number
    return {
        **standings.told(auction),
        "bid_id": bid.pk,
        "number": bid.bidder.number,
        "maximum": bid.maximum,
        "leads": leads and auction.state != AuctionState.ANNOUNCED,
    }


def _outbid(auction: Auction) -> NewEntry:
    stands = standings.told(auction)
    body = {
        "auction_id": auction.pk, "title": auction.title, "price": stands["price"],
        "minimum": stands["minimum"], "currency": auction.currency,
    }  # fmt: skip
    return NewEntry("auction.outbid", body)
