"""A deal is decided while somebody buys the same goods: neither waits for a deadlock to end."""

import logging
import threading
from contextlib import nullcontext, suppress
from functools import partial

import pytest
from django.db import connection

from showfloor.accounts.models import Brand, Role
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.stock import services as stock
from tests.conftest import make_staff
from tests.deals.dealing import decide, opened, states, take, tap, variants
from tests.races.guards import SHOW_NEWS, STOCK_COUNTERS
from tests.races.together import Meeting, at_once, somebody_waits
from tests.stock.helpers import TTL, broken_invariants, level
from tests.support.shows import guest, make_show
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("is_guarded", [True, False])
def test_decision_and_a_buyer_of_the_same_goods_do_not_lock_each_other_out(
    brand: Brand, caplog: pytest.LogCaptureFixture, is_guarded: bool
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: nobody holds one row and waits for another")
    producer = make_staff(brand, Role.PRODUCER, "producer@race.test")
    show = shows.start(make_show(brand), producer)
    goods, ana = variants(show)[0], guest(brand)
    stock.set_level(brand.pk, goods.pk, 5)
    deal = opened(show, producer)
    take(deal, tap(deal, ana))
    meeting, decider = Meeting(2, once=True), threading.local()

    def decides() -> None:
        decider.is_here = True
        decide()

    def arrive() -> None:
        """Meet before stock is written; the buyer goes first, as far as the buyer comes."""
        meeting.wait()
        if getattr(decider, "is_here", False):
            with suppress(AssertionError):
                wait_until(somebody_waits, 1.0)

    buys = partial(stock.hold, brand.pk, "a buyer", [(goods.pk, 1)], utc_now(), TTL)
    with (
        nullcontext() if is_guarded else SHOW_NEWS.off(),
        STOCK_COUNTERS.preceded_by(arrive),
        caplog.at_level(logging.INFO, logger="showfloor.accounts.transactions"),
    ):
        at_once([decides, buys])
    assert any("verb_repeated" in line for line in caplog.messages) is not is_guarded
    assert (states(deal), level(goods), broken_invariants()) == ({ana.sub: "won"}, (5, 2), [])
