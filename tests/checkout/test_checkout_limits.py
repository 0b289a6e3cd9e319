"""The limits on checkouts of one guest, and of the guests of one network: the more they buy."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand
from showfloor.checkout import rules
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import OPEN_STATES, Checkout, Payment
from showfloor.checkout.services import beginning, cart, reconciliation
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import RateLimited
from showfloor.outbox.models import OutgoingMessage
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant

MOST = 2
CARRIER = "net-of-a-carrier"


@pytest.fixture(autouse=True)
def _limit(settings: Any) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, checkouts_per_network=MOST)


@pytest.fixture(autouse=True)
def _goods(brand: Brand) -> None:
    make_variant(brand, "CREAM", 500)


def person(shopper: Shopper, sub: str, network: str = CARRIER) -> Shopper:
    return Shopper(shopper.client, shopper.brand, sub, shopper.testpay, network=network)


def begin(shopper: Shopper, sub: str, network: str = CARRIER) -> int:
    one = person(shopper, sub, network)
    assert one.add("CREAM").status == 200
    return one.begin().status


def buy(shopper: Shopper, sub: str) -> None:
    one = person(shopper, sub)
    assert one.pay(one.ready("CREAM")).status == 200


def open_ones(brand: Brand) -> int:
    return Checkout.objects.for_brand(brand).filter(state__in=OPEN_STATES).count()


def test_guests_of_one_network_who_buy_nothing_hold_a_few_together(
    shopper: Shopper, brand: Brand
) -> None:
    assert [begin(shopper, f"g:{n}") for n in range(MOST + 1)] == [201] * MOST + [429]
    assert open_ones(brand) == MOST
    assert begin(shopper, "g:elsewhere", "another-network") == 201


def test_every_purchase_makes_room_for_others_of_the_network(shopper: Shopper) -> None:
    buy(shopper, "g:first")
    room = MOST + rules.ROOM_PER_PURCHASE
    assert [begin(shopper, f"g:{n}") for n in range(room + 1)] == [201] * room + [429]


def test_purchase_of_long_ago_makes_no_room(shopper: Shopper, brand: Brand) -> None:
    buy(shopper, "g:first")
    long_ago = utc_now() - rules.PURCHASES_WITHIN - timedelta(seconds=1)
    Checkout.objects.for_brand(brand).update(created_at=long_ago)
    assert [begin(shopper, f"g:{n}") for n in range(MOST + 1)] == [201] * MOST + [429]


def test_members_and_customers_are_let_in_and_take_no_room(shopper: Shopper) -> None:
    buy(shopper, "g:customer")
    room = MOST + rules.ROOM_PER_PURCHASE
    assert begin(shopper, "m:before") == 201
    assert [begin(shopper, f"g:{n}") for n in range(room + 1)] == [201] * room + [429]
    assert [begin(shopper, "m:after"), begin(shopper, "g:customer")] == [201, 201]


def test_limit_of_zero_turns_the_limit_off(shopper: Shopper, settings: Any) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, checkouts_per_network=0)
    assert [begin(shopper, f"g:{n}") for n in range(MOST + 2)] == [201] * (MOST + 2)


@pytest.mark.usefixtures("testpay")
def test_one_guest_begins_a_bounded_number_within_ten_minutes(brand: Brand) -> None:
    buyer, now = Buyer(brand, "g:restless"), utc_now()
    cart.add(buyer, "CREAM", 1, cart.Attribution())
    begun = [beginning.begin(buyer, now).pk for _n in range(rules.CHECKOUTS_PER_GUEST_MAX)]
    with pytest.raises(RateLimited):
        beginning.begin(buyer, now)
    assert Checkout.objects.for_brand(brand).get(pk=begun[-1]).state == "holding"
    later = now + rules.CHECKOUTS_PER_GUEST_WITHIN
    assert beginning.begin(buyer, later).state == "holding"


def test_queries_that_run_all_the_time_use_an_index(brand: Brand) -> None:
    """Without the index each new checkout read all 15,000 open ones of the brand, in 76 ms; jobs
    read all mails and payments there ever were, every second."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a table without rows as it is")
    of_network = Checkout.objects.for_brand(brand).filter(network=CARRIER)
    mails = OutgoingMessage.objects.all_brands().filter(state__in=["queued", "sending"])
    payments = Payment.objects.all_brands().filter(state__in=reconciliation.UNSETTLED)
    asked = {
        "checkout_of_network": of_network.filter(state__in=OPEN_STATES, owner__startswith="g:"),
        "message_by_state": mails.filter(due_at__lte=utc_now()),
        "payment_by_state": payments.filter(created_at__lte=utc_now()),
    }
    for index, rows in asked.items():
        assert f"USING INDEX {index}" in rows.explain()


# As many rows as a brand's people make.
OF_STAFF = {"checkout_shippingoption", "checkout_paymentaccount", "checkout_sellingpause"}
GROWING = ("checkout_", "stock_hold", "c", "k", "l", "h")  # tables and how statements call them
_STEP = re.compile(r"(?:SEARCH|SCAN) (\w+)(?: USING [^(]*\(([^)]*)\))?")


def test_batch_reads_no_table_that_grows_as_a_whole(shopper: Shopper) -> None:
    """With a plain join SQLite read every key and every checkout of the brand: 2 ms of CPU for each
    buyer of a batch once there were a thousand."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a table without rows as it is")
    with CaptureQueriesContext(connection) as said:
        shopper.add("CREAM")
        assert shopper.begin().status == 201
    with connection.cursor() as cursor:
        for statement in {one["sql"] for one in said if one["sql"].startswith("SELECT")}:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = [_STEP.match(row[3]) for row in cursor.fetchall()]
            for table, by in (step.groups() for step in steps if step is not None):
                grows = table in GROWING or table.startswith(GROWING[:2])
                if grows and table not in OF_STAFF:
                    assert by not in {None, "brand_id=?"}, statement
