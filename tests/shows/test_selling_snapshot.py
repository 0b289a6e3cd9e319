"""A stale snapshot with the entries after it is the fresh one, for what is sold live, too."""

from datetime import timedelta

import pytest

from showfloor.accounts.models import Brand, User
from showfloor.activations import services as activations
from showfloor.auctions import bidding
from showfloor.auctions import services as auctions
from showfloor.giveaways import drawing as draws
from showfloor.giveaways import services as giveaways
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from tests.activations.test_activations import opened as opened_point
from tests.activations.test_activations import take
from tests.auctions import bidders
from tests.giveaways import drawing
from tests.support.reducer import verifier
from tests.support.shows import guest

pytestmark = pytest.mark.django_db


def test_auction_step_by_step(show: Show, brand: Brand, producer: User) -> None:
    bidding.allowances.clear()
    mia, ben = bidders.bidder(brand, "mia"), bidders.bidder(brand, "ben")
    shows.start(show, producer)
    auction, verify = bidders.prepared(show, producer), verifier(show)
    assert verify(lambda: auctions.announce(show, auction.pk, None, producer)) == [
        "stock.level", "auction.announced",
    ]  # fmt: skip
    assert verify(lambda: auctions.open_auction(show, auction.pk, None, producer)) == [
        "auction.opened"
    ]
    assert verify(lambda: bidders.bid(show, auction, mia, 5000)) == ["auction.bid"]
    bidders.ends_in(auction, 5)
    verify = verifier(show)
    kinds = verify(lambda: bidders.bid(show, auction, ben, 9000))
    assert sorted(kinds) == ["auction.bid", "auction.extended"]
    bidders.ends_in(auction, -13)
    verify = verifier(show)
    assert verify(lambda: auctions.close_due(utc_now())) == ["auction.closed"]
    assert verify(lambda: auctions.go_on(utc_now())) == []  # the piece was kept before
    assert "auction.closed" in verify(lambda: bidders.lapse(auction))


def test_draw_step_by_step(show: Show, brand: Brand, producer: User) -> None:
    giveaway, verify = drawing.prepared(show), verifier(show)
    opening = verify(lambda: giveaways.open_giveaway(show, giveaway.pk, 60, None, producer))
    assert opening == ["giveaway.opened"]
    assert verify(lambda: drawing.enter(show, guest(brand), giveaway)) == ["giveaway.entered"]
    late = utc_now() + timedelta(hours=1)
    assert verify(lambda: giveaways.close(show, giveaway.pk, None, producer)) == ["giveaway.closed"]
    assert verify(lambda: draws.draw_due(late)) == ["giveaway.drawn"]
    second = drawing.prepared(show)
    giveaways.open_giveaway(show, second.pk, 60, None, producer)
    assert verify(lambda: giveaways.withdraw(show, second.pk, producer)) == ["giveaway.withdrawn"]


def test_activation_point_step_by_step(show: Show, brand: Brand, producer: User) -> None:
    verify = verifier(show)
    point = opened_point(show, producer, "sample")
    assert verify(lambda: take(show, guest(brand), point)) == ["activation.taken"]
    assert verify(lambda: take(show, guest(brand), point)) == ["activation.taken"]
    assert verify(lambda: activations.close(show, point.pk, None, producer)) == [
        "activation.closed"
    ]
    other = opened_point(show, producer, "link")
    assert verify(lambda: activations.withdraw(show, other.pk, producer)) == [
        "activation.withdrawn"
    ]
