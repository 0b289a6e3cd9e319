"""A row that is deleted while others refer to it: the row stays, or nothing refers to it."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.kernel.errors import Invalid, SoldOut
from showfloor.stock import services
from showfloor.stock.models import Hold
from tests.races.together import at_once, somebody_waits
from tests.stock.helpers import NOW, TTL, broken_invariants, level, make_variant
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 10.0
_ORPHANS = (
    "SELECT COUNT(*) FROM stock_hold h LEFT JOIN stock_stock s ON s.id = h.stock_id"
    " WHERE s.id IS NULL"
)


def orphans() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ORPHANS)
        found: int = cursor.fetchone()[0]
    return found


def delete_stock(variant: Variant) -> None:
    """Delete the stock row as plain SQL does, which asks nobody about holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM stock_stockmovement WHERE stock_id IN"
            " (SELECT id FROM stock_stock WHERE variant_id = %s)",
            [variant.pk],
        )
        cursor.execute("DELETE FROM stock_stock WHERE variant_id = %s", [variant.pk])


def hold_then_delete(variant: Variant) -> list[Exception | None]:
    """Let a transaction delete the stock row that another, still open, has taken a unit of."""
    has_held = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            services.hold(variant.brand_id, "a", [(variant.pk, 1)], NOW, TTL)
            has_held.set()
            wait_until(somebody_waits, PATIENCE_S, "the deletion to wait for the row")

    def delete() -> None:
        assert has_held.wait(PATIENCE_S)
        with transaction.atomic():
            delete_stock(variant)

    return at_once([hold, delete])


def test_stock_with_a_hold_cannot_be_deleted_by_plain_sql(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    services.hold(brand.pk, "a", [(cream.pk, 2)], NOW, TTL)
    with pytest.raises(IntegrityError), transaction.atomic():
        delete_stock(cream)
    assert (level(cream), orphans(), broken_invariants()) == ((5, 2), 0, [])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there is one writer")
def test_stock_that_is_held_meanwhile_is_not_deleted(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    held, deleted = hold_then_delete(cream)
    assert (held, type(deleted)) == (None, IntegrityError)
    assert (level(cream), orphans(), broken_invariants()) == ((5, 1), 0, [])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there is one writer")
def test_without_the_guard_a_hold_outlives_its_stock(brand: Brand) -> None:
    cream, guard = make_variant(brand, "CREAM", 5), "TRIGGER stock_hold_stock_id_guard"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE stock_stock DISABLE {guard}")
        try:
            assert hold_then_delete(cream) == [None, None]
        finally:
            cursor.execute(f"ALTER TABLE stock_stock ENABLE {guard}")
    assert orphans() == 1
    Hold.objects.all_brands().delete()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there is one writer")
def test_hold_of_stock_that_is_deleted_meanwhile_is_refused(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    is_deleted = threading.Event()

    def delete() -> None:
        with transaction.atomic():
            delete_stock(cream)
            is_deleted.set()
            wait_until(somebody_waits, PATIENCE_S, "the hold to wait for the row")

    def hold() -> None:
        assert is_deleted.wait(PATIENCE_S)
        services.hold(brand.pk, "a", [(cream.pk, 1)], NOW, TTL)

    deleted, held = at_once([delete, hold])
    assert deleted is None
    assert isinstance(held, SoldOut | Invalid)
    assert (Hold.objects.all_brands().count(), orphans()) == (0, 0)
