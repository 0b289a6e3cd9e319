"""The piece of an auction is in stock for whoever wins it, and free again when nobody does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.auctions import bidding, keeping, services
from showfloor.auctions.models import Auction
from showfloor.catalogue.models import Price, Product
from showfloor.checkout.reservations import services as reservations
from showfloor.checkout.reservations.models import Reservation
from showfloor.checkout.reservations.rows import OPEN_PER_OWNER_MAX
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, SoldOut
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.stock.models import Hold
from showfloor.timeline import queries as timeline
from tests.auctions.bidders import (
    bid,
    bidder,
    buy_now,
    ends_in,
    lapse,
    now_of,
    offers,
    prepared,
    refusal,
)
from tests.stock.helpers import TTL, broken_invariants, level, make_variant
from tests.support.shows import Caller, make_show


@pytest.fixture
def show(brand: Brand) -> Show:
    bidding.allowances.clear()
    return make_show(brand)


@pytest.fixture
def mia(brand: Brand) -> Claims:
    return bidder(brand, "mia")


def last_one(show: Show, by: User, **more: Any) -> Auction:
    """Prepare an auction of the only piece that there is."""
    auction = prepared(show, by, **more)
    assert auction.variant is not None
    stock.set_level(show.brand_id, auction.variant.pk, 1)
    return auction


def units(auction: Auction) -> tuple[int, int]:
    assert auction.variant is not None
    return level(auction.variant)


def owners(auction: Auction) -> list[str]:
    """Who holds the piece."""
    return list(Hold.objects.for_brand(auction.show.brand_id).filter(state="active").values_list(
        "owner", flat=True
    ))  # fmt: skip


def close(auction: Auction) -> None:
    ends_in(auction, -13)
    assert services.close_due(utc_now()) == 1
    services.go_on(utc_now())


def test_piece_goes_from_the_auction_to_the_winner_without_being_free(
    show: Show, producer: User, mia: Claims
) -> None:
    auction, freed = last_one(show, producer), list[object]()
    services.announce(show, auction.pk, None, producer)
    assert (units(auction), owners(auction)) == ((1, 1), [auction.pk])
    stop = stock.on_change(freed.append)
    services.open_auction(show, auction.pk, None, producer)
    assert auction.variant_id is not None
    with pytest.raises(SoldOut):
        stock.hold(show.brand_id, "a buyer", [(auction.variant_id, 1)], utc_now(), TTL)
    assert bid(show, auction, mia, 5000).problem is None
    ends_in(auction, -13)
    services.close_due(utc_now())
    assert owners(auction) == [auction.pk]  # a crash here loses nothing
    services.go_on(utc_now())
    stop()
    (offer,) = Reservation.objects.for_brand(show.brand_id)
    assert (offer.owner, owners(auction), freed) == (mia.sub, [offer.pk], [])
    assert (offers(auction), now_of(auction).kept_until) == ([(1, 1000, "open")], None)


def buyer_has_it(show: Show, variant_id: str) -> None:
    stock.hold(show.brand_id, "a buyer", [(variant_id, 1)], utc_now(), TTL)


def has_no_price(_show: Show, variant_id: str) -> None:
    Price.objects.all_brands().filter(variant=variant_id).delete()


def is_unpublished(show: Show, variant_id: str) -> None:
    Product.objects.for_brand(show.brand_id).filter(variants=variant_id).update(published=False)


@pytest.mark.parametrize(
    ("obstacle", "code", "words"),
    [
        (buyer_has_it, "piece-gone", "No piece of it is free in stock"),
        (has_no_price, "piece-unsold", "The shop does not sell it"),
        (is_unpublished, "piece-unsold", "The shop does not sell it"),
    ],
)
def test_auction_whose_winner_could_not_have_the_piece_neither_opens_nor_is_announced(
    obstacle: Callable[[Show, str], None], code: str, words: str, show: Show, producer: User
) -> None:
    auction = last_one(show, producer)
    assert auction.variant_id is not None
    obstacle(show, auction.variant_id)
    before, kept = timeline.head(show.timeline_id).seq, owners(auction)
    for step in ["open", "announce"]:
        path = f"/shows/{show.slug}/auctions/{auction.pk}/{step}"
        status, told = Caller(user=producer).call("POST", path, {})
        assert (status, told["code"], told["field"]) == (409, code, "variant_id")
        assert words in told["detail"]
    assert (now_of(auction).state, owners(auction)) == ("draft", kept)
    assert timeline.head(show.timeline_id).seq == before


def cancelled(show: Show, auction: Auction, by: User) -> None:
    services.cancel(show, auction.pk, by)


def undone(show: Show, auction: Auction, by: User) -> None:
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="auction.opened")
    path = f"/shows/{show.slug}/audit/{line.pk}/undo"
    assert Caller(user=by).call("POST", path)[0] == 200
    assert services.go_on(utc_now()) == 1


def without_bids(_show: Show, auction: Auction, _by: User) -> None:
    close(auction)


def below_the_reserve(show: Show, auction: Auction, _by: User) -> None:
    assert bid(show, auction, bidder(show.brand, "cem"), 2000).problem is None
    close(auction)


def leader_banned_before_the_offer(show: Show, auction: Auction, _by: User) -> None:
    cem = bidder(show.brand, "cem")
    bid(show, auction, cem, 9000)
    ends_in(auction, -13)
    services.close_due(utc_now())
    bans.ban(show.brand_id, cem.sub, name="cem", by=None)
    services.go_on(utc_now())


def nobody_pays(show: Show, auction: Auction, _by: User) -> None:
    for name, maximum in [("cem", 9000), ("dan", 8000)]:
        bid(show, auction, bidder(show.brand, name), maximum)
    close(auction)
    lapse(auction)
    assert (units(auction), len(offers(auction))) == ((1, 1), 2)
    lapse(auction)


def show_ended(show: Show, _auction: Auction, by: User) -> None:
    shows.start(show, by)
    shows.end(show, by)
    services.close_due(utc_now())
    services.go_on(utc_now())


@pytest.mark.parametrize(
    "end",
    [
        cancelled, undone, without_bids, below_the_reserve, leader_banned_before_the_offer,
        nobody_pays, show_ended,
    ],
)  # fmt: skip
def test_piece_that_nobody_wins_is_free_again(
    show: Show, producer: User, end: Callable[[Show, Auction, User], None]
) -> None:
    auction = last_one(show, producer, reserve_amount=5000)
    services.open_auction(show, auction.pk, None, producer)
    assert units(auction) == (1, 1)
    end(show, auction, producer)
    assert (units(auction), owners(auction)) == ((1, 0), [])
    row = now_of(auction)
    assert (row.state, row.kept_until) == ("closed", None)
    services.go_on(utc_now())
    assert (now_of(auction).pending, broken_invariants()) == ("", [])


@pytest.mark.parametrize("bids_before", [True, False])
def test_opening_is_not_undone_once_somebody_has_bid(
    bids_before: bool, show: Show, producer: User, mia: Claims
) -> None:
    auction = prepared(show, producer)
    services.announce(show, auction.pk, None, producer)
    if bids_before:
        assert bid(show, auction, mia, 2000).problem is None
    services.open_auction(show, auction.pk, None, producer)
    if not bids_before:
        assert bid(show, auction, mia, 2000).problem is None
    line = AuditEntry.objects.for_brand(show.brand_id).get(action="auction.opened")
    status, told = Caller(user=producer).call("POST", f"/shows/{show.slug}/audit/{line.pk}/undo")
    assert (status, told["code"]) == (409, "changed-since")
    assert now_of(auction).state == "open"


def test_buyer_at_once_gets_the_kept_piece(show: Show, producer: User, mia: Claims) -> None:
    auction = last_one(show, producer, buy_now_amount=8000)
    services.open_auction(show, auction.pk, None, producer)
    assert buy_now(show, auction, mia).problem is None
    assert owners(auction) == [auction.pk]
    services.go_on(utc_now())
    assert (offers(auction), units(auction)) == ([(1, 8000, "open")], (1, 1))


def test_winner_with_as_many_reservations_as_a_person_may_have_gets_the_piece(
    show: Show, producer: User, mia: Claims
) -> None:
    auction, now = last_one(show, producer), utc_now()
    services.open_auction(show, auction.pk, None, producer)
    soap = make_variant(show.brand, "SOAP", 100)
    wish = ReserveRequest(mia.sub, soap.pk, 1, "wait:1", now + timedelta(hours=1))
    with stock.writing(), connection.cursor() as cursor:
        some = [wish] * (OPEN_PER_OWNER_MAX + 1)
        *_made, refused = reservations.reserve_many(cursor, show.brand_id, some, now)
    assert isinstance(getattr(refused, "error", None), Conflict)
    bid(show, auction, mia, 2000)
    close(auction)
    assert offers(auction) == [(1, 1000, "open")]


def test_hold_of_an_auction_is_renewed_while_it_takes_bids(show: Show, producer: User) -> None:
    auction = last_one(show, producer)
    services.announce(show, auction.pk, None, producer)
    assert keeping.renew_due(utc_now()) == 0
    later = utc_now() + keeping.KEPT_FOR - timedelta(hours=1)
    assert keeping.renew_due(later) == 1
    assert stock.expire_due(later + timedelta(hours=30)) == 0
    assert now_of(auction).kept_until == later + keeping.KEPT_FOR
    services.cancel(show, auction.pk, producer)
    assert keeping.renew_due(later + timedelta(days=2)) == 0


@pytest.mark.parametrize("is_bought_meanwhile", [False, True])
def test_hold_that_ran_out_in_an_outage_is_taken_anew_where_a_piece_is_free(
    is_bought_meanwhile: bool, show: Show, producer: User
) -> None:
    auction = last_one(show, producer)
    services.announce(show, auction.pk, None, producer)
    later = utc_now() + keeping.KEPT_FOR + timedelta(hours=1)
    assert stock.expire_due(later) == 1
    if is_bought_meanwhile:
        assert auction.variant_id is not None
        stock.hold(show.brand_id, "a buyer", [(auction.variant_id, 1)], later, TTL)

    assert keeping.renew_due(later) == (0 if is_bought_meanwhile else 1)

    kept_until = None if is_bought_meanwhile else later + keeping.KEPT_FOR
    assert now_of(auction).kept_until == kept_until
    assert owners(auction) == ["a buyer" if is_bought_meanwhile else auction.pk]
    if is_bought_meanwhile:
        with pytest.raises(Conflict, match="No piece of it is free"):
            services.open_auction(show, auction.pk, None, producer)


def test_auction_opened_after_an_outage_before_any_job_ran_does_not_trust_an_old_hold(
    show: Show, producer: User
) -> None:
    auction = last_one(show, producer)
    services.announce(show, auction.pk, None, producer)
    stock.release(show.brand_id, auction.pk)
    Auction.objects.all_brands().filter(pk=auction.pk).update(kept_until=utc_now())
    assert auction.variant_id is not None
    buyer_has_it(show, auction.variant_id)
    with pytest.raises(Conflict, match="No piece of it is free"):
        services.open_auction(show, auction.pk, None, producer)
    stock.release(show.brand_id, "a buyer")
    services.open_auction(show, auction.pk, None, producer)
    assert owners(auction) == [auction.pk]


def test_rehearsed_auction_keeps_and_sells_nothing(show: Show, producer: User, mia: Claims) -> None:
    Show.objects.for_brand(show.brand_id).filter(pk=show.pk).update(rehearses=show)
    auction = last_one(show, producer)
    services.open_auction(show, auction.pk, None, producer)
    assert units(auction) == (1, 0)
    assert refusal(bid(show, auction, mia, 2000)) == (409, "rehearsal", None)
