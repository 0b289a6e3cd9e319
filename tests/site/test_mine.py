"""*Mine*: what a person has at a brand, for guests as well as members."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from showfloor.accounts.guests import COOKIE
from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.models import Reservation, ShippingOption
from showfloor.checkout.reservations import services
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
from tests.checkout.conftest import clock, post, testpay
from tests.checkout.shopping import Shopper
from tests.stock.helpers import level, make_variant

__all__ = ["clock", "post", "testpay"]


@pytest.fixture
def guest(brand: Brand, testpay: TestPay, post: ShippingOption) -> Shopper:
    """A browser with a guest's cookie, and what that guest does by the API."""
    client = Client()
    token = client.post(
        "/api/v1/viewer-token", {"brand": brand.slug}, content_type="application/json"
    ).json()
    assert COOKIE in client.cookies
    return Shopper(client, brand, token["viewer"]["id"], testpay)


def test_guest_finds_orders_and_kept_goods_and_gives_one_back(guest: Shopper, brand: Brand) -> None:
    client = guest.client
    empty = client.get("/mine/").content.decode()
    assert "mine-empty" in empty
    assert "mine-row" not in empty
    cream, now = make_variant(brand, "CREAM", 3), utc_now()
    guest.pay(guest.ready("CREAM"))
    wanted = ReserveRequest(guest.sub, cream.pk, 1, "test:1", now + timedelta(minutes=3))
    with stock.writing(), connection.cursor() as cursor:
        services.reserve_many(cursor, brand.pk, [wanted], now)
    page = client.get("/mine/").content.decode()
    assert page.index("mine-reservations") < page.index("mine-orders")
    assert page.count('data-testid="mine-row"') == 2
    assert "data-counts-down" in page
    kept = Reservation.objects.for_brand(brand).get()

    def release(by: Client, ref: str) -> str:
        form = {"section": "reservations", "act": "release", "ref": ref}
        return by.post("/mine/", form, follow=True).content.decode()

    stranger = Client()
    assert "There is no such reservation." in release(stranger, kept.pk)
    assert "It goes to whoever is next." in release(client, kept.pk)
    kept.refresh_from_db()
    assert (kept.state, level(cream)) == ("released", (3, 1))
    assert client.post("/mine/", {"section": "none"}).status_code == 404
    assert client.post("/mine/", {"section": "orders", "act": "x"}, follow=True).status_code == 200
