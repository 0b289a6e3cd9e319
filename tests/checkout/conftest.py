"""A shop that can be bought from over HTTP, with the test payment provider behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import provider
from showfloor.checkout.models import ShippingOption
from tests.checkout.shopping import Clock, Shopper
from tests.stock.helpers import broken_invariants


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def testpay(tmp_path: Path, clock: Clock) -> Iterator[TestPay]:
    pay = TestPay(tmp_path / "testpay.sqlite3", "secret-of-the-tests", clock)
    provider.use(pay)
    yield pay
    provider.use(None)


@pytest.fixture
def post(brand: Brand) -> ShippingOption:
    """Standard shipping, 4.90, to Germany and Austria."""
    option = ShippingOption(
        brand=brand, name="Standard", note="2–3 days", price=490, countries=["DE", "AT"]
    )
    option.save()
    return option


@pytest.fixture
def shopper(brand: Brand, testpay: TestPay, post: ShippingOption) -> Iterator[Shopper]:
    """A buyer with a browser. The counters of stock are right after every test."""
    yield Shopper(Client(), brand, "g:anna", testpay)
    assert broken_invariants() == []


@pytest.fixture
def rival(shopper: Shopper, brand: Brand, testpay: TestPay) -> Shopper:
    """Another buyer at the same brand."""
    return Shopper(Client(), brand, "g:bert", testpay)
