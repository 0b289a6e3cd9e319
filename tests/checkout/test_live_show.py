"""Buying from a live show: viewers see the stock move, the console sees what sold."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout import queries
from showfloor.checkout.models import Order, OrderLine
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.timeline import queries as timeline
from showfloor.timeline.models import PersonStream
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import TTL, make_variant


@pytest.fixture
def cream(brand: Brand) -> Variant:
    return make_variant(brand, "CREAM", 3, price=1990)


@pytest.fixture
def live(brand: Brand, cream: Variant, producer: User) -> Show:
    show = shows.create_show(brand, shows.ShowDraft(title="Creams", product_ids=[cream.product_id]))
    return shows.start(show, producer)


def levels(show: Show) -> list[dict[str, Any]]:
    entries = timeline.read(show.timeline_id, after=0)
    return [dict(entry.body) for entry in entries if entry.kind == "stock.level"]


def test_every_change_of_stock_is_on_the_timeline(
    shopper: Shopper, cream: Variant, live: Show, testpay: TestPay
) -> None:
    checkout_id = shopper.ready("CREAM", 2)
    body = {"variant_id": cream.pk, "sku": "CREAM"}
    assert levels(live) == [{**body, "available": 1}]
    shopper.call("DELETE", f"/checkouts/{checkout_id}")
    shopper.pay(shopper.fill_in(shopper.begin().body["id"]))
    deliver(testpay)
    assert [level["available"] for level in levels(live)][1:3] == [3, 1]
    assert levels(live)[-1] == {**body, "available": 1}


def test_buyer_hears_of_a_sale_after_the_shows_timeline(
    shopper: Shopper, cream: Variant, live: Show, brand: Brand, testpay: TestPay
) -> None:
    """Moderators take the show first and then the person: the other way round would deadlock."""
    paid = shopper.pay(shopper.ready("CREAM"))
    assert paid.status == 200
    person = PersonStream.objects.for_brand(brand).get(subject=shopper.sub).timeline_id
    stock.expire_due(utc_now() + 12 * TTL)  # so that the sale takes a unit that is free
    with CaptureQueriesContext(connection) as done:
        deliver(testpay)
    appended = [
        "show" if live.timeline_id in one["sql"] else "person"
        for one in done.captured_queries
        if one["sql"].startswith("UPDATE timeline_timeline SET seq")
        and (live.timeline_id in one["sql"] or person in one["sql"])
    ]
    assert appended == ["show", "person"]


def test_expired_hold_and_new_count_are_announced(brand: Brand, cream: Variant, live: Show) -> None:
    stock.hold(brand.pk, "someone", [(cream.pk, 3)], utc_now(), TTL)
    stock.expire_due(utc_now() + TTL)
    stock.set_level(brand.pk, cream.pk, 10)
    assert [level["available"] for level in levels(live)] == [0, 3, 10]


def test_refused_hold_announces_nothing(shopper: Shopper, cream: Variant, live: Show) -> None:
    shopper.add("CREAM", 3)
    stock.set_level(cream.brand_id, cream.pk, 2)
    told = levels(live)
    assert shopper.begin().status == 409
    assert levels(live) == told


def test_console_sees_what_sold(
    shopper: Shopper, rival: Shopper, brand: Brand, cream: Variant, live: Show, testpay: TestPay
) -> None:
    make_variant(brand, "SOAP", 5, price=500)
    rival.add("CREAM", show=live.slug, show_time_s=3)
    shopper.add("SOAP")
    shopper.add("CREAM", show=live.slug, show_time_s=12.5)
    assert queries.show_numbers(live.pk) == queries.ShowNumbers(carts=2, orders=0, sales=0)
    number = shopper.pay(shopper.fill_in(shopper.begin().body["id"])).body["order"]["number"]
    numbers = queries.show_numbers(live.pk)
    assert numbers == queries.ShowNumbers(carts=1, orders=1, sales=1990 + 500 + 490)
    order = Order.objects.for_brand(brand).get(number=number)
    assert order.show_id == live.pk
    lines = OrderLine.objects.for_brand(brand).filter(order=order)
    assert [(line.sku, line.show_id, line.show_time_s) for line in lines] == [
        ("SOAP", None, None), ("CREAM", live.pk, 12.5),
    ]  # fmt: skip
