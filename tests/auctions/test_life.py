"""An auction from its preparation to the sale, and the next bidder when the winner does not pay."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts import bans
from showfloor.accounts.mine import named
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.auctions import bidding, queries, services
from showfloor.auctions.models import Auction
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.timeline import personal_stream
from showfloor.timeline import queries as timeline
from tests.auctions.bidders import (
    STEPS,
    bid,
    bidder,
    ends_in,
    lapse,
    now_of,
    offers,
    opened,
    prepared,
    refusal,
    stands,
)
from tests.support.shows import Caller, guest, make_show

WIRE_STEPS = [{"from_amount": start, "step": step} for start, step in STEPS]


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


def close(auction: Auction) -> dict[str, Any]:
    """Let its time be over; what everyone is told."""
    ends_in(auction, -13)
    assert services.close_due(utc_now()) == 1
    services.go_on(utc_now())
    return dict(timeline.read(now_of(auction).show.timeline_id, 0)[-1].body)


def test_auction_closes_once_no_bid_can_be_under_way(
    show: Show, producer: User, mia: Claims
) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 5000)
    ends_in(auction, -11)
    assert services.close_due(utc_now()) == 0
    told = close(auction)
    assert (told["result"], told["leader"], told["price"]) == ("sold", 1, 1000)
    assert services.close_due(utc_now()) == 0
    assert offers(auction) == [(1, 1000, "open")]
    kept, offer = personal_stream.read(mia.brand, mia.sub)
    assert (kept.kind, kept.body["unit_amount"]) == ("reservation.made", 1000)
    assert (offer.kind, offer.body["amount"], offer.body["round"]) == ("auction.offer", 1000, 1)
    assert refusal(bid(show, auction, mia, 9000))[1] == "auction-closed"


def test_auction_without_bids_or_below_its_reserve_sells_nothing(
    show: Show, producer: User, mia: Claims
) -> None:
    nothing = opened(show, producer)
    assert close(nothing)["result"] == "unsold"
    low = opened(show, producer, reserve_amount=5000)
    bid(show, low, mia, 4999)
    told = close(low)
    assert (told["result"], told["leader"], told["price"]) == ("reserve-not-met", None, None)
    met = opened(show, producer, reserve_amount=5000)
    bid(show, met, mia, 5000)
    assert close(met)["price"] == 5000
    assert (offers(nothing), offers(low), offers(met)) == ([], [], [(1, 5000, "open")])


def test_next_bidder_is_offered_at_what_the_others_bids_come_to(
    show: Show, producer: User, brand: Brand, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer)
    for who, maximum in [(mia, 9000), (ben, 5000), (bidder(brand, "cem"), 7000)]:
        assert bid(show, auction, who, maximum).problem is None
    assert close(auction)["price"] == 7100
    lapse(auction)
    assert offers(auction) == [(1, 7100, "lapsed"), (3, 5100, "open")]
    told = timeline.read(show.timeline_id, 0)[-1].body
    assert (told["result"], told["leader"], told["price"]) == ("sold", 3, 5100)
    heard = [one.kind for one in personal_stream.read(mia.brand, mia.sub)]
    assert heard == [
        "reservation.made", "auction.offer", "reservation.ended", "auction.offer_over",
    ]  # fmt: skip
    assert queries.mine(show, mia.sub)["auctions"][auction.pk]["is_out"]
    mine = named("bids").rows
    (out,), (lost,) = mine(brand, mia.sub, utc_now()), mine(brand, ben.sub, utc_now())
    assert (out.title, out.detail, out.state) == ("Blue vase", "", "Over")
    assert (lost.detail, lost.state) == ("Your maximum: €50.00", "Over")
    lapse(auction)
    assert offers(auction)[2:] == [(2, 1000, "open")]
    lapse(auction)
    assert offers(auction)[2:] == [(2, 1000, "lapsed")]
    assert (now_of(auction).result, stands(auction)) == ("unsold", (None, 1000, 0))
    assert services.go_on(utc_now()) == 0


def test_piece_that_is_gone_is_offered_again_once_it_is_back(
    show: Show, producer: User, mia: Claims
) -> None:
    auction = opened(show, producer)
    assert auction.variant_id is not None
    bid(show, auction, mia, 5000)
    # So it stands where an auction was on air before auctions kept their pieces.
    stock.release(show.brand_id, auction.pk)
    Auction.objects.all_brands().update(kept_until=None)
    stock.set_level(show.brand_id, auction.variant_id, 0)
    assert close(auction)["result"] == "sold"
    assert offers(auction) == [(1, 1000, "no-stock")]
    path = f"/shows/{show.slug}/auctions/{auction.pk}/offer-again"
    stock.set_level(show.brand_id, auction.variant_id, 1)
    assert Caller(user=producer).call("POST", path)[0] == 200
    assert services.go_on(utc_now()) == 1
    assert offers(auction) == [(1, 1000, "no-stock"), (1, 1000, "open")]
    assert Caller(user=producer).call("POST", path)[1]["code"] == "auction-state"


def test_banned_leader_does_not_win(show: Show, producer: User, mia: Claims, ben: Claims) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 3000)
    bid(show, auction, ben, 9000)
    bans.ban(show.brand_id, ben.sub, name="ben", by=None)
    assert close(auction)["leader"] == 1
    assert offers(auction) == [(1, 1000, "open")]


def test_show_that_ends_closes_what_is_on_and_calls_off_what_is_announced(
    show: Show, producer: User, mia: Claims
) -> None:
    auction, later = opened(show, producer), prepared(show, producer)
    services.announce(show, later.pk, None, producer)
    bid(show, auction, mia, 3000)
    shows.start(show, producer)
    shows.end(show, producer)
    assert services.close_due(utc_now()) == 2
    assert (now_of(auction).result, now_of(later).result) == ("sold", "cancelled")


def test_one_auction_is_on_air_at_a_time(show: Show, producer: User) -> None:
    first, second = opened(show, producer), prepared(show, producer)
    path = f"/shows/{show.slug}/auctions"
    call = Caller(user=producer).call
    assert call("POST", f"{path}/{second.pk}/open", {})[1]["code"] == "auction-on-air"
    assert call("POST", f"{path}/{first.pk}/open", {})[1]["state"] == "open"
    ends = call("POST", f"{path}/{first.pk}/last-call")[1]["standing"]["ends_at"]
    ends_at = now_of(first).ends_at
    assert ends_at is not None
    assert timedelta(seconds=8) < ends_at - utc_now() <= timedelta(seconds=10)
    assert call("POST", f"{path}/{first.pk}/last-call")[1]["standing"]["ends_at"] == ends
    assert call("POST", f"{path}/{first.pk}/cancel")[1]["result"] == "cancelled"
    assert call("POST", f"{path}/{second.pk}/open", {})[0] == 200
    assert call("POST", f"{path}/{first.pk}/open", {})[1]["code"] == "auction-state"


def test_staff_prepare_change_and_delete(show: Show, producer: User) -> None:
    call, path = Caller(user=producer).call, f"/shows/{show.slug}/auctions"
    variant = prepared(show, producer).variant_id
    body = {
        "variant_id": variant, "title": "Lamp", "start_amount": 500, "increments": WIRE_STEPS,
        "length_s": 120, "reserve_amount": 900, "buy_now_amount": 5000,
    }  # fmt: skip
    status, made = call("POST", path, body)
    assert (status, made["state"], made["reserve_amount"], made["has_reserve"]) == (
        201, "draft", 900, True,
    )  # fmt: skip
    one = f"{path}/{made['auction_id']}"
    assert (
        call("PATCH", one, {"title": "Tall lamp", "reserve_amount": None})[1]["title"]
        == "Tall lamp"
    )
    assert call("PATCH", one, {"title": None})[1]["field"] == "title"
    assert call("POST", path, {**body, "variant_id": "none"})[1]["field"] == "variant_id"
    assert call("POST", path, {**body, "buy_now_amount": 400})[1]["field"] == "buy_now_amount"
    assert call("POST", f"{one}/announce", {})[1]["state"] == "announced"
    assert call("PATCH", one, {"title": "Other"})[1]["code"] == "auction-seen"
    assert call("DELETE", one)[1]["code"] == "auction-seen"
    other = call("POST", path, body)[1]["auction_id"]
    assert call("DELETE", f"{path}/{other}")[0] == 204
    assert len(call("GET", path)[1]) == 2
    seen = queries.snapshot(show)["auctions"]
    assert [(view["title"], view["state"]) for view in seen] == [("Tall lamp", "announced")]
    assert "reserve_amount" not in seen[0]


def test_others_reach_nothing(show: Show, producer: User, stranger: User, brand: Brand) -> None:
    auction = prepared(show, producer)
    one = f"/shows/{show.slug}/auctions/{auction.pk}"
    for method, path in [
        ("GET", f"/shows/{show.slug}/auctions"), ("PATCH", one), ("DELETE", one),
        ("POST", f"{one}/announce"), ("POST", f"{one}/open"), ("POST", f"{one}/last-call"),
        ("POST", f"{one}/cancel"), ("GET", f"{one}/bids.csv"),
    ]:  # fmt: skip
        assert Caller(user=stranger).call(method, path, {})[0] == 404
        assert Caller(viewer=guest(brand)).call(method, path, {})[0] == 401
    assert now_of(auction).state == "draft"


def test_table_of_bids_names_numbers_alone(
    show: Show, producer: User, mia: Claims, ben: Claims
) -> None:
    auction = opened(show, producer)
    bid(show, auction, mia, 3000)
    bid(show, auction, ben, 9000)
    rows = list(queries.bid_rows(auction))
    assert [(row[3], row[4], row[6]) for row in rows[1:]] == [
        (1, 3000, "counts"),
        (2, 9000, "counts"),
    ]


def test_auction_is_an_item_of_the_rundown(show: Show, producer: User) -> None:
    auction = prepared(show, producer)
    call = Caller(user=producer).call
    path = f"/shows/{show.slug}/plan"
    made = call("POST", f"{path}/items", {"kind": "auction", "data": {"auction_id": auction.pk}})
    assert made[0] in {200, 201}, made
    rows = [row for row in call("GET", path)[1] if row["kind"] == "auction"]
    assert [(row["title"], row["ref"]) for row in rows] == [("Blue vase", auction.pk)]
