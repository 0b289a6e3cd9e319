"""Bids, the price, the end, and who may bid."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, Member, Role, StaffRole, User
from showfloor.accounts.tokens import Claims
from showfloor.auctions import bidding, queries, services
from showfloor.auctions.commands import perform_bids
from showfloor.auctions.models import Auction, Bid, BidState
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import to_epoch_ms, utc_now
from showfloor.shows.models import Show
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from tests.auctions.bidders import (
    a_bid,
    arrived_ago,
    bid,
    bidder,
    buy_now,
    ends_in,
    now_of,
    offers,
    opened,
    prepared,
    refusal,
    retract,
    stands,
)
from tests.support.shows import Caller, guest, make_show


@pytest.fixture
def show(brand: Brand) -> Show:
    return make_show(brand)


@pytest.fixture
def auction(show: Show, producer: User) -> Auction:
    bidding.allowances.clear()
    return opened(show, producer)


@pytest.fixture
def mia(brand: Brand) -> Claims:
    return bidder(brand, "mia")


@pytest.fixture
def ben(brand: Brand) -> Claims:
    return bidder(brand, "ben")


def kinds(show: Show, after: int = 0) -> list[str]:
    return [one.kind for one in timeline.read(show.timeline_id, after)]


def news(who: Claims) -> list[str]:
    return [one.kind for one in personal_stream.read(who.brand, who.sub)]


def test_bids_stand_at_the_second_maximum_and_a_step(
    show: Show, auction: Auction, mia: Claims, ben: Claims
) -> None:
    first = bid(show, auction, mia, 5000)
    assert first.result["bid"]["leads"]
    assert stands(auction) == (1, 1000, 1)
    second = bid(show, auction, ben, 3000)
    assert not second.result["bid"]["leads"]
    assert (second.result["bid"]["price"], second.result["bid"]["minimum"]) == (3100, 3200)
    assert bid(show, auction, ben, 5000).result["bid"]["leads"] is False  # the earlier of equals
    assert stands(auction) == (1, 5000, 3)
    assert news(mia) == news(ben) == []
    assert bid(show, auction, ben, 6000).result["bid"]["leads"]
    assert (stands(auction), news(mia)) == ((2, 5100, 4), ["auction.outbid"])
    told = timeline.read(show.timeline_id, 0)[-1]
    assert told.kind == "auction.bid"
    assert (told.body["price"], told.body["leader"], told.body["bids"]) == (5100, 2, 4)
    assert 6000 not in told.body.values(), "a maximum is private"
    mine = queries.mine(show, ben.sub)["auctions"][auction.pk]
    assert (mine["number"], mine["maximum"]) == (2, 6000)


def test_batch_is_one_entry_and_answers_each(
    show: Show, auction: Auction, mia: Claims, ben: Claims, brand: Brand
) -> None:
    before = timeline.head(show.timeline_id).seq
    sent = [
        a_bid(show, auction, mia, 2000), a_bid(show, auction, ben, 2000),
        a_bid(show, auction, bidder(brand), 2050), a_bid(show, auction, mia, 3000),
    ]  # fmt: skip
    answers = perform_bids(show.pk, [*sent, sent[0]])
    assert kinds(show, before) == ["auction.bid"]
    assert [one.seq for one in answers] == [before + 1, before + 1, None, before + 1, before + 1]
    assert refusal(answers[2]) == (422, "bid-too-low", "maximum")
    assert answers[2].problem is not None
    assert answers[2].problem["minimum"] == 2100
    assert (answers[4].replayed, stands(auction)) == (True, (1, 2100, 3))
    again = perform_bids(show.pk, sent[:2])
    assert [one.replayed for one in again] == [True, True]
    assert stands(auction) == (1, 2100, 3)
    order = Bid.objects.all_brands().order_by("seq", "place").values_list("bidder__number", "place")
    assert list(order) == [(1, 0), (2, 1), (1, 2)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"maximum": 999}, (422, "bid-too-low", "maximum")),
        ({"maximum": 0}, (422, "invalid", "maximum")),
        ({"maximum": 10**12}, (422, "invalid", "maximum")),
        ({"maximum": "2000"}, (422, "invalid", "maximum")),
        ({"maximum": 20.5}, (422, "invalid", "maximum")),
        ({"accepts_terms": False}, (422, "terms", "accepts_terms")),
        ({"picture_at": 10**15}, (422, "invalid", "picture_at")),
        ({"auction_id": "nothing"}, (404, "not-found", "auction_id")),
        ({"command_id": "x" * 65}, (422, "invalid", "id")),
    ],
)
def test_wrong_bid_is_refused_and_changes_nothing(
    show: Show, auction: Auction, mia: Claims, body: dict[str, Any],
    expected: tuple[int, str, str],
) -> None:  # fmt: skip
    head = timeline.head(show.timeline_id).seq
    assert refusal(bid(show, auction, mia, **{"maximum": 2000, **body})) == expected
    assert (stands(auction), timeline.head(show.timeline_id).seq) == ((None, 1000, 0), head)


def test_people_who_may_not_bid_are_refused(
    show: Show, auction: Auction, brand: Brand, other_brand: Brand, producer: User
) -> None:
    unconfirmed = bidder(brand, "una", is_confirmed=False)
    helper = bidder(brand, "helper")
    user = Member.objects.for_brand(brand).get(pk=helper.sub[2:]).user
    StaffRole.objects.create(brand=brand, user=user, role=Role.HOST)
    banned = bidder(brand, "bo")
    bans.ban(brand.pk, banned.sub, name="bo", by=None)
    refused = {
        "sign-in-needed": guest(brand), "email-unconfirmed": unconfirmed, "staff-bid": helper,
        "banned": banned, "other-brand": bidder(other_brand),
    }  # fmt: skip
    for code, who in refused.items():
        assert refusal(bid(show, auction, who, 2000))[1] == code
    staff = Claims(str(producer.staff_subject), brand.pk, "Pia", ("producer",))
    assert refusal(bid(show, auction, staff, 2000))[1] == "staff-bid"
    assert stands(auction) == (None, 1000, 0)
    Auction.objects.all_brands().filter(pk=auction.pk).update(bidders_rule="member")
    assert bid(show, auction, unconfirmed, 2000).problem is None


def test_sellers_own_member_account_is_refused(show: Show, brand: Brand, producer: User) -> None:
    seller = bidder(brand, "sam")
    user = Member.objects.for_brand(brand).get(pk=seller.sub[2:]).user
    auction = opened(show, user)
    assert refusal(bid(show, auction, seller, 2000))[1] == "seller-bid"


def test_late_bid_extends_and_bid_of_a_picture_before_the_end_counts(
    show: Show, auction: Auction, mia: Claims, ben: Claims
) -> None:
    bid(show, auction, mia, 2000)
    ends_in(auction, -5)
    end = now_of(auction).ends_at
    assert refusal(bid(show, auction, ben, 3000))[1] == "auction-over"
    close_behind = to_epoch_ms(utc_now() - timedelta(seconds=4))
    assert refusal(bid(show, auction, ben, 3000, picture_at=close_behind))[1] == "auction-over"
    before = timeline.head(show.timeline_id).seq
    seen = to_epoch_ms(utc_now() - timedelta(seconds=8))
    assert bid(show, auction, ben, 3000, picture_at=seen).problem is None
    assert kinds(show, before) == ["auction.bid", "auction.extended"]
    row = now_of(auction)
    assert end is not None
    assert row.ends_at is not None
    assert timedelta(seconds=9) < row.ends_at - utc_now() <= timedelta(seconds=10)
    assert stands(auction) == (2, 2100, 2)
    ends_in(auction, -30)
    long_ago = to_epoch_ms(utc_now() - timedelta(hours=1))
    assert refusal(bid(show, auction, mia, 9000, picture_at=long_ago))[1] == "auction-over"


def test_bid_after_the_end_counts_by_the_unproven_delay_and_a_moment_that_can_be(
    show: Show, auction: Auction, mia: Claims, settings: Any
) -> None:
    ends_in(auction, -5)
    old = replace(a_bid(show, auction, mia, 2000), arrived_ms=to_epoch_ms(utc_now()) - 60_000)
    (outcome,) = perform_bids(show.pk, [old])
    assert refusal(outcome)[1] == "auction-over"
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, unproven_delay_ms=0)
    seen = to_epoch_ms(utc_now() - timedelta(seconds=8))
    assert refusal(bid(show, auction, mia, 2000, picture_at=seen))[1] == "auction-over"
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, unproven_delay_ms=8_000)
    assert bid(show, auction, mia, 2000, picture_at=seen).problem is None


def test_leader_who_raises_the_own_maximum_extends_nothing(
    show: Show, auction: Auction, mia: Claims
) -> None:
    bid(show, auction, mia, 2000)
    ends_in(auction, 3)
    end = now_of(auction).ends_at
    bid(show, auction, mia, 9000)
    assert (now_of(auction).ends_at, stands(auction)) == (end, (1, 1000, 2))


def test_slip_is_retracted_within_ten_seconds(
    show: Show, auction: Auction, mia: Claims, ben: Claims
) -> None:
    bid(show, auction, mia, 2000)
    slip = bid(show, auction, ben, 90_000)
    assert refusal(retract(show, mia, slip)) == (404, "not-found", "bid_id")
    assert retract(show, ben, slip).result["bid"]["leader"] == 1
    assert (stands(auction), retract(show, ben, slip).replayed) == ((1, 1000, 1), True)
    (line,) = AuditEntry.objects.for_brand(show.brand_id).filter(action="auction.retracted")
    assert (line.subject, line.detail["maximum"]) == (ben.sub, 90_000)
    late = bid(show, auction, ben, 3000)
    arrived_ago(late, 11)
    assert refusal(retract(show, ben, late))[1] == "retract-late"
    assert retract(show, ben, bid(show, auction, ben, 4000)).problem is None
    assert refusal(retract(show, ben, bid(show, auction, ben, 5000)))[1] == "retract-often"
    assert stands(auction) == (2, 2100, 3)


def test_bids_before_the_opening_are_counted_and_told_to_nobody(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = prepared(show, producer)
    assert refusal(bid(show, auction, mia, 2000))[1] == "not-found"
    services.announce(show, auction.pk, None, producer)
    assert bid(show, auction, mia, 5000).result["bid"]["leads"] is False
    assert bid(show, auction, ben, 3000).result["bid"]["price"] == 1000
    told = timeline.read(show.timeline_id, 0)[-1].body
    assert (told["price"], told["leader"], told["bids"], told["ends_at"]) == (1000, None, 2, None)
    assert refusal(bid(show, auction, mia, 4000)) == (422, "bid-too-low", "maximum")
    services.open_auction(show, auction.pk, None, producer)
    standing = timeline.read(show.timeline_id, 0)[-1].body["standing"]
    assert (standing["price"], standing["leader"], standing["bids"]) == (3100, 1, 2)
    assert news(mia) == news(ben) == []


def test_buy_now_is_there_until_a_bid_reaches_the_reserve(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer, reserve_amount=4000, buy_now_amount=8000)
    bid(show, auction, mia, 3000)
    before = timeline.head(show.timeline_id).seq
    assert buy_now(show, auction, ben).result["bid"]["maximum"] == 8000
    assert kinds(show, before) == ["auction.bid", "auction.closed"]
    closed = timeline.read(show.timeline_id, before)[-1].body
    assert (closed["result"], closed["price"], closed["leader"]) == ("sold", 8000, 2)
    assert services.go_on(utc_now()) == 1
    assert offers(auction) == [(2, 8000, "open")]
    assert news(ben) == ["reservation.made", "auction.offer"]
    assert refusal(bid(show, auction, mia, 9000))[1] == "auction-closed"
    another = opened(show, producer, buy_now_amount=8000)
    bid(show, another, mia, 3000)
    assert refusal(buy_now(show, another, ben))[1] == "buy-now-gone"
    assert offers(another) == []


def test_banned_bidders_bids_stop_counting(
    show: Show, auction: Auction, mia: Claims, ben: Claims
) -> None:
    bid(show, auction, mia, 2000)
    bid(show, auction, ben, 9000)
    bans.ban(show.brand_id, ben.sub, name="ben", by=None)
    assert services.drop_banned(utc_now()) == 1
    assert services.drop_banned(utc_now()) == 0
    assert stands(auction) == (1, 1000, 1)
    told = timeline.read(show.timeline_id, 0)[-1]
    assert (told.kind, told.body["cause"], told.body["leader"]) == ("auction.bid", "void", 1)
    states = Bid.objects.all_brands().order_by("seq").values_list("state", flat=True)
    assert list(states) == [BidState.COUNTS, BidState.VOID]


def test_erased_bidder_leaves_bids_of_nobody(
    show: Show, auction: Auction, mia: Claims, ben: Claims
) -> None:
    bid(show, auction, mia, 2000)
    bid(show, auction, ben, 9000)
    assert services.forget_person(show.brand_id, ben.sub) == 1
    assert (stands(auction), queries.mine(show, ben.sub)) == ((1, 1000, 1), {"auctions": {}})
    assert services.forget_person(show.brand_id, ben.sub) == 0


def test_flood_of_one_person_is_bounded(show: Show, auction: Auction, mia: Claims) -> None:
    sent = [a_bid(show, auction, mia, 2000 + number) for number in range(30)]
    codes = [refusal(one)[1] for one in perform_bids(show.pk, sent) if one.problem]
    assert set(codes) == {"rate-limited"}
    assert 10 <= len(codes) <= 15


def test_post_does_the_same(show: Show, auction: Auction, mia: Claims, ben: Claims) -> None:
    path = f"/shows/{show.slug}/auctions/{auction.pk}/bids"
    body = {"client_id": "one", "maximum": 2000, "accepts_terms": True}
    status, made = Caller(viewer=mia).call("POST", path, body)
    assert (status, made["leads"], made["number"], made["price"]) == (201, True, 1, 1000)
    assert Caller(viewer=mia).call("POST", path, body)[0] == 201
    assert stands(auction) == (1, 1000, 1)
    low = Caller(viewer=ben).call("POST", path, {**body, "maximum": 1050})
    assert (low[0], low[1]["code"], low[1]["minimum"]) == (422, "bid-too-low", 1100)
    gone = Caller(viewer=mia).call("DELETE", f"/shows/{show.slug}/bids/{made['bid_id']}")
    assert (gone[0], gone[1]["leader"]) == (200, None)


def test_batch_of_many_bids_takes_as_many_statements_as_one_of_few(
    show: Show, producer: User, brand: Brand
) -> None:
    auction = opened(show, producer)
    people = [bidder(brand, f"b{number}") for number in range(12)]
    statements = []
    for round_number, count in enumerate([12, 3, 12], start=1):
        bidding.allowances.clear()
        batch = [
            a_bid(show, auction, who, 10_000 * round_number + 500 * number)
            for number, who in enumerate(people[:count])
        ]
        with CaptureQueriesContext(connection) as asked:
            assert all(one.problem is None for one in perform_bids(show.pk, batch))
        statements.append(len(asked.captured_queries))
    assert statements[2] <= 19
    assert statements[2] - statements[1] <= 1  # SQLite inserts eight rows at a time, and the rest
