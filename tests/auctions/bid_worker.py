"""Bidders, the job and those who pay, until their process is killed (`test_auction_kill`). Keys
name an auction by its place, a person and a turn: `3-0-17`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection

from showfloor.accounts.models import Member, User
from showfloor.accounts.tokens import Claims
from showfloor.auctions import bidding, jobs, services
from showfloor.auctions.commands import perform_bids, perform_buying
from showfloor.auctions.models import Auction, AuctionState, Offer, OfferState
from showfloor.checkout.reservations import rows
from showfloor.checkout.reservations import services as reservations
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
from showfloor.stock.services import Sale
from showfloor.timeline.commands import Command
from tests.auctions.bidders import ends_in, now_of
from tests.support.kill_worker import Asked, Batch

STEP = 100


class Room:
    """A show with prepared auctions, and the members who bid in them."""

    def __init__(self) -> None:
        made = Auction.objects.all_brands().select_related("show").order_by("position")
        self.auctions = list(made)
        self.show = self.auctions[0].show
        self.producer = User.objects.get(email="producer@example.test")
        members = Member.objects.all_brands().select_related("user").order_by("display_name")
        self.people = [Claims(str(one.subject), one.brand_id, one.display_name) for one in members]

    def answer(self, batch: Batch) -> list[Any]:
        """Return the `seq` of each bid that was taken, *refused* for another one, and *done* for
        other operations. Auctions open before the bids."""
        bidding.allowances.clear()
        told = dict[Asked, Any]()
        for key, what in batch:
            if what == "open":
                told[key, what] = self.open(self._auction(key))
        for what, perform in (("bid", perform_bids), ("buy_now", perform_buying)):
            asked = [key for key, operation in batch if operation == what]
            outcomes = perform(self.show.pk, [self._command(key, what) for key in asked])
            for key, one in zip(asked, outcomes, strict=True):
                told[key, what] = one.seq if one.problem is None else "refused"
        steps = {"close": self.close, "lapse": self.lapse, "pay": self.pay}
        for key, what in batch:
            if what in steps:
                told[key, what] = steps[what](self._auction(key))
        return [told[one] for one in batch]

    def _auction(self, key: str) -> Auction:
        return self.auctions[int(key.partition("-")[0])]

    def open(self, auction: Auction) -> str:
        if now_of(auction).state == AuctionState.DRAFT:
            services.open_auction(self.show, auction.pk, None, self.producer)
        return "done"

    def close(self, auction: Auction) -> str:
        if now_of(auction).state == AuctionState.OPEN:
            ends_in(auction, -13)
        jobs.run_auctions()
        return "done"

    def lapse(self, _auction: Auction) -> str:
        reservations.expire_due(utc_now() + timedelta(days=1))
        jobs.run_auctions()
        return "done"

    def pay(self, auction: Auction) -> str:
        """Let the piece be bought by the person who is offered it, as a checkout does."""
        ids = Offer.objects.all_brands().filter(auction=auction, state=OfferState.OPEN)
        now, brand_id = utc_now(), self.show.brand_id
        with stock.writing(), connection.cursor() as cursor:
            wanted = list(ids.values_list("reservation_id", flat=True))
            kept = rows.lock_active(cursor, brand_id, wanted)
            sales = [Sale(brand_id, one.id, {one.variant_id: one.quantity}) for one in kept]
            stock.claim_many(cursor, sales, now)
            reservations.claim(cursor, kept, now)
        return "done"

    def _command(self, key: str, what: str) -> Command:
        _place, person, turn = map(int, key.split("-"))
        body = {"auction_id": self._auction(key).pk, "accepts_terms": True}
        if what == "bid":
            body["maximum"] = STEP * (1 + turn)
        return Command(key, f"auction.{what}", body, self.people[person], self.show.pk, "en")


def begin() -> Callable[[Batch], list[Any]]:
    return Room().answer
