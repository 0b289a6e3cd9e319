"""A brand with a seller's details, and orders that were paid over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.checkout.models import Order
from showfloor.fulfilment.documents.models import InvoiceSettings
from showfloor.legal.models import SellerProfile
from tests.checkout.conftest import clock, post, rival, shopper, testpay
from tests.checkout.shopping import Shopper, deliver
from tests.stock.helpers import make_variant

__all__ = ["clock", "post", "rival", "shopper", "testpay"]

type Buy = Callable[..., Order]


def make_seller(brand: Brand, **more: Any) -> InvoiceSettings:
    SellerProfile.objects.create(
        brand=brand, company="Maison Test GmbH", line1="Lindenallee 5", postal_code="50667",
        city="Köln", country="DE", vat_number="DE123456789",
    )  # fmt: skip
    return InvoiceSettings.objects.create(brand=brand, **more)  # type: ignore[misc]  # **more


@pytest.fixture
def seller(brand: Brand) -> InvoiceSettings:
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
