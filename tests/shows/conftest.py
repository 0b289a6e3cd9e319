import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.shows.models import Show
from tests.support.shows import make_show


@pytest.fixture
def show(brand: Brand) -> Show:
    """Scheduled, published, two products in the rundown."""
    return make_show(brand)


@pytest.fixture
def staff(producer: User) -> Client:
    """The producer's browser, signed in."""
    client = Client()
    client.force_login(producer)
    return client
