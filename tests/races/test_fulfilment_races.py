"""Clerks who work on one order at the same moment. Each `prevented` has a sibling without the
guard, in which only a constraint is left to stop the second clerk."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import pytest
from django.db import connection

from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Order
from showfloor.fulfilment import cancellations, refunds, shipments
from showfloor.fulfilment.models import OrderRefund, Shipment
from showfloor.fulfilment.shipments import Parcel
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from tests.fulfilment.conftest import BRUSH, TOTAL, line
from tests.fulfilment.conftest import brush as brush
from tests.fulfilment.conftest import clock as clock
from tests.fulfilment.conftest import cream as cream
from tests.fulfilment.conftest import order as order
from tests.fulfilment.conftest import post as post
from tests.fulfilment.conftest import shopper as shopper
from tests.fulfilment.conftest import testpay as testpay
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.stock.helpers import level

pytestmark = pytest.mark.django_db(transaction=True)


def one_writer_off() -> AbstractContextManager[object]:
    """SQLite's transactions exclude each other; PostgreSQL's meet."""
    if connection.vendor == "postgresql":
        return nullcontext()
    return guards.STOCK_TRANSACTION.off()


def names(results: Sequence[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in results)


def ship_all(order: Order, key: str) -> Shipment:
    units = {line(order, "CREAM").pk: 3, line(order, "BRUSH").pk: 1}
    return shipments.ship(order, units, Parcel(), key, utc_now())


def ship_creams(order: Order, key: str) -> Shipment:
    return shipments.ship(order, {line(order, "CREAM").pk: 3}, Parcel(), key, utc_now())


def refund_brush(order: Order, key: str) -> OrderRefund:
    units = {line(order, "BRUSH").pk: 1}
    return refunds.refund_lines(order, units, restock=True, reason="", key=key, now=utc_now())


def test_shipping_one_unit_twice_prevented(order: Order) -> None:
    results = at_once([partial(ship_all, order, key) for key in "abc"])
    assert names(results) == ["Conflict", "Conflict", "Shipment"]
    assert sorted(shipments.shipped(order).values()) == [1, 3]


def test_shipping_one_unit_twice_is_left_to_the_constraints_without_guard(order: Order) -> None:
    both_have_read = Meeting(2)
    with (
        guards.ORDER_LOCK.off(),
        one_writer_off(),
        guards.UNITS_TO_SHIP.followed_by(both_have_read.wait),
    ):
        results = at_once([partial(ship_creams, order, key) for key in "ab"])
    assert names(results) == ["IntegrityError", "Shipment"]


def test_refunding_one_unit_twice_prevented(order: Order, brush: Variant) -> None:
    results = at_once([partial(refund_brush, order, key) for key in "abc"])
    assert names(results) == ["Conflict", "Conflict", "OrderRefund"]
    assert level(brush) == (5, 0)
    assert refunds.left(order) == TOTAL - BRUSH


def test_refunding_one_unit_twice_is_left_to_the_constraints_without_guard(order: Order) -> None:
    both_have_read = Meeting(2)
    with (
        guards.ORDER_LOCK.off(),
        one_writer_off(),
        guards.UNITS_TO_REFUND.followed_by(both_have_read.wait),
    ):
        results = at_once([partial(refund_brush, order, key) for key in "ab"])
    assert names(results) == ["IntegrityError", "OrderRefund"]


def test_shipping_and_cancelling_at_once_does_one_of_them(
    order: Order, cream: Variant, brush: Variant
) -> None:
    results = at_once(
        [partial(ship_all, order, "a"), partial(cancellations.cancel, order, utc_now())]
    )
    (refused,) = [one for one in results if isinstance(one, Conflict)]
    state = Order.objects.for_brand(order.brand_id).get(pk=order.pk).state
    assert (refused.code, state, level(cream), level(brush)) in [
        ("order-shipped", "completed", (7, 0), (4, 0)),
        ("order-state", "cancelled", (10, 0), (5, 0)),
    ]
