"""A buyer's VAT number at the checkout: checked when it is entered, stored, and free of tax."""

from collections.abc import Iterator

import pytest

from showfloor.accounts.models import Brand
from showfloor.adapters.vies.register import Vies
from showfloor.checkout.models import Order, ShippingOption
from showfloor.legal.models import SellerProfile
from showfloor.pricing import vat_numbers
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant
from tests.support.vies_server import VatRegister, vat_register

pytestmark = pytest.mark.django_db
DUTCH = "NL004495445B01"


@pytest.fixture
def register() -> Iterator[VatRegister]:
    with vat_register() as found:
        found.known.add(DUTCH)
        vat_numbers.use(Vies(found.url, timeout_s=2, pause_s=0))
        yield found
        vat_numbers.use(None)


@pytest.mark.usefixtures("register")
def test_business_in_another_country_pays_no_tax(
    shopper: Shopper, brand: Brand, post: ShippingOption
) -> None:
    SellerProfile.objects.create(brand=brand, country="DE", vat_number="DE136695976")
    ShippingOption.objects.for_brand(brand).filter(pk=post.pk).update(countries=["DE", "NL"])
    make_variant(brand, "CREAM", 5, price=11900)
    checkout_id = shopper.ready("CREAM")
    path = f"/checkouts/{checkout_id}"
    wrong = shopper.call("PATCH", path, {"vat_id": "NL1"})
    assert (wrong.status, wrong.body["field"]) == (422, "vat_id")
    home = shopper.call("PATCH", path, {"vat_id": "DE136695976"}).body
    assert home["vat_notice"].startswith("Tax is charged")
    there = {"line1": "Damrak 1", "postal_code": "1012 LG", "city": "Amsterdam", "country": "NL"}
    body = shopper.call("PATCH", path, {"address": there, "vat_id": "nl 0044.95445 b01"}).body
    assert (body["vat_id"], body["vat_notice"]) == (DUTCH, "")
    assert [row["exemption"] for row in body["totals"]["taxes"]] == ["reverse-charge"]
    assert body["totals"]["total"] == 10000 + 412  # 119.00 and 4.90 without their 19 %
    paid = shopper.pay(checkout_id)
    order = Order.objects.for_brand(brand).get(number=paid.body["order"]["number"])
    assert (order.vat_id, order.total, order.tax_included) == (DUTCH, 10412, 0)
