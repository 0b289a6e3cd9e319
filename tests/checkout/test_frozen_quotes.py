"""A checkout's frozen quote: rates follow the country, list prices stay."""

from datetime import timedelta

import pytest

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Price, PriceChange, Variant
from showfloor.catalogue.tax_classes import TaxClass
from showfloor.checkout.models import CheckoutLine
from showfloor.kernel.clock import utc_now
from showfloor.pricing.models import PriceList, PriceListItem, TaxRate
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


def test_sale_is_a_row_of_the_line_that_stays_when_the_sale_is_over(
    shopper: Shopper, brand: Brand
) -> None:
    cream = make_variant(brand, "CREAM", 5, price=2000)
    PriceChange.objects.for_brand(brand).update(at=utc_now() - timedelta(days=60))
    spring = make_sale(brand, cream, percent_bp=2500)
    (item,) = shopper.add("CREAM", 2).body["items"]
    assert (item["price"], item["line_total"], item["sale"]) == (1500, 3000, "Spring")
    assert (item["compare_at_price"], item["lowest_price_30d"]) == (2000, 2000)
    begun = shopper.begin().body
    row = {"kind": "price-list", "source": f"price-list:{spring.pk}", "label": "Spring",
           "amount": -1000}  # fmt: skip
    assert begun["lines"][0]["adjustments"] == [row]
    PriceList.objects.for_brand(brand).update(ends_at=utc_now())
    checkout_id = shopper.fill_in(begun["id"])
    filled = shopper.call("GET", f"/checkouts/{checkout_id}").body
    assert filled["lines"][0]["adjustments"] == [row]  # what was frozen is owed
    assert (filled["totals"]["discount"], filled["totals"]["total"]) == (1000, 3490)
    number = shopper.pay(checkout_id).body["order"]["number"]
    assert shopper.order(number)["totals"]["total"] == 3490
    assert shopper.add("CREAM").body["items"][0]["price"] == 2000  # and the next one is not


def make_sale(brand: Brand, variant: Variant, *, percent_bp: int) -> PriceList:
    """A sale that has been in force for an hour."""
    start = utc_now() - timedelta(hours=1)
    made = PriceList(brand=brand, name="Spring", starts_at=start, published=True)
    made.save()
    PriceListItem(price_list=made, variant=variant, since=start, percent_bp=percent_bp).save()
    return made
