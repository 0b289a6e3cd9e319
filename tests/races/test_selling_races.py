"""The sale is paused while people begin their checkouts: each is refused or holds its goods, and no
timer runs on."""

from functools import partial

import pytest

from showfloor.accounts.models import Brand, Role
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Checkout, ShippingOption
from showfloor.checkout.pauses import timers
from showfloor.checkout.pauses.models import SellingPause
from showfloor.checkout.services import beginning, cart
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict
from showfloor.selling import services
from showfloor.stock import services as stock
from tests.checkout.conftest import clock, post, testpay
from tests.conftest import make_staff
from tests.races.together import at_once
from tests.stock.helpers import broken_invariants, level
from tests.support.shows import make_show

__all__ = ["clock", "post", "testpay"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_pause_amid_beginnings_refuses_the_later_and_stops_the_others(
    brand: Brand, testpay: TestPay, post: ShippingOption
) -> None:
    show = make_show(brand, products=1)
    by = make_staff(brand, Role.PRODUCER, "producer@race.test")
    variant = Variant.objects.for_brand(brand).get()
    stock.set_level(brand.pk, variant.pk, 5)
    buyers = [Buyer(brand, f"g:{number}") for number in range(5)]
    for buyer in buyers:
        cart.add(buyer, variant.sku, 1, cart.Attribution())
    beginnings = [partial(beginning.begin, one, utc_now()) for one in buyers]
    pause = partial(services.pause, show, "technical", "", by)
    outcomes = at_once([*beginnings[:3], pause, *beginnings[3:], pause])
    begun = [one for one in outcomes if isinstance(one, Checkout)]
    refused = [one for one in outcomes if isinstance(one, Conflict)]
    assert len(begun) + len(refused) == 5, outcomes
    assert {one.code for one in refused} <= {"selling-paused"}
    assert SellingPause.objects.for_brand(brand).count() == 1
    timers.follow(utc_now())
    still = Checkout.objects.for_brand(brand).filter(time_left_ms__isnull=False)
    assert still.count() == len(begun)
    assert (level(variant), broken_invariants()) == ((5, len(begun)), [])
    at_once([partial(services.resume, show, by), partial(timers.follow, utc_now())])
    timers.follow(utc_now())
    assert still.count() == 0
