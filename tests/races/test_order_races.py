"""A clerk and a buyer at the same order in the same moment: a parcel or a cancellation, not both;
units come back once."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.checkout.models import CancelReason, Order
from showfloor.fulfilment import cancellations, returns, shipments
from showfloor.fulfilment.models import Actor
from showfloor.fulfilment.return_models import OrderReturn
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.kernel.ids import new_id
from tests.fulfilment.conftest import brush, clock, cream, line, order, post, shopper, testpay
from tests.races import guards
from tests.races.together import Meeting, at_once

__all__ = ["brush", "clock", "cream", "order", "post", "shopper", "testpay"]

pytestmark = pytest.mark.django_db(transaction=True)


def ship_all(order: Order) -> None:
    shipments.ship(order, shipments.open_units(order), Parcel(), "race", utc_now())


def cancel(order: Order) -> None:
    cancellations.cancel(order, utc_now(), actor=Actor.BUYER, reason=CancelReason.BY_BUYER)


def announce(order: Order) -> None:
    cream = line(order, "CREAM")
    returns.announce(order, {cream.pk: 2}, {cream.pk: "fit"}, utc_now(), key=new_id())


def unlocked(count: int) -> Callable[[Order], Order]:
    """Read an order without its lock, and wait until everyone has read."""
    meeting = Meeting(count, once=True)

    def read_then_wait(order: Order) -> Order:
        found = Order.objects.for_brand(order.brand_id).select_related("brand").get(pk=order.pk)
        meeting.wait()
        return found

    return read_then_wait


def test_parcel_and_cancellation_at_once_are_one_of_them(order: Order) -> None:
    results = at_once([partial(ship_all, order), partial(cancel, order)])
    order.refresh_from_db()
    refused = [one for one in results if one is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], Conflict)
    sent = sum(shipments.shipped(order).values())
    assert (order.state, sent) in {("completed", 4), ("cancelled", 0)}


def test_units_that_are_announced_at_once_come_back_once(order: Order, brand: Brand) -> None:
    ship_all(order)
    results = at_once([partial(announce, order) for _n in range(3)])
    assert [type(one) for one in results if one is not None] == [Conflict, Conflict]
    assert OrderReturn.objects.for_brand(brand).count() == 1


def test_without_the_lock_more_units_come_back_than_were_sent(order: Order, brand: Brand) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer, who reads after the one before has written")
    ship_all(order)
    with guards.ORDER_LOCK.off(unlocked(2)):
        results = at_once([partial(announce, order) for _n in range(2)])
    made = OrderReturn.objects.for_brand(brand).count()
    # The number of a return is unique: a second one is refused by the table alone.
    assert made == 2 or any(one is not None and not isinstance(one, Conflict) for one in results)


def test_without_the_lock_a_cancelled_order_is_sent(order: Order) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer, who reads after the one before has written")
    with guards.ORDER_LOCK.off(unlocked(2)):
        results = at_once([partial(ship_all, order), partial(cancel, order)])
    assert results == [None, None]
    sent = sum(shipments.shipped(order).values())
    order.refresh_from_db()
    assert sent == 4
    assert order.cancelled_at is not None
