"""Vouchers in the back office: made one by one, many at once, copied, and counted."""

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role
from showfloor.checkout.models import ShippingKind, ShippingOption
from showfloor.pricing.vouchers.models import Voucher, VoucherUse
from tests.checkout.shopping import Shopper
from tests.conftest import make_staff
from tests.stock.helpers import make_variant
from tests.support.forms import fields

pytestmark = pytest.mark.django_db
ADD = reverse("admin:pricing_voucher_add")
LIST = reverse("admin:pricing_voucher_changelist")


@pytest.fixture
def producer(brand: Brand) -> Client:
    client = Client()
    client.force_login(make_staff(brand, Role.PRODUCER, "producer@example.test"))
    return client


def add(client: Client, **values: str) -> str:
    form = fields(client.get(ADD)) | values
    return client.post(ADD, form).content.decode()


def test_codes_are_tidied_and_values_read_by_their_kind(producer: Client, brand: Brand) -> None:
    assert add(producer, code="wel come", kind="percent", worth="12,5") == ""
    assert add(producer, code="FIVER", kind="amount", worth="5.00", minimum="20.00") == ""
    found = Voucher.objects.for_brand(brand).order_by("code")
    shown = [(one.code, one.kind, one.value, one.minimum) for one in found]
    assert shown == [("FIVER", "amount", 500, 2000), ("WELCOME", "percent", 1250, 0)]
    assert "Write how much it takes off." in add(producer, code="X", kind="percent", worth="101")
    assert Voucher.objects.for_brand(brand).count() == 2


def test_many_codes_are_made_at_once_with_their_goods(producer: Client, brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    form = {"code": "MAI-", "kind": "percent", "worth": "10", "count": "25", "limit": "1"}
    assert add(producer, **form, products=cream.product_id) == ""
    made = Voucher.objects.for_brand(brand)
    assert made.count() == 25
    for voucher in made:
        assert (voucher.code[:4], len(voucher.code), voucher.batch, voucher.limit) == (
            "MAI-", 14, "MAI-", 1,
        )  # fmt: skip
        assert [one.pk for one in voucher.products.all()] == [cream.product_id]


def test_list_and_export_count_orders(producer: Client, brand: Brand, shopper: Shopper) -> None:
    make_variant(brand, "CREAM", 5)
    Voucher(brand=brand, code="TEN", kind="percent", value=1000, limit=3).save()
    for _n in range(2):
        checkout_id = shopper.ready("CREAM")
        shopper.call("PATCH", f"/checkouts/{checkout_id}", {"voucher": "TEN"})
        assert shopper.pay(checkout_id).status == 200
    page = producer.get(LIST).content.decode()
    for text in ("TEN", "10 %", "2 / 3", "3.98 EUR", "45.62 EUR"):
        assert text in page
    chosen = {
        "action": "export_selected",
        "_selected_action": Voucher.objects.for_brand(brand).get().pk,
    }
    rows = b"".join(producer.post(LIST, chosen).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert rows[1] == '"TEN","","percent","10 %","always","",2,3,2,"3.98","45.62","EUR"'


def test_used_voucher_is_kept_and_its_copy_starts_anew(
    producer: Client, brand: Brand, shopper: Shopper
) -> None:
    make_variant(brand, "CREAM", 5)
    voucher = Voucher(brand=brand, code="TEN", kind="percent", value=1000, limit=3)
    voucher.save()
    checkout_id = shopper.ready("CREAM")
    shopper.call("PATCH", f"/checkouts/{checkout_id}", {"voucher": "TEN"})
    change = reverse("admin:pricing_voucher_change", args=[voucher.pk])
    form = fields(producer.get(change)) | {"code": "TWENTY", "worth": "20", "_saveasnew": "1"}
    form.pop("_save", None)
    assert producer.post(change, form).status_code == 302
    copy = Voucher.objects.for_brand(brand).get(code="TWENTY")
    assert (copy.value, copy.limit, copy.used) == (2000, 3, 0)
    producer.post(reverse("admin:pricing_voucher_delete", args=[voucher.pk]), {"post": "yes"})
    assert VoucherUse.objects.for_brand(brand).get().voucher_id == voucher.pk


def test_pick_up_point_says_where(producer: Client, brand: Brand, post: ShippingOption) -> None:
    owner = Client()
    owner.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    page = reverse("admin:checkout_shippingoption_change", args=[post.pk])
    form = fields(owner.get(page)) | {"kind": "pickup", "free_from": "50.00", "days_min": "1"}
    assert "Say where the buyer fetches it." in owner.post(page, form).content.decode()
    assert owner.post(page, form | {"pickup_address": "Alte Gasse 3"}).status_code == 302
    post.refresh_from_db()
    assert (post.kind, post.free_from, post.days_min) == (ShippingKind.PICKUP, 5000, 1)
