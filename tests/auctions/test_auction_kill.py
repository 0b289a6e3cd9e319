"""`kill -9` of a process while people bid, auctions open and close, and pieces are offered, paid or
passed on: no acknowledged bid is lost or counted twice, the price is what the bids come to, each
piece has one owner, and no auction whose time is over stays open."""

from collections import Counter

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.auctions import jobs, rules, standings
from showfloor.auctions.models import Auction, Bid, Offer
from showfloor.checkout.models import Reservation
from showfloor.shows import services as shows
from showfloor.stock import services as stock
from tests.auctions.bid_worker import STEP
from tests.auctions.bidders import bidder, offers, prepared
from tests.stock.helpers import broken_invariants, level
from tests.support.kill_worker import Asked
from tests.support.killed import SOAK, Crowd, crowd
from tests.support.shows import make_show

WORKER = "tests.auctions.bid_worker"
PEOPLE = 8
KILLS_PER_AUCTION = 5
RESERVE, BUY_NOW = 30 * STEP, 1000 * STEP  # some auctions come to the reserve, others do not


class Bidders:
    """The batches: bids that go up, some again, and now and then a step of the auctions' life."""

    def __init__(self) -> None:
        self.place = self.turn = 0

    def batch(self, people: Crowd) -> list[Asked]:
        chance = people.chance
        asked: list[Asked] = [(f"{self.place}-0-0", "open")]
        asked += [(self._key(chance.randrange(PEOPLE)), "bid") for _bid in range(5)]
        again = [one for one in [*people.open, *people.answered] if one[1] in {"bid", "buy_now"}]
        asked += chance.sample(again, min(4, len(again)))
        step = chance.choice(["bid", "buy_now", "lapse", "pay", "nothing", "nothing"])
        if step == "pay":  # for any piece so far
            asked.append((f"{chance.randrange(self.place + 1)}-0-{self.turn}", step))
        elif step != "nothing":
            asked.append((self._key(chance.randrange(PEOPLE)), step))
        return list(dict.fromkeys(asked))

    def close(self, people: Crowd) -> list[Asked]:
        return [*self.batch(people), (self._key(0), "close")]

    def go_to_next(self) -> None:
        self.place, self.turn = self.place + 1, 0

    def _key(self, person: int) -> str:
        self.turn += 1
        return f"{self.place}-{person}-{self.turn}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [5, pytest.param(200, marks=SOAK)])
def test_killed_auctions_lose_no_bid_sell_each_piece_once_and_all_close(
    brand: Brand, producer: User, kills: int
) -> None:
    show = shows.start(make_show(brand), producer)
    pieces = kills // KILLS_PER_AUCTION + 1
    made = [
        prepared(show, producer, reserve_amount=RESERVE, buy_now_amount=BUY_NOW)
        for _piece in range(pieces)
    ]
    piece = made[0].variant
    assert piece is not None
    stock.set_level(brand.pk, piece.pk, pieces)
    for number in range(PEOPLE):
        bidder(brand, f"b{number}")
    bidders = Bidders()
    with crowd(WORKER) as people:
        for kill in range(1, kills + 1):
            is_last = kill % KILLS_PER_AUCTION == 0
            people.until_killed(bidders.close if is_last else bidders.batch)
            if is_last:  # its end has come, and nobody but the job closes it
                key = f"{bidders.place}-0-0"
                assert people.ask([(key, "open"), (key, "close")])
                bidders.go_to_next()
        assert people.ask(bidders.close(people))
    for _step in range(2):
        jobs.run_auctions()
    bids = Bid.objects.all_brands()
    stored = dict(bids.values_list("command_id", "seq"))
    taken = {key: told for (key, what), told in people.answered.items()
             if what in {"bid", "buy_now"} and told != "refused"}  # fmt: skip
    assert taken
    assert taken.items() <= stored.items()
    assert len(stored) == bids.count()
    states = Counter[str]()
    for row in Auction.objects.all_brands():
        assert (row.state, row.pending, row.kept_until) == ("closed", "", None)
        counted = bids.filter(auction=row, state="counts").order_by("seq", "place")
        cast = list(counted.values_list("bidder__number", "maximum"))
        assert standings.standing_of(row) == rules.standing_of(cast)
        winners = [one for _number, _amount, one in offers(row) if one in {"open", "paid"}]
        assert len(winners) == (1 if row.result == "sold" else 0)
        states.update(winners)
    kept = Reservation.objects.for_brand(brand).filter(state="active")
    assert kept.count() == states["open"]
    assert "no-stock" not in Offer.objects.all_brands().values_list("state", flat=True)
    assert level(piece) == (pieces - states["paid"], states["open"])
    assert broken_invariants() == []
