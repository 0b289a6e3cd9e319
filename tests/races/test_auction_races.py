"""Bids, a purchase at once, the close and the offer at the same moment: nobody wins twice."""

from contextlib import nullcontext
from functools import partial

import pytest

from showfloor.accounts.models import Brand, Role
from showfloor.auctions import bidding, rules, services, standings
from showfloor.auctions.models import Bid
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.models import Reservation
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, SoldOut
from showfloor.stock import services as stock
from showfloor.timeline.commands import Outcome
from tests.auctions.bidders import (
    bid,
    bidder,
    buy_now,
    ends_in,
    now_of,
    offers,
    opened,
    prepared,
)
from tests.conftest import make_staff
from tests.races.guards import AUCTION_HOLD
from tests.races.together import at_once
from tests.stock.helpers import TTL, broken_invariants, level
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


@pytest.mark.parametrize("is_guarded", [True, False])
def test_last_piece_is_an_auctions_or_a_buyers(brand: Brand, is_guarded: bool) -> None:
    bidding.allowances.clear()
    show, by = make_show(brand), make_staff(brand, Role.PRODUCER, "producer@race.test")
    auction, mia = prepared(show, by), bidder(brand, "mia")
    assert auction.variant is not None
    stock.set_level(brand.pk, auction.variant.pk, 1)
    buys = partial(stock.hold, brand.pk, "a buyer", [(auction.variant.pk, 1)], utc_now(), TTL)
    opens = partial(services.open_auction, show, auction.pk, None, by)
    with nullcontext() if is_guarded else AUCTION_HOLD.off():
        answers = at_once([opens, buys])
    refused = [one for one in answers if isinstance(one, Conflict | SoldOut)]
    assert (len(refused), broken_invariants()) == (1 if is_guarded else 0, []), answers
    if not refused or refused[0] is answers[1]:  # it is on air
        bid(show, auction, mia, 5000)
        ends_in(auction, -13)
        services.close_due(utc_now())
        services.go_on(utc_now())
        assert offers(auction) == [(1, 1000, "open" if is_guarded else "no-stock")]
    assert level(auction.variant) == (1, 1)


def test_auction_that_is_called_off_while_it_closes_gives_its_piece_back_once(
    brand: Brand,
) -> None:
    show, by = make_show(brand), make_staff(brand, Role.PRODUCER, "producer@race.test")
    auction = prepared(show, by)
    assert auction.variant is not None
    stock.set_level(brand.pk, auction.variant.pk, 1)
    services.open_auction(show, auction.pk, None, by)
    ends_in(auction, -13)
    now = utc_now()
    at_once([
        partial(services.cancel, show, auction.pk, by), partial(services.close_due, now),
        partial(services.go_on, now), partial(services.go_on, now),
    ])  # fmt: skip
    services.go_on(now)
    assert (level(auction.variant), broken_invariants()) == ((1, 0), [])
