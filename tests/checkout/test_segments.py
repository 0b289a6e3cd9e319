"""A token says that its bearer is a customer of the brand."""

from typing import Any

import pytest

from showfloor.accounts.models import Brand
from showfloor.accounts.segments import traits_of
from showfloor.checkout.models import Checkout, Order, OrderState
from showfloor.kernel.clock import utc_now


def order(brand: Brand, owner: str, state: OrderState) -> None:
    now = utc_now()
    amounts: Any = {"subtotal": 100, "tax_included": 16, "total": 100,
                               "currency": "EUR"}  # fmt: skip
    checkout = Checkout.objects.create(
        brand=brand, owner=owner, state="completed", created_at=now, expires_at=now, **amounts
    )
    Order.objects.create(
        brand=brand, checkout=checkout, owner=owner, number=owner, state=state, placed_at=now,
        **amounts,
    )  # fmt: skip


@pytest.mark.parametrize("owner", ["g:ana", "m:mia"])
def test_confirmed_order_makes_its_buyer_a_customer_of_that_brand_only(
    brand: Brand, other_brand: Brand, owner: str, django_assert_num_queries: Any
) -> None:
    order(brand, owner, OrderState.CONFIRMED)
    with django_assert_num_queries(1):
        assert traits_of(brand.pk, owner) == ("customer",)
    assert traits_of(other_brand.pk, owner) == ()
    assert traits_of(brand.pk, "g:another") == ()


@pytest.mark.parametrize("state", [OrderState.PLACED, OrderState.CANCELLED])
def test_guest_without_a_confirmed_order_is_not_a_customer(brand: Brand, state: OrderState) -> None:
    order(brand, "g:ana", state)
    assert traits_of(brand.pk, "g:ana") == ()
