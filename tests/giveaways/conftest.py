from collections.abc import Iterator

import pytest

from showfloor.accounts.models import Brand
from showfloor.giveaways import beacon
from showfloor.shows.models import Show
from tests.giveaways.drawing import FakeBeacon
from tests.support.shows import make_show


@pytest.fixture
def show(brand: Brand) -> Show:
    """Scheduled, published."""
    return make_show(brand, products=0)


@pytest.fixture
def drand() -> Iterator[FakeBeacon]:
    """Rounds of drand, which take part in draws."""
    fake = FakeBeacon()
    beacon.use(fake)
    yield fake
    beacon.use(None)
