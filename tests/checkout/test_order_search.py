"""Searches and dates of the back office's lists, which go by indexes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from showfloor.accounts.date_steps import DateSteps
from showfloor.accounts.models import Brand, User
from showfloor.checkout import order_search
from showfloor.checkout.models import Checkout, Order, OrderLine, Payment
from showfloor.kernel.clock import utc_now
from showfloor.kernel.ids import new_id
from showfloor.outbox.models import OutgoingMessage

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def order_of(
    brand: Brand, number: str, name: str, email: str, sku: str, product: str, at: datetime = NOON
) -> Order:
    amounts = {"subtotal": 100, "tax_included": 16, "total": 100}
    common: Any = {"brand": brand, "owner": "g:a", "currency": "EUR", "name": name, **amounts}
    checkout = Checkout(**common, state="completed", created_at=at, expires_at=at)
    checkout.save(force_insert=True)
    order = Order(**common, number=number, email=email, checkout=checkout, placed_at=at)
    order.save(force_insert=True)
    OrderLine(
        order=order, position=0, sku=sku, product_name=product, quantity=1, price=100
    ).save(force_insert=True)  # fmt: skip
    return order


@pytest.fixture
def three(brand: Brand, other_brand: Brand) -> None:
    order_of(brand, "ABCD2345", "Anna Çelik", "anna.celik@example.test", "SHIRT-S", "Linen shirt")
    order_of(brand, "EFGH6789", "Bo Grünwald", "bo@example.test", "MUG_1", "Stone mug 100%")
    order_of(other_brand, "ABCD2345", "Anna Elsewhere", "anna@example.test", "SHIRT-S", "Shirt")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ABCD2345", {"ABCD2345"}), ("abcd", {"ABCD2345"}),
        ("anna.celik@example.test", {"ABCD2345"}),
        ("grünw", {"EFGH6789"}), ("Çelik", {"ABCD2345"}), ("shirt", {"ABCD2345"}),
        ("SHIRT-S", {"ABCD2345"}), ("mug_1", {"EFGH6789"}), ("anna linen", {"ABCD2345"}),
        ("anna mug", set()), ("example.test", {"ABCD2345", "EFGH6789"}), ("muggle", set()),
        ("  ", {"ABCD2345", "EFGH6789"}), ("'; --", set()), ("-", None), ("100%", {"EFGH6789"}),
        ("\\", set()), ("a:* & b", set()),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("three")
def test_each_typed_word_begins_a_word_of_the_order(
    brand: Brand, typed: str, found: set[str] | None
) -> None:
    rows = order_search.matching(Order.objects.for_brand(brand), typed)
    numbers = {order.number for order in rows}
    assert found is None or numbers == found  # a mark alone is looked for on SQLite only


def test_search_lists_the_newest_when_it_finds_too_many(brand: Brand) -> None:
    for day in range(3):
        order_of(brand, f"N-{day}", "Same", "s@x.test", "S", "T", NOON + timedelta(days=day))
    rows = order_search.matching(Order.objects.for_brand(brand), "same", found_max=2)
    assert {order.number for order in rows} == {"N-1", "N-2"}


def test_dates_above_the_list_are_those_with_rows(brand: Brand) -> None:
    times = [
        datetime(2024, 12, 31, 22, 59, 59, tzinfo=UTC), datetime(2024, 12, 31, 23, 0, tzinfo=UTC),
        datetime(2026, 2, 28, 9, 0, tzinfo=UTC), datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 10, 0, tzinfo=UTC),
    ]  # fmt: skip
    for number, at in enumerate(times):
        order_of(brand, f"N-{number}", "A", "a@x.test", "S", "T", at)
    rows = Order.objects.for_brand(brand)
    with timezone.override(ZoneInfo("Europe/Berlin")):
        for kind in ("year", "month", "day"):
            stepped = DateSteps.over(rows).datetimes("placed_at", kind)
            assert stepped == list(rows.datetimes("placed_at", kind)), kind
        assert [at.year for at in DateSteps.over(rows).datetimes("placed_at", "year")] == [
            2024, 2025, 2026,
        ]  # fmt: skip
        assert DateSteps.over(rows.none()).datetimes("placed_at", "year") == []


@pytest.mark.usefixtures("three")
def test_payments_and_mails_are_found_by_order_and_by_address(
    brand: Brand, producer: User, client: Client
) -> None:
    order = Order.objects.for_brand(brand).get(number="ABCD2345")
    Payment(
        brand=brand, checkout=order.checkout, provider="test", account="t", attempt_key=new_id(),
        request_key="k", reference="pay-7", amount=100, currency="EUR", created_at=utc_now(),
    ).save(force_insert=True)  # fmt: skip
    for address in ("Bo@Example.test", "anna@example.test"):
        OutgoingMessage(
            brand=brand, kind="order-confirmed", recipient=address, subject="Hello", due_at=NOON,
            message_id=address, created_at=NOON,
        ).save(force_insert=True)  # fmt: skip
    client.force_login(producer)

    def count(page: str, typed: str) -> int:
        answer = client.get(f"/admin/{page}/", {"q": typed})
        assert answer.status_code == 200, answer
        found: int = answer.context["cl"].result_count
        return found

    assert [count("checkout/payment", typed) for typed in ("abcd2345", "pay-7", "pay-8")] == [
        1,
        1,
        0,
    ]
    mails = "outbox/outgoingmessage"
    assert [count(mails, typed) for typed in ("bo@example.test", "example", "b@o.test")] == [
        1,
        2,
        0,
    ]
    assert count("checkout/order", "shirt") == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such index")
@pytest.mark.django_db
def test_no_table_has_an_index_for_beginnings_of_keys() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%varchar_pattern%'")
        assert cursor.fetchall() == []
