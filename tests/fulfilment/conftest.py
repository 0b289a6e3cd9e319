"""A paid order of two lines: three creams at 19.90 and one brush at 5.00, shipping 4.90."""

from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout.models import Order, OrderLine, Payment, ShippingOption
from showfloor.checkout.services import payment_events, settlement
from showfloor.kernel.clock import utc_now
from tests.checkout.conftest import clock as clock
from tests.checkout.conftest import post as post
from tests.checkout.conftest import shopper as shopper
from tests.checkout.conftest import testpay as testpay
from tests.checkout.shopping import Shopper, deliver
from tests.conftest import make_staff
from tests.stock.helpers import make_variant

CREAM, BRUSH, SHIPPING = 1990, 500, 490
CLERK = "clerk@example.test"
TOTAL = 3 * CREAM + BRUSH + SHIPPING


@pytest.fixture
def cream(brand: Brand) -> Variant:
    return make_variant(brand, "CREAM", 10, CREAM)


@pytest.fixture
def brush(brand: Brand) -> Variant:
    return make_variant(brand, "BRUSH", 5, BRUSH)


@pytest.fixture
def clerk(brand: Brand) -> User:
    return make_staff(brand, Role.OWNER, CLERK)


@pytest.fixture
def order(
    cream: Variant, brush: Variant, shopper: Shopper, testpay: TestPay, brand: Brand,
    post: ShippingOption,
) -> Order:  # fmt: skip
    """The order, confirmed, with its confirmation waiting to be sent."""
    shopper.add("CREAM", 3)
    shopper.pay(shopper.ready("BRUSH"))
    deliver(testpay)
    made = Order.objects.for_brand(brand).get()
    assert (made.total, made.state) == (TOTAL, "confirmed")
    return made


def line(order: Order, sku: str) -> OrderLine:
    return OrderLine.objects.for_brand(order.brand_id).get(order=order, sku=sku)


def report(order: Order, **news: Any) -> None:
    """A notice of the provider about the order's payment."""
    payment = Payment.objects.for_brand(order.brand_id).get()
    known = payment_events.known(payment)
    told = type(known)(**{
        **{name: getattr(known, name) for name in known.__dataclass_fields__}, **news,
    })  # fmt: skip
    settlement.settle(order.brand_id, payment.pk, told, "webhook", utc_now())
