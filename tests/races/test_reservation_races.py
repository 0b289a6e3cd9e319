"""A reservation at the end of its time: its owner begins a checkout, the job ends it and somebody
else buys, all in the same moment. One of them has the unit."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Checkout, Reservation, ShippingOption
from showfloor.checkout.reservations import services
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.checkout.services import beginning, cart
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Invalid, SoldOut
from showfloor.stock import services as stock
from tests.checkout.conftest import clock, post, testpay
from tests.races.together import at_once
from tests.stock.helpers import broken_invariants, level, make_variant

__all__ = ["clock", "post", "testpay"]

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def test_owner_job_and_passer_by_at_once_give_the_unit_to_one(
    brand: Brand, testpay: TestPay, post: ShippingOption
) -> None:
    cream, now = make_variant(brand, "CREAM", 1), utc_now()
    anna, bert = Buyer(brand, "g:anna"), Buyer(brand, "g:bert")
    cart.add(bert, "CREAM", 1, cart.Attribution())
    wanted = ReserveRequest("g:anna", cream.pk, 1, "race:1", now + MINUTE, 990, "EUR")
    with stock.writing(), connection.cursor() as cursor:
        services.reserve_many(cursor, brand.pk, [wanted], now)
    begun, ended, passer_by = at_once([
        partial(beginning.begin, anna, now),
        partial(services.expire_due, now + 2 * MINUTE),
        partial(beginning.begin, bert, now),
    ])  # fmt: skip
    state = Reservation.objects.for_brand(brand).get().state
    assert (type(begun), ended, state) in [
        (Checkout, 0, "in_checkout"), (Invalid, 1, "expired"),
    ]  # fmt: skip
    bought = [one for one in (begun, passer_by) if isinstance(one, Checkout)]
    assert isinstance(passer_by, Checkout | SoldOut)
    assert len(bought) <= 1
    assert level(cream) == (1, len(bought))
    assert broken_invariants() == []
