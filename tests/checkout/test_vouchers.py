"""Vouchers at the checkout: what they take off, what they are refused for, and how their uses
count."""

from datetime import timedelta
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Category, Product
from showfloor.checkout.models import Checkout, Order, ShippingOption
from showfloor.checkout.services import checkout as checkouts
from showfloor.checkout.services import orders
from showfloor.kernel.clock import utc_now
from showfloor.pricing.vouchers.models import Voucher, VoucherUse
from showfloor.shows.models import Show
from tests.checkout.shopping import Answer, Shopper
from tests.stock.helpers import make_variant
from tests.support.shows import make_show

pytestmark = pytest.mark.django_db


def make_voucher(brand: Brand, **more: Any) -> Voucher:
    values = {"code": "WELCOME", "kind": "percent", "value": 1000} | more
    voucher = Voucher(brand=brand, **values)
    voucher.save()
    return voucher


def enter(shopper: Shopper, checkout_id: str, code: str = "WELCOME") -> Answer:
    return shopper.call("PATCH", f"/checkouts/{checkout_id}", {"voucher": code})


def refusal(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.body.get("field"), answer.body["code"]


def uses(voucher: Voucher) -> tuple[int, list[str]]:
    voucher.refresh_from_db()
    rows = VoucherUse.objects.for_brand(voucher.brand_id).filter(voucher=voucher)
    return voucher.used, [row.state for row in rows.order_by("created_at")]


def test_percent_has_a_row_at_each_line_that_says_why(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)  # 19.90
    voucher = make_voucher(brand)
    checkout_id = shopper.ready("CREAM", 2)
    body = enter(shopper, checkout_id, " wel come ").body
    assert body["voucher"] == "WELCOME"
    assert body["lines"][0]["adjustments"] == [
        {"kind": "voucher", "source": voucher.pk, "label": "WELCOME", "amount": -398}
    ]
    totals = body["totals"]
    assert (totals["subtotal"], totals["discount"], totals["total"]) == (3980, 398, 4072)
    paid = shopper.pay(checkout_id)
    assert paid.status == 200
    assert uses(voucher) == (1, ["ordered"])
    use = VoucherUse.objects.for_brand(brand).get()
    assert (use.discount, use.total) == (398, 4072)
    order = shopper.order(paid.body["order"]["number"])
    assert order["lines"][0]["adjustments"] == body["lines"][0]["adjustments"]


@pytest.mark.parametrize(
    ("kind", "value", "discount", "total"),
    [("amount", 500, 500, 1980), ("amount", 9999, 1990, 490), ("free-shipping", 0, 490, 1990)],
)
def test_kinds_take_off_what_they_say(
    shopper: Shopper, brand: Brand, kind: str, value: int, discount: int, total: int
) -> None:
    make_variant(brand, "CREAM", 5)
    make_voucher(brand, kind=kind, value=value)
    totals = enter(shopper, shopper.ready("CREAM")).body["totals"]
    assert (totals["discount"], totals["total"]) == (discount, total)


def test_refusals_say_why_and_change_nothing(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    other = Product(brand=brand, reference="soap", name="Soap")
    other.save()
    now = utc_now()
    wrong: dict[str, dict[str, Any]] = {
        "voucher-expired": {"ends_at": now - timedelta(days=1)},
        "voucher-not-yet": {"starts_at": now + timedelta(days=1)},
        "voucher-used-up": {"limit": 0},
        "voucher-minimum": {"minimum": 5000},
        "voucher-currency": {"kind": "amount", "value": 100, "currency": "USD"},
        "voucher-live": {"moment": "live"},
        "voucher-replay": {"moment": "replay"},
        "voucher-shown": {"moment": "shown"},
        "voucher-show": {"show": "another-show"},
    }
    for code, more in wrong.items():
        make_voucher(brand, code=code.upper(), **more)
    make_voucher(brand, code="SOAP").products.add(other)
    checkout_id = shopper.ready("CREAM")
    for code in wrong:
        assert refusal(enter(shopper, checkout_id, code)) == (422, "voucher", code)
    assert refusal(enter(shopper, checkout_id, "soap"))[2] == "voucher-goods"
    for unknown in ("nothing", "x" * 90, "\u0000"):
        assert refusal(enter(shopper, checkout_id, unknown))[2] == "voucher-unknown"
    assert shopper.call("GET", f"/checkouts/{checkout_id}").body["totals"]["discount"] == 0
    assert not VoucherUse.objects.for_brand(brand).exists()


def test_other_brands_code_is_unknown(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    other = Brand(slug="other", name="Other")
    other.save()
    make_voucher(other)
    assert refusal(enter(shopper, shopper.ready("CREAM")))[2] == "voucher-unknown"


def test_voucher_of_a_category_lowers_its_goods_alone(shopper: Shopper, brand: Brand) -> None:
    make_variant(brand, "CREAM", 5)
    soap = make_variant(brand, "SOAP", 5)
    care = Category(brand=brand, name="Care")
    care.save()
    soap.product.category = care
    soap.product.save()
    make_voucher(brand).categories.add(care)
    shopper.add("CREAM")
    lines = enter(shopper, shopper.ready("SOAP")).body["lines"]
    assert {line["sku"]: line["line_total"] for line in lines} == {"CREAM": 1990, "SOAP": 1791}


@pytest.mark.parametrize(
    ("moment", "totals"),
    [
        ("live", [1791, 1990, 1990]), ("replay", [1990, 1791, 1990]),
        ("shown", [1791, 1791, 1990]),
    ],
)  # fmt: skip
def test_voucher_counts_the_state_that_a_show_had_when_goods_were_added(
    shopper: Shopper, brand: Brand, moment: str, totals: list[int]
) -> None:
    """The show is over when the code is entered: what was added live stays added live."""
    for sku in ("CREAM", "BALM", "SOAP"):
        make_variant(brand, sku, 5)
    show = make_show(brand, products=0)
    make_voucher(brand, moment=moment, show=show.slug)
    rows = Show.objects.for_brand(brand).filter(pk=show.pk)
    rows.update(state="live", started_at=utc_now())
    shopper.add("CREAM", show=show.slug, show_time_s=3)
    rows.update(state="ended", ended_at=utc_now())
    shopper.add("BALM", show=show.slug, show_time_s=3)
    body = enter(shopper, shopper.ready("SOAP")).body
    assert [line["line_total"] for line in body["lines"]] == totals


def test_use_goes_back_when_the_checkout_is_left_expires_or_the_order_is_cancelled(
    shopper: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 9)
    voucher = make_voucher(brand, limit=1)
    left = shopper.ready("CREAM")
    enter(shopper, left)
    assert uses(voucher) == (1, ["held"])
    assert enter(shopper, left).status == 200  # the same once more counts once
    assert uses(voucher) == (1, ["held"])
    assert enter(shopper, left, "").body["totals"]["discount"] == 0
    assert uses(voucher) == (0, [])
    enter(shopper, left)
    shopper.call("DELETE", f"/checkouts/{left}")
    assert uses(voucher) == (0, [])

    expired = shopper.ready("CREAM")
    enter(shopper, expired)
    Checkout.objects.for_brand(brand).filter(pk=expired).update(expires_at=utc_now())
    checkouts.expire_due(utc_now())
    assert uses(voucher) == (0, [])

    replaced = shopper.ready("CREAM")
    enter(shopper, replaced)
    again = shopper.begin().body["id"]
    assert uses(voucher) == (0, [])

    enter(shopper, shopper.fill_in(again))
    number = shopper.pay(again).body["order"]["number"]
    assert uses(voucher) == (1, ["ordered"])
    orders.cancel(Order.objects.for_brand(brand).get(number=number), utc_now())
    assert uses(voucher) == (0, [])


def test_person_uses_it_so_often_by_name_or_by_address(
    shopper: Shopper, rival: Shopper, brand: Brand
) -> None:
    make_variant(brand, "CREAM", 9)
    voucher = make_voucher(brand, limit_per_person=1)
    first = shopper.ready("CREAM")
    enter(shopper, first)
    assert shopper.pay(first).status == 200
    assert refusal(enter(shopper, shopper.ready("CREAM")))[2] == "voucher-used-by-you"

    rival.add("CREAM")
    begun = rival.begin().body["id"]
    assert enter(rival, begun).status == 200  # nobody knows yet who that is
    same = rival.call("PATCH", f"/checkouts/{begun}", {"email": "ANNA@example.test"})
    assert refusal(same) == (422, "voucher", "voucher-used-by-you")
    own = rival.call("PATCH", f"/checkouts/{begun}", {"email": "bert@example.test"})
    assert own.status == 200
    assert uses(voucher) == (2, ["ordered", "held"])


def test_voucher_of_a_checkout_survives_its_edit(
    shopper: Shopper, brand: Brand, post: ShippingOption
) -> None:
    make_variant(brand, "CREAM", 9)
    voucher = make_voucher(brand)
    checkout_id = shopper.ready("CREAM")
    enter(shopper, checkout_id)
    Voucher.objects.for_brand(brand).filter(pk=voucher.pk).update(active=False, value=10)
    moved = shopper.call("PATCH", f"/checkouts/{checkout_id}", {"address": {"country": "AT"}})
    assert moved.body["totals"]["discount"] == 199
