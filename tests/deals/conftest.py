import pytest

from showfloor.accounts.models import Brand, User
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from tests.support.shows import make_show, started_before


@pytest.fixture
def show(brand: Brand, producer: User) -> Show:
    """Live for a minute, two products of 19 EUR with five units each."""
    made = make_show(brand)
    return started_before(shows.start(made, producer), 60)
