"""Buying from a live show: viewers see the stock move, the console sees what sold."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, Role, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout import queries, show_sales, sold_units
from showfloor.checkout.models import Order, OrderLine, OrderState
from showfloor.checkout.sold_units import SoldUnitsNotifier
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from showfloor.timeline import queries as timeline
from showfloor.timeline.models import PersonStream
from tests.checkout.shopping import Shopper, deliver
from tests.conftest import make_staff
from tests.stock.helpers import TTL, make_variant
from tests.support.shows import Caller


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


def test_sales_are_told_by_product_and_minute(
    shopper: Shopper, rival: Shopper, brand: Brand, cream: Variant, live: Show, producer: User,
    testpay: TestPay,
) -> None:  # fmt: skip
    rival.add("CREAM", show=live.slug, show_time_s=3)
    shopper.add("CREAM", show=live.slug, show_time_s=12.5)
    staff, path = Caller(user=producer), f"/shows/{live.slug}/sales"
    row = {"product_id": cream.product_id, "name": cream.product.name, "image_url": None}
    _status, before = staff.call("GET", path)
    assert before["products"] == [
        {**row, "available": 3, "carts": 2, "held": 0, "waiting": 0, "units": 0, "amount": 0}
    ]
    checkout_id = shopper.begin().body["id"]
    assert staff.call("GET", path)[1]["products"] == [
        {**row, "available": 2, "carts": 2, "held": 1, "waiting": 0, "units": 0, "amount": 0}
    ]
    number = shopper.pay(shopper.fill_in(checkout_id)).body["order"]["number"]
    placed_at = Order.objects.for_brand(brand).get(number=number).placed_at
    minute = iso_ms(placed_at.replace(second=0, microsecond=0))
    _status, after = staff.call("GET", path)
    assert after["products"] == [
        {**row, "available": 2, "carts": 1, "held": 0, "waiting": 0, "units": 1, "amount": 1990}
    ]
    sold = {"minute": minute, "product_id": cream.product_id, "units": 1, "amount": 1990}
    assert after["minutes"] == [sold]
    assert (after["carts"], after["orders"], after["sales"]) == (1, 1, 1990 + 490)
    later = iso_ms(placed_at + timedelta(minutes=2))
    assert staff.call("GET", f"{path}?since={later}")[1]["minutes"] == []
    status, text = staff.text(f"/api/v1{path}.csv")
    assert status == 200
    assert text.splitlines()[1] == (
        f'"{minute}","{cream.product_id}","{cream.product.name}",1,1,1990,"EUR"'
    )
    assert staff.text(f"/console/shows/{live.slug}/sales")[0] == 200


def test_viewers_are_told_how_many_were_bought_where_the_brand_says_so(
    shopper: Shopper, brand: Brand, cream: Variant, live: Show, testpay: TestPay,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    def told() -> list[Any]:
        entries = timeline.read(live.timeline_id, after=0)
        return [one.body for one in entries if one.kind == "product.sold"]

    teller = SoldUnitsNotifier()
    shopper.add("CREAM", 2, show=live.slug, show_time_s=3)
    shopper.pay(shopper.fill_in(shopper.begin().body["id"]))
    teller.tell()
    teller.tell()
    two = {"product_id": cream.product_id, "units": 2}
    assert told() == [two]
    with django_assert_num_queries(1):
        assert sold_units.snapshot(live) == {"sold": [two]}
    Order.objects.for_brand(brand).update(state=OrderState.CANCELLED)
    teller.tell()
    assert told() == [two, {**two, "units": 0}]
    Brand.objects.filter(pk=brand.pk).update(tells_bought=False)
    Order.objects.for_brand(brand).update(state=OrderState.CONFIRMED)
    teller.tell()
    assert len(told()) == 2
    live.brand.refresh_from_db()
    assert sold_units.snapshot(live) == {"sold": []}


def test_cancelled_order_is_no_sale(
    shopper: Shopper, brand: Brand, cream: Variant, live: Show, testpay: TestPay
) -> None:
    shopper.add("CREAM", show=live.slug, show_time_s=3)
    shopper.pay(shopper.fill_in(shopper.begin().body["id"]))
    assert show_sales.by_product(live)[cream.product_id].units == 1
    Order.objects.for_brand(brand).update(state=OrderState.CANCELLED)
    assert show_sales.by_product(live) == {}
    assert show_sales.by_minute(live) == []


def test_sales_are_for_producers_and_clerks(live: Show, brand: Brand) -> None:
    for role, expected in ((Role.PRODUCER, 200), (Role.CLERK, 200), (Role.MODERATOR, 403)):
        caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"))
        for path in (f"/shows/{live.slug}/sales", f"/shows/{live.slug}/sales.csv"):
            assert caller.text(f"/api/v1{path}")[0] == expected


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
