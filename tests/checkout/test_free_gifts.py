"""Free gifts: a unit of price 0 that a purchase from an amount on brings."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Checkout, Order
from showfloor.checkout.services.beginning import BeginRequest, begin_many
from showfloor.fulfilment import refunds
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import SoldOut
from showfloor.pricing.models import FreeGift, Voucher
from showfloor.pricing.promotions import queries as promotions
from showfloor.shows.models import Show
from showfloor.stock import services as stock
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import level, make_variant
from tests.support.shows import make_show

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    promotions.forget()
    yield
    promotions.forget()


def make_gift(brand: Brand, on_hand: int = 5, **more: Any) -> Variant:
    """A pouch of 9.90 for nothing, from 30.00 on."""
    pouch = make_variant(brand, "POUCH", on_hand, 990)
    values: dict[str, Any] = {"name": "Free pouch", "amount_from": 3000, "published": True} | more
    FreeGift(brand=brand, variant=pouch, **values).save()
    return pouch


def lines(body: Any) -> list[tuple[str, int, int]]:
    return [(line["sku"], line["quantity"], line["line_total"]) for line in body["lines"]]


def test_gift_comes_with_the_amount_and_goes_below_it(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)  # 19.90
    pouch = make_gift(brand)
    cart = shopper.add("CREAM").body
    gift = {"label": "Free pouch", "name": "Product POUCH"}
    assert cart["gift"] == gift | {"missing": 1010, "is_there": True}
    assert lines(shopper.begin().body) == [("CREAM", 1, 1990)]
    assert shopper.add("CREAM").body["gift"] == gift | {"missing": 0, "is_there": True}
    assert shopper.cart()["gift"]["missing"] == 0
    body = shopper.begin().body
    assert lines(body) == [("CREAM", 2, 3980), ("POUCH", 1, 0)]
    (row,) = body["lines"][1]["adjustments"]
    assert (row["kind"], row["label"], row["amount"]) == ("gift", "Free pouch", -990)
    assert body["gift"] == gift | {"state": "given"}
    assert body["totals"]["total"] == 3980 + 490  # the gift makes the parcel no dearer
    assert level(pouch) == (5, 1)
    shopper.call("PATCH", "/cart/items/CREAM", {"quantity": 1})
    assert lines(shopper.begin().body) == [("CREAM", 1, 1990)]
    assert level(pouch) == (5, 0)


def test_last_gift_is_given_once_and_the_next_buyer_reads_that_it_is_gone(
    shopper: Shopper, rival: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 9)
    pouch = make_gift(brand, 1)
    for one in (shopper, rival):
        one.add("CREAM", 2)
    assert shopper.begin().body["gift"]["state"] == "given"
    assert rival.cart()["gift"]["is_there"] is False
    body = rival.begin().body
    assert (body["gift"]["state"], lines(body)) == ("sold-out", [("CREAM", 2, 3980)])
    assert shopper.begin().body["gift"]["state"] == "given"  # anew: the own one is taken over
    assert level(pouch) == (1, 1)


def test_buyer_refuses_the_gift_and_it_is_free_for_others(shopper: Shopper, brand: Brand) -> None:
    """Also where it is one unit more of a line, whose sale counts for the others alone."""
    pouch = make_gift(brand)
    shopper.add("POUCH", 4)
    begun = shopper.begin().body
    assert lines(begun) == [("POUCH", 5, 3960)]
    path = f"/checkouts/{begun['id']}"
    body = shopper.call("PATCH", path, {"gift": False}).body
    assert (lines(body), body["gift"]["state"]) == ([("POUCH", 4, 3960)], "refused")
    assert body["lines"][0]["adjustments"] == []
    assert body["totals"]["total"] == begun["totals"]["total"]
    assert level(pouch) == (5, 4)
    assert shopper.call("PATCH", path, {"gift": False}).body == body | {"vat_notice": ""}
    again = shopper.call("PATCH", path, {"gift": True})
    assert (again.status, again.body["code"], again.body["field"]) == (422, "gift-gone", "gift")
    assert level(pouch) == (5, 4)


def test_gift_survives_a_voucher_the_order_and_the_refund_of_the_rest(
    shopper: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 5)
    pouch = make_gift(brand)
    Voucher.objects.create(brand=brand, code="TEN", kind="percent", value=1000)
    checkout_id = shopper.ready("CREAM", 2)
    body = shopper.call("PATCH", f"/checkouts/{checkout_id}", {"voucher": "TEN"}).body
    assert lines(body) == [("CREAM", 2, 3582), ("POUCH", 1, 0)]
    assert Checkout.objects.for_brand(brand).get().voucher["variants"] == [
        line["variant_id"] for line in body["lines"][:1]
    ]
    number = shopper.pay(checkout_id).body["order"]["number"]
    order = Order.objects.for_brand(brand).get(number=number)
    assert lines(shopper.order(number)) == [("CREAM", 2, 3582), ("POUCH", 1, 0)]
    deliver(shopper.testpay)
    order.refresh_from_db()
    assert level(pouch) == (4, 0)
    cream, given = order.lines.all()
    refunded = refunds.refund_lines(
        order, {cream.pk: 2}, restock=True, reason="", key="1", now=utc_now()
    )
    assert refunded.amount == 3582
    assert level(pouch) == (4, 0)  # the buyer keeps the gift
    refunded = refunds.refund_lines(
        order, {given.pk: 1}, restock=True, reason="", key="2", now=utc_now()
    )
    assert (refunded.amount, level(pouch)) == (0, (5, 0))


def test_gift_of_a_show_counts_its_goods_and_of_two_the_dearer_is_given(
    shopper: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 9)
    show = make_show(brand, products=0)
    Show.objects.for_brand(brand).filter(pk=show.pk).update(state="live", started_at=utc_now())
    make_gift(brand, show=show.slug)
    box = make_variant(brand, "BOX", 5)
    FreeGift.objects.create(
        brand=brand, variant=box, name="Box", amount_from=9000, published=True, show=""
    )
    FreeGift.objects.create(brand=brand, variant=box, name="Draft", amount_from=1)
    FreeGift.objects.create(
        brand=brand, variant=box, name="Over", amount_from=1, published=True, ends_at=utc_now()
    )
    assert shopper.add("CREAM", 2).body["gift"]["missing"] == 3000
    assert shopper.begin().body["gift"] is None
    assert shopper.add("CREAM", 1, show=show.slug, show_time_s=1).body["gift"]["missing"] == 0
    assert lines(shopper.begin().body)[1:] == [("POUCH", 1, 0)]
    shopper.add("CREAM", 2)
    assert lines(shopper.begin().body)[1:] == [("BOX", 1, 0)]


def begin_together(brand: Brand, *owners: str) -> list[Any]:
    """Begin checkouts of one network in one batch."""
    asked = [BeginRequest(Buyer(brand, owner, network="net")) for owner in owners]
    return begin_many(brand, asked, utc_now())


def test_gift_of_a_buyer_who_comes_away_empty_is_free_for_the_next_of_the_batch(
    shopper: Shopper, rival: Shopper, brand: Brand, settings: Any
) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, checkouts_per_network=1)
    make_variant(brand, "CREAM", 9)
    mask = make_variant(brand, "MASK", 1)
    pouch = make_gift(brand, 1)
    for one in (shopper, rival):
        one.add("CREAM", 2)
    shopper.add("MASK")
    stock.set_level(brand.pk, mask.pk, 0)
    empty, served = begin_together(brand, shopper.sub, rival.sub)
    assert isinstance(empty, SoldOut)
    assert served.body["gift"]["state"] == "given"
    assert level(pouch) == (1, 1)


def test_batch_reads_promotions_and_their_shows_once(
    shopper: Shopper, rival: Shopper, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gift that is published meanwhile counts from the next batch on."""
    show = make_show(brand, products=0)
    Show.objects.for_brand(brand).filter(pk=show.pk).update(state="live", started_at=utc_now())
    pouch = make_gift(brand, show=show.slug)
    for one in (shopper, rival):
        one.add("POUCH", 2, show=show.slug, show_time_s=1)
    FreeGift.objects.for_brand(brand).update(amount_from=1000)
    promotions.forget()
    published = promotions.of_brand(brand.pk)
    seen = iter([promotions.Promotions(), published, published])
    monkeypatch.setattr(promotions, "of_brand", lambda _brand_id: next(seen))
    first = begin_together(brand, shopper.sub, rival.sub)
    assert [one.body["gift"] for one in first] == [None, None]
    with CaptureQueriesContext(connection) as queries:
        second = begin_together(brand, shopper.sub, rival.sub)
    assert [one.body["gift"]["state"] for one in second] == ["given", "sold-out"]
    assert sum('FROM "shows_show"' in one["sql"] for one in queries.captured_queries) == 1
    assert level(pouch) == (5, 5)
