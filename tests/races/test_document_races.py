"""Invoices of many orders at the same moment: a ring without gaps, one invoice for each order."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from showfloor.accounts.models import Brand
from showfloor.fulfilment.documents import services
from showfloor.fulfilment.documents.models import (
    Document,
    DocumentKind,
    InvoiceSettings,
    NumberRing,
)
from showfloor.kernel.clock import utc_now
from tests.fulfilment.documents.conftest import (
    Buy,
    buy,
    clock,
    post,
    rival,
    seller,
    shopper,
    testpay,
)
from tests.races import guards
from tests.races.together import Meeting, at_once

__all__ = ["buy", "clock", "post", "rival", "seller", "shopper", "testpay"]

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 4


def calls(buy: Buy, seller: InvoiceSettings) -> Sequence[Callable[[], object]]:
    """Return two askings for the invoice of each of some orders."""
    orders = [buy(f"SKU-{number}") for number in range(ORDERS)]
    return [
        partial(services.issue_invoice, order, seller, utc_now())
        for order in orders
        for _twice in range(2)
    ]


def test_invoices_at_once_take_consecutive_numbers(
    buy: Buy, seller: InvoiceSettings, brand: Brand
) -> None:
    results = at_once(calls(buy, seller))
    assert [one for one in results if isinstance(one, Exception)] == []
    rows = Document.objects.for_brand(brand)
    assert sorted(one.position for one in rows) == list(range(1, ORDERS + 1))
    assert len({one.order_id for one in rows}) == ORDERS


def test_without_the_lock_two_invoices_take_one_number(
    buy: Buy, seller: InvoiceSettings, brand: Brand
) -> None:
    asked = calls(buy, seller)[::2]
    NumberRing.objects.create(brand=brand, kind=DocumentKind.INVOICE)
    meeting = Meeting(len(asked))

    def read_then_wait(brand_id: str, kind: DocumentKind, *, is_test: bool) -> NumberRing:
        ring = NumberRing.objects.for_brand(brand_id).get(kind=kind, is_test=is_test)
        meeting.wait()
        return ring

    with guards.NUMBER_RING.off(read_then_wait), guards.NUMBER_TRANSACTION.off():
        results = at_once(asked)
    assert any(isinstance(one, Exception) for one in results)
    assert Document.objects.for_brand(brand).count() < ORDERS
