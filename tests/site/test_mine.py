"""*Mine*: what a person has at a brand, for guests as well as members."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.guests import COOKIE
from showfloor.accounts.models import Brand, User
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout import pay_page
from showfloor.checkout.models import Reservation, ShippingOption
from showfloor.checkout.reservations import services
from showfloor.checkout.reservations.services import ReserveRequest
from showfloor.kernel.clock import utc_now
from showfloor.shows import services as shows
from showfloor.shows.models import Highlight, OpenTo, Show
from showfloor.stock import services as stock
from tests.checkout.conftest import clock, post, testpay
from tests.checkout.shopping import Shopper
from tests.stock.helpers import level, make_variant
from tests.support.shows import make_show

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


def test_way_to_pay_is_a_show_that_everyone_may_watch_and_costs_the_same_for_any_number_of_goods(
    brand: Brand, producer: User
) -> None:
    now = utc_now()
    club, first, last, other = (
        make_show(brand, title, products=0) for title in ("Club", "First", "Last", "Other")
    )
    for show in (first, last, other):
        shows.start(show, producer)
    Show.objects.for_brand(brand).filter(pk=club.pk).update(open_to=OpenTo.MEMBERS)
    variants = [make_variant(brand, f"CREAM-{n}", 3) for n in range(4)]
    for show in (first, last):
        row = Highlight.objects.all_brands().create(show=show, started_at=now)
        row.products.add(variants[0].product)
    Show.objects.for_brand(brand).filter(pk=first.pk).update(started_at=now - timedelta(hours=2))
    Show.objects.for_brand(brand).filter(pk=other.pk).update(started_at=now + timedelta(hours=1))
    wanted = [
        ReserveRequest(
            "g:ana", one.pk, 1, f"test:{one.pk}", now + timedelta(minutes=3), show_id=club.pk
        )
        for one in variants
    ]
    with stock.writing(), connection.cursor() as cursor:
        services.reserve_many(cursor, brand.pk, wanted, now)
    kept = Reservation.objects.for_brand(brand).select_related("show", "variant")
    shown, *unshown = sorted(kept, key=lambda one: one.variant.sku)

    with CaptureQueriesContext(connection) as one_by_one:
        paths = pay_page.paths_of(brand, [shown, unshown[0]])
    with CaptureQueriesContext(connection) as at_once:
        every = pay_page.paths_of(brand, [shown, *unshown])

    assert paths == {
        shown.pk: f"/shows/{last.slug}?cart", unshown[0].pk: f"/shows/{other.slug}?cart"
    }  # fmt: skip
    assert (len(every), len(at_once)) == (4, len(one_by_one))
    assert len(at_once) <= 8
    Show.objects.for_brand(brand).exclude(pk=club.pk).update(published=False)
    assert pay_page.path_of(brand, shown) == f"/shows/{club.slug}?cart"  # its entrance, at least
    Show.objects.for_brand(brand).update(published=False)
    shown.refresh_from_db()
    assert pay_page.path_of(brand, shown) == ""
