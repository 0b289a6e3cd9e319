"""A brand with a seller's details, and orders that were paid over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.models import Order
from showfloor.fulfilment.documents.models import SellerDetails
from tests.checkout.conftest import clock, post, rival, shopper, testpay
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import make_variant

__all__ = ["clock", "post", "rival", "shopper", "testpay"]

type Buy = Callable[..., Order]


def make_seller(brand: Brand, **more: Any) -> SellerDetails:
    return SellerDetails.objects.create(  # type: ignore[misc]  # fields of **more
        brand=brand, legal_name="Maison Test GmbH", line1="Lindenallee 5", postal_code="50667",
        city="Köln", country="DE", vat_id="DE123456789", **more,
    )  # fmt: skip


@pytest.fixture
def seller(brand: Brand) -> SellerDetails:
    return make_seller(brand)


@pytest.fixture
def buy(shopper: Shopper, brand: Brand, testpay: TestPay) -> Buy:
    """Buy units of a new SKU at 19.90 each with shipping of 4.90; a real order unless it is said
    to be a test."""

    def bought(sku: str = "CREAM", quantity: int = 2, *, is_test: bool = False) -> Order:
        make_variant(brand, sku, 9, price=1990)
        shopper.pay(shopper.ready(sku, quantity))
        deliver(testpay)
        orders = Order.objects.for_brand(brand)
        newest = orders.order_by("-placed_at", "-pk")[:1].get()
        orders.filter(pk=newest.pk).update(is_test=is_test)
        return orders.select_related("brand").get(pk=newest.pk)

    return bought
