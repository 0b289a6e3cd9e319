"""Pausing the sale of a show, *sold out* and *restock*, by the doors of producers and buyers."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from showfloor.accounts.models import Brand, User
from showfloor.auctions import services as auctions
from showfloor.auctions.models import Auction
from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Checkout, SellingPause
from showfloor.checkout.pauses import timers
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.checkout.services import checkout as checkouts
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import RundownItem, Show
from showfloor.site import show_data
from showfloor.stock import services as stock
from showfloor.stock.models import Hold
from showfloor.timeline import queries as timeline
from tests.auctions.bidders import bid, bidder
from tests.auctions.bidders import opened as auction_on_air
from tests.checkout.conftest import clock, post, rival, shopper, testpay
from tests.checkout.shopping import Shopper
from tests.deals.dealing import opened as deal_on_air
from tests.deals.dealing import take, tap
from tests.stock.helpers import level, make_variant
from tests.support.reducer import verifier
from tests.support.shows import Caller, guest, make_show, product_ids, started_before
from tests.waitlists.test_waitlists import join, states

__all__ = ["clock", "post", "rival", "shopper", "testpay"]

WRONG = {"reason": "price"}
PRICE_WORDS = "The sale is paused. The price is wrong and is being corrected."
HOUR = timedelta(hours=1)


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    made = make_show(brand)
    return started_before(shows.start(made, producer), 60)


@pytest.fixture
def variant(show: Show) -> Variant:
    return Variant.objects.for_brand(show.brand_id).get(product=product_ids(show)[0])


@pytest.fixture
def staff(producer: User) -> Caller:
    return Caller(user=producer)


def pause(staff: Caller, show: Show, **body: Any) -> Any:
    status, answer = staff.call("PUT", f"/shows/{show.slug}/selling-pause", body or WRONG)
    assert status == 200, answer
    return answer


def resume(staff: Caller, show: Show) -> None:
    assert staff.call("DELETE", f"/shows/{show.slug}/selling-pause") == (204, None)


def undo(staff: Caller, show: Show, action: str) -> tuple[int, Any]:
    line = AuditEntry.objects.for_brand(show.brand_id).filter(action=action).latest("pk")
    return staff.call("POST", f"/shows/{show.slug}/audit/{line.pk}/undo", {})


def told(show: Show) -> list[str]:
    entries = timeline.read(show.timeline_id, 0, 200)
    return [one.kind for one in entries if one.kind.startswith("selling.")]


def test_pause_is_told_with_its_reason_and_stands_in_the_snapshot(
    show: Show, staff: Caller
) -> None:
    verify = verifier(show)
    assert verify(lambda: pause(staff, show)) == ["selling.paused"]
    assert verify(lambda: pause(staff, show)) == [], "the same again"
    assert verify(lambda: pause(staff, show, reason="other", words=" Back  soon. ")) == [
        "selling.paused"
    ]
    paused = show_data.snapshot(show)["selling_paused"]
    assert paused is not None
    assert (paused["reason"], paused["words"]) == ("other", "Back soon.")
    assert verify(lambda: resume(staff, show)) == ["selling.resumed"]
    assert verify(lambda: resume(staff, show)) == []
    assert show_data.snapshot(show)["selling_paused"] is None
    assert SellingPause.objects.for_brand(show.brand_id).count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "mood"}, "reason"),
        ({"reason": "other"}, "words"),
        ({"reason": "price", "words": "x" * 121}, "words"),
        ({"reason": "price", "words": "a\u0000b"}, "words"),
    ],
)
def test_pause_with_wrong_words_is_refused_and_named(
    show: Show, staff: Caller, body: dict[str, str], field: str
) -> None:
    status, answer = staff.call("PUT", f"/shows/{show.slug}/selling-pause", body)
    assert (status, answer["field"], told(show)) == (422, field, [])


def test_only_producers_of_the_brand_pause(
    show: Show, moderator: User, stranger: User, brand: Brand
) -> None:
    path = f"/shows/{show.slug}/selling-pause"
    callers = [Caller(user=moderator), Caller(user=stranger), Caller(viewer=guest(brand))]
    assert [one.call("PUT", path, WRONG)[0] for one in callers] == [403, 404, 401]
    assert told(show) == []


def test_rehearsal_pauses_nothing_of_the_shop(show: Show, brand: Brand, staff: Caller) -> None:
    hidden = make_show(brand)
    Show.objects.for_brand(brand).filter(pk=hidden.pk).update(rehearses=show)
    status, answer = staff.call("PUT", f"/shows/{hidden.slug}/selling-pause", WRONG)
    assert (status, answer["code"]) == (409, "rehearsal")


def test_goods_of_the_show_are_refused_with_the_reason_and_others_are_sold(
    shopper: Shopper, show: Show, variant: Variant, staff: Caller, brand: Brand
) -> None:
    other = make_variant(brand, "OTHER", 5)
    assert shopper.add(variant.sku).status == 200
    pause(staff, show)
    for place in (None, show.slug):  # the rule is the goods', wherever they are seen
        refused = shopper.add(variant.sku, show=place)
        assert (refused.status, refused.body["code"]) == (409, "selling-paused")
        assert refused.body["detail"] == PRICE_WORDS
        assert refused.body["reason"] == "price"
    assert shopper.add(other.sku, show=show.slug).body["code"] == "selling-paused"
    assert shopper.call("PATCH", f"/cart/items/{variant.sku}", {"quantity": 2}).status == 409
    begun = shopper.begin()
    assert (begun.status, begun.body["code"]) == (409, "selling-paused")
    assert begun.body["detail"].endswith(PRICE_WORDS)
    assert level(variant)[1] == 0
    assert shopper.call("PATCH", f"/cart/items/{variant.sku}", {"quantity": 0}).status == 200
    assert shopper.add(other.sku).status == 200
    assert shopper.begin().status == 201, "what the show does not sell is sold"
    resume(staff, show)
    assert shopper.add(variant.sku).status == 200


def test_checkout_that_was_begun_stands_still_and_is_paid_meanwhile(
    shopper: Shopper, rival: Shopper, show: Show, variant: Variant, staff: Caller
) -> None:
    mine, theirs = shopper.ready(variant.sku), rival.ready(variant.sku)
    pause(staff, show)
    seen = shopper.call("GET", f"/checkouts/{mine}").body
    assert 590 < seen["time_left_s"] <= 600
    in_an_hour = utc_now() + HOUR
    assert (checkouts.expire_due(in_an_hour), stock.expire_due(in_an_hour)) == (0, 0)
    assert rival.pay(theirs).body["order"]["state"] == "placed"
    before = utc_now()
    resume(staff, show)
    row = Checkout.objects.for_brand(show.brand_id).get(pk=mine)
    left = timedelta(seconds=seen["time_left_s"])
    assert timedelta() <= row.expires_at - before - left < timedelta(seconds=5)
    assert row.time_left_ms is None
    assert Hold.objects.all_brands().get(owner=mine).expires_at == row.expires_at
    assert (checkouts.expire_due(in_an_hour), level(variant)[1]) == (1, 1), "the paid one stays"


def test_reservation_stands_still_and_a_forgotten_pause_ends_it_at_last(
    shopper: Shopper, brand: Brand, show: Show, variant: Variant, staff: Caller
) -> None:
    now = utc_now()
    wanted = ReserveRequest(shopper.sub, variant.pk, 1, "test:1", now + HOUR / 2, show_id=show.pk)
    pause(staff, show)
    with stock.writing(), connection.cursor() as cursor:  # an offer that was made meanwhile
        reservations.reserve_many(cursor, brand.pk, [wanted], now)
    assert (timers.follow(now), timers.follow(now)) == (1, 0)
    (kept,) = shopper.cart()["reserved"]
    assert kept["time_left_s"] == 1800
    assert shopper.begin().body["code"] == "selling-paused"
    assert reservations.expire_due(now + HOUR) == 0
    assert reservations.expire_due(now + timers.STANDS_STILL_MAX + HOUR) == 1


def test_goods_in_two_paused_shows_go_on_with_the_last(
    shopper: Shopper, brand: Brand, show: Show, variant: Variant, staff: Caller
) -> None:
    second = make_show(brand, products=1)
    RundownItem.objects.all_brands().create(show=second, product_id=variant.product_id, position=9)
    mine = shopper.ready(variant.sku)
    pause(staff, show)
    pause(staff, second, reason="technical")
    resume(staff, show)
    assert shopper.call("GET", f"/checkouts/{mine}").body["time_left_s"] is not None
    assert shopper.add(variant.sku).body["detail"].endswith("There is a technical problem.")
    resume(staff, second)
    assert shopper.call("GET", f"/checkouts/{mine}").body["time_left_s"] is None


def test_pause_and_its_end_are_taken_back(
    shopper: Shopper, show: Show, variant: Variant, staff: Caller
) -> None:
    pause(staff, show, reason="other", words="Back soon.")
    assert undo(staff, show, "selling.paused")[0] == 200
    assert shopper.add(variant.sku).status == 200
    assert undo(staff, show, "selling.paused")[0] == 409
    pause(staff, show, reason="other", words="Back soon.")
    resume(staff, show)
    assert undo(staff, show, "selling.resumed")[0] == 200
    assert shopper.add(variant.sku).body["detail"] == "The sale is paused. Back soon."


def test_takes_and_bids_are_refused_and_an_auction_ends_later(
    brand: Brand, show: Show, producer: User, staff: Caller
) -> None:
    deal, auction = deal_on_air(show, producer), auction_on_air(show, producer)
    mia = bidder(brand)
    end = Auction.objects.all_brands().get(pk=auction.pk).ends_at
    assert end is not None
    pause(staff, show)
    (taken,) = take(deal, tap(deal, guest(brand)))
    offered = bid(show, auction, mia, 2000)
    assert taken.problem is not None
    assert offered.problem is not None
    assert taken.problem["code"] == offered.problem["code"] == "selling-paused"
    assert auctions.close_due(end + HOUR) == 0
    resume(staff, show)
    over = SellingPause.objects.for_brand(brand).get()
    assert over.ended_at is not None
    moved = Auction.objects.all_brands().get(pk=auction.pk).ends_at
    assert moved == end + (over.ended_at - over.started_at)
    assert bid(show, auction, mia, 2000).problem is None
    assert auctions.close_due(end + HOUR) == 1


def test_sold_out_takes_free_units_and_its_undo_offers_them_to_who_waits(
    shopper: Shopper, brand: Brand, show: Show, variant: Variant, staff: Caller
) -> None:
    stock.set_level(brand.pk, variant.pk, 5)
    shopper.ready(variant.sku, 2)
    path, body = f"/shows/{show.slug}/sold-out", {"product_id": variant.product_id}
    assert staff.call("POST", path, body) == (200, {"units": 3})
    assert level(variant) == (2, 2), "what somebody holds stays theirs"
    assert staff.call("POST", path, body)[1]["code"] == "sold-out"
    assert join(brand, "g:carl", sku=variant.sku) == [1]
    assert undo(staff, show, "stock.sold_out")[0] == 200
    assert level(variant) == (5, 3)
    assert states(brand) == [("g:carl", "offered")]


def test_restock_offers_to_who_waits_first_and_is_taken_back_where_nobody_has_it(
    shopper: Shopper, brand: Brand, show: Show, variant: Variant, staff: Caller
) -> None:
    stock.set_level(brand.pk, variant.pk, 0)
    path = f"/shows/{show.slug}/restock"
    body = {"product_id": variant.product_id, "variant_id": variant.pk, "units": 3}
    assert staff.call("POST", path, body) == (200, {"units": 3})
    assert undo(staff, show, "stock.restocked")[0] == 200
    assert level(variant) == (0, 0)
    join(brand, "g:carl", sku=variant.sku)
    assert staff.call("POST", path, {**body, "variant_id": None}) == (200, {"units": 3})
    assert (level(variant), states(brand)) == ((3, 1), [("g:carl", "offered")])
    assert undo(staff, show, "stock.restocked")[1]["code"] == "changed-since"
    assert level(variant) == (3, 1)
    for units in (0, 10_001):
        assert staff.call("POST", path, {**body, "units": units})[1]["field"] == "units"


def test_goods_outside_the_rundown_are_not_found(
    brand: Brand, show: Show, staff: Caller, shopper: Shopper
) -> None:
    other = make_variant(brand, "OTHER", 5)
    restock = {"product_id": other.product_id, "units": 1}
    assert staff.call("POST", f"/shows/{show.slug}/restock", restock)[0] == 404
    sold_out = {"product_id": other.product_id}
    assert staff.call("POST", f"/shows/{show.slug}/sold-out", sold_out)[0] == 404
    assert level(other) == (5, 0)
