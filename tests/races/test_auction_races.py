"""Bids, a purchase at once, the close and the offer at the same moment: nobody wins twice."""

from functools import partial

import pytest

from showfloor.accounts.models import Brand, Role
from showfloor.auctions import bidding, rules, services, standings
from showfloor.auctions.models import Bid
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.models import Reservation
from showfloor.kernel.clock import utc_now
from showfloor.timeline.commands import Outcome
from tests.auctions.bidders import bid, bidder, buy_now, ends_in, now_of, offers, opened
from tests.conftest import make_staff
from tests.races.together import at_once
from tests.support.shows import make_show

pytestmark = pytest.mark.django_db(transaction=True)


def test_bids_at_one_moment_come_to_what_their_order_says(brand: Brand) -> None:
    bidding.allowances.clear()
    show = make_show(brand)
    auction = opened(show, make_staff(brand, Role.PRODUCER, "producer@race.test"))
    people = [bidder(brand, f"b{number}") for number in range(6)]
    calls = [
        partial(bid, show, auction, who, 2000 + 700 * ((number * 5) % 6))
        for number, who in enumerate(people)
    ]
    answers = at_once(calls)
    assert all(isinstance(one, Outcome) for one in answers), answers
    row = now_of(auction)
    rows = Bid.objects.all_brands().order_by("seq", "place")
    cast = list(rows.values_list("bidder__number", "maximum"))
    standing = rules.standing_of(cast)
    assert standings.standing_of(row) == standing
    assert (row.price, row.bids) == (rules.price_of(standings.terms_of(row), standing), len(cast))
    assert sorted({number for number, _maximum in cast}) == list(range(1, len(cast) + 1))


def test_piece_is_bought_at_once_by_one_person(brand: Brand) -> None:
    bidding.allowances.clear()
    show = make_show(brand)
    by = make_staff(brand, Role.PRODUCER, "producer@race.test")
    auction = opened(show, by, buy_now_amount=8000)
    people = [bidder(brand, f"b{number}") for number in range(4)]
    answers = at_once([partial(buy_now, show, auction, who) for who in people])
    assert sum(one.problem is None for one in answers) == 1, answers
    assert sum(at_once([partial(services.go_on, utc_now())] * 3)) == 1
    assert [state for _number, _amount, state in offers(auction)] == ["open"]


def test_close_in_many_processes_sells_once_and_offers_on_once(brand: Brand) -> None:
    bidding.allowances.clear()
    show = make_show(brand)
    auction = opened(show, make_staff(brand, Role.PRODUCER, "producer@race.test"))
    mia, ben = bidder(brand, "mia"), bidder(brand, "ben")
    bid(show, auction, mia, 9000)
    bid(show, auction, ben, 5000)
    ends_in(auction, -13)
    now = utc_now()
    assert sorted(at_once([partial(services.close_due, now)] * 4)) == [0, 0, 0, 1]
    assert sorted(at_once([partial(services.go_on, now)] * 4)) == [0, 0, 0, 1]
    Reservation.objects.all_brands().update(expires_at=now)
    assert sorted(at_once([partial(reservations.expire_due, now)] * 4)) == [0, 0, 0, 1]
    assert sorted(at_once([partial(services.go_on, now)] * 4)) == [0, 0, 0, 1]
    assert offers(auction) == [(1, 5100, "lapsed"), (2, 1000, "open")]
