"""A checkout's frozen quote: rates follow the country, list prices stay."""

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.checkout.models import CheckoutLine
from showfloor.pricing.models import TaxRate
from tests.checkout.shopping import Shopper
from tests.stock.helpers import make_variant

pytestmark = pytest.mark.django_db


def test_tax_follows_the_country_and_the_class_of_goods(shopper: Shopper, brand: Brand) -> None:
    book = make_variant(brand, "BOOK", 5, price=1990)
    book.product.tax_class = TaxClass.REDUCED
    book.product.save()
    TaxRate(brand=brand, country="DE", tax_class=TaxClass.REDUCED, rate_bp=700).save()
    shopper.add("BOOK", 1)
    checkout = shopper.begin().body
    german = {"rate_bp": 700, "net": 2318, "tax": 162, "exemption": ""}
    assert checkout["totals"]["taxes"] == [german]  # the preselected country
    Price.objects.for_brand(brand).update(amount=9990)
    path = f"/checkouts/{checkout['id']}"
    totals = shopper.call("PATCH", path, {"address": {"country": "AT"}}).body["totals"]
    assert totals["taxes"] == [{"rate_bp": 1900, "net": 2084, "tax": 396, "exemption": ""}]
    assert (totals["subtotal"], totals["total"]) == (1990, 2480)
    (line,) = CheckoutLine.objects.for_brand(brand)
    assert line.tax_rate_bp == 1900


def test_brand_with_prices_without_tax_adds_it_to_the_total(shopper: Shopper, brand: Brand) -> None:
    brand.prices_include_tax = False
    brand.save()
    make_variant(brand, "CREAM", 5, price=1000)
    shopper.add("CREAM", 1)
    totals = shopper.begin().body["totals"]
    assert (totals["subtotal"], totals["shipping"]) == (1000, 490)
    assert (totals["tax_added"], totals["total"]) == (283, 1773)
