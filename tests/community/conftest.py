import pytest

from showfloor.accounts.models import Brand
from showfloor.shows.models import Show
from tests.support.shows import make_show


@pytest.fixture
def show(brand: Brand) -> Show:
    """Scheduled, published, two products in the rundown."""
    return make_show(brand)
