"""What nobody may learn or gain, and people who are banned or erased after the close."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.translation import override

from showfloor.accounts import bans
from showfloor.accounts.mine import named
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.auctions import bidding, queries, services
from showfloor.auctions.commands import perform_bids
from showfloor.auctions.models import Auction, Bidder
from showfloor.checkout.reservations import rows
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.models import Reservation
from showfloor.kernel.clock import utc_now
from showfloor.privacy import erasure
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from showfloor.timeline.models import PersonStream
from tests.auctions.bidders import (
    a_bid,
    bid,
    bidder,
    buy_now,
    ends_in,
    lapse,
    now_of,
    offers,
    opened,
    prepared,
    refusal,
    retract,
    stands,
)
from tests.support.shows import Caller, make_show, started_before


@pytest.fixture
def show(brand: Brand) -> Show:
    bidding.allowances.clear()
    return make_show(brand)


@pytest.fixture
def mia(brand: Brand) -> Claims:
    return bidder(brand, "mia")


@pytest.fixture
def ben(brand: Brand) -> Claims:
    return bidder(brand, "ben")


def closed(auction: Auction) -> None:
    """Let its time be over, without the offer that follows."""
    ends_in(auction, -13)
    assert services.close_due(utc_now()) == 1


def test_price_before_the_opening_is_not_told_under_mine(
    show: Show, producer: User, mia: Claims, ben: Claims, brand: Brand
) -> None:
    auction = prepared(show, producer)
    services.announce(show, auction.pk, None, producer)
    bid(show, auction, mia, 5000)
    bid(show, auction, ben, 3000)
    with override("en"):
        (row,) = named("bids").rows(brand, ben.sub, utc_now())
    assert (row.state, row.price) == ("Opens soon", "€10.00")


def test_refusal_before_the_opening_does_not_tell_who_leads(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = prepared(show, producer)
    services.announce(show, auction.pk, None, producer)
    bid(show, auction, mia, 5000)
    bid(show, auction, ben, 3000)
    again = [bid(show, auction, who, maximum) for who, maximum in [(mia, 5000), (ben, 3000)]]
    assert [refusal(one)[1] for one in again] == ["bid-too-low", "bid-too-low"]
    assert [one.problem["minimum"] for one in again if one.problem] == [5001, 3001]
    assert stands(auction) == (1, 3100, 2)


def test_staff_read_maxima_once_no_bid_is_taken(show: Show, producer: User, mia: Claims) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 7000)
    path = f"/shows/{show.slug}/auctions/{auction.pk}/bids.csv"
    status, told = Caller(user=producer).call("GET", path)
    assert (status, told["code"]) == (409, "auction-state")
    closed(auction)
    status, table = Caller(user=producer).text(f"/api/v1{path}")
    assert (status, ",7000," in table) == (200, True)


def test_slip_that_is_taken_back_leaves_ten_seconds_even_without_a_soft_close(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer, extend_s=0)
    bid(show, auction, mia, 2000)
    shield = bid(show, auction, ben, 90_000)
    ends_in(auction, -1)
    assert retract(show, ben, shield).problem is None
    ends_at = now_of(auction).ends_at
    assert ends_at is not None
    assert timedelta(seconds=9) < ends_at - utc_now() <= timedelta(seconds=10)


def test_short_auction_that_opens_for_an_older_picture_leaves_ten_seconds(
    show: Show, producer: User
) -> None:
    shows.start(show, producer)
    started_before(show, 60)
    auction = prepared(show, producer, length_s=10)
    seen = utc_now() - timedelta(seconds=12)
    ends_at = services.open_auction(show, auction.pk, seen, producer).ends_at
    assert ends_at is not None
    assert timedelta(seconds=9) < ends_at - utc_now() <= timedelta(seconds=10)


def test_bid_with_an_unusable_id_spoils_nobody_elses(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer)
    answers = perform_bids(show.pk, [
        a_bid(show, auction, ben, 2000, auction_id="\x00"),
        a_bid(show, auction, ben, 2000, auction_id="\ud800"),
        a_bid(show, auction, ben, 2000, command_id="\x00"),
        a_bid(show, auction, mia, 2000),
    ])  # fmt: skip
    assert [refusal(one)[1] for one in answers[:2]] == ["not-found", "not-found"]
    assert refusal(answers[2]) == (422, "invalid", "id")
    assert (answers[3].problem, stands(auction)) == (None, (1, 1000, 1))
    again = perform_bids(show.pk, [a_bid(show, auction, mia, 3000, command_id="\ud800")])
    assert refusal(again[0]) == (422, "invalid", "id")


def test_person_who_is_banned_after_the_close_is_not_next(
    show: Show, producer: User, brand: Brand, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer)
    for who, maximum in [(mia, 9000), (bidder(brand, "cem"), 5000), (ben, 7000)]:
        bid(show, auction, who, maximum)
    closed(auction)
    services.go_on(utc_now())
    bans.ban(show.brand_id, ben.sub, name="ben", by=None)
    lapse(auction)
    assert offers(auction) == [(1, 7100, "lapsed"), (2, 1000, "open")]


def test_buyer_who_is_banned_before_the_offer_gets_none(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 9000)
    bid(show, auction, ben, 7000)
    closed(auction)
    bans.ban(show.brand_id, mia.sub, name="mia", by=None)
    assert services.go_on(utc_now()) == 1
    assert offers(auction) == [(2, 1000, "open")]
    assert services.go_on(utc_now()) == 1  # everyone is told who buys instead
    told = timeline.read(show.timeline_id, 0)[-1]
    assert (told.kind, told.body["leader"], told.body["price"]) == ("auction.closed", 2, 1000)


def test_price_of_a_purchase_at_once_stays_when_another_bidder_is_banned(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer, reserve_amount=5000, buy_now_amount=8000)
    bid(show, auction, mia, 3000)
    buy_now(show, auction, ben)
    bans.ban(show.brand_id, mia.sub, name="mia", by=None)
    services.go_on(utc_now())
    assert offers(auction) == [(2, 8000, "open")]


def test_erased_people_are_offered_nothing_and_told_nothing(
    show: Show, producer: User, brand: Brand, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer)
    cem = bidder(brand, "cem")
    for who, maximum in [(mia, 9000), (cem, 5000), (ben, 7000)]:
        bid(show, auction, who, maximum)
    closed(auction)
    services.go_on(utc_now())
    erasure.erase(brand, ben.sub, None)
    assert (stands(auction)[:2], offers(auction)) == ((1, 7100), [(1, 7100, "open")])
    erasure.erase(brand, mia.sub, None)
    assert offers(auction) == [(1, 7100, "lapsed"), (2, 1000, "open")]
    states = Bidder.objects.all_brands().order_by("number").values_list("state", flat=True)
    assert list(states) == ["erased", "bids", "erased"]
    told = PersonStream.objects.for_brand(brand).values_list("subject", flat=True)
    assert list(told) == [cem.sub]


def test_buyer_who_is_erased_before_the_offer_gets_none(
    show: Show, producer: User, brand: Brand, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 9000)
    bid(show, auction, ben, 7000)
    closed(auction)
    erasure.erase(brand, mia.sub, None)
    services.go_on(utc_now())
    assert offers(auction) == [(2, 1000, "open")]


def test_buyer_who_has_paid_is_told_that_the_offer_is_over(
    show: Show, producer: User, mia: Claims
) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 9000)
    closed(auction)
    services.go_on(utc_now())
    pay(mia)
    told = personal_stream.read(mia.brand, mia.sub)[-1]
    assert (told.kind, told.body["paid"]) == ("auction.offer_over", True)
    assert queries.mine(show, mia.sub)["auctions"][auction.pk]["offer_amount"] is None


def pay(who: Claims) -> None:
    """Let the reservation of this person be bought, as a checkout does."""
    with stock.writing(), connection.cursor() as cursor:
        kept = rows.open_of(cursor, who.brand, {who.sub}, lock=True)[who.sub]
        reservations.claim(cursor, kept, utc_now())


def test_offers_time_is_that_of_its_reservation(show: Show, producer: User, mia: Claims) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 9000)
    closed(auction)
    services.go_on(utc_now())
    later = utc_now().replace(microsecond=0) + timedelta(hours=3)
    Reservation.objects.for_brand(show.brand_id).update(expires_at=later)
    own = queries.mine(show, mia.sub)["auctions"][auction.pk]
    (offer,) = queries.staff_auction(now_of(auction))["offers"]
    assert own["offer_until"] == offer["until"] == later.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_auction_that_cannot_go_on_keeps_no_other_from_it(
    show: Show, producer: User, mia: Claims, caplog: pytest.LogCaptureFixture
) -> None:
    broken = opened(show, producer)
    bid(show, broken, mia, 2000)
    closed(broken)
    Auction.objects.all_brands().filter(pk=broken.pk).update(leader=77)  # a number of nobody
    sound = opened(show, producer)
    bid(show, sound, mia, 2000)
    closed(sound)
    with caplog.at_level(logging.CRITICAL, logger="showfloor.auctions.services"):
        assert services.go_on(utc_now()) == 1
    assert (offers(broken), offers(sound)) == ([], [(1, 1000, "open")])
