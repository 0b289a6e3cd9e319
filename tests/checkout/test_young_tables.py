"""A rush on a young shop: PostgreSQL has no figures of its tables yet, and keeps the plans that it
made when they were empty."""

from datetime import timedelta

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Cart, CartLine, Checkout
from showfloor.checkout.services.beginning import BeginRequest, begin_many
from showfloor.kernel.clock import utc_now
from showfloor.outbox.idempotency import Reply
from showfloor.stock.models import Hold, Stock
from tests.stock.helpers import make_variant

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="it plans without such figures"),
]

OTHERS, BUYERS = 3_000, 20


def rows_read(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0)"
            " FROM pg_stat_xact_user_tables WHERE relname = %s",
            [table],
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def variant(brand: Brand) -> Variant:
    return make_variant(brand, "HOT", OTHERS + BUYERS)


@pytest.fixture
def _rush(brand: Brand, variant: Variant) -> None:
    """Thousands have begun a checkout, and nobody has analyzed the tables. The lock keeps
    autovacuum from it, too: it would count the rows of an open transaction as none."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE checkout_checkout, stock_hold IN SHARE UPDATE EXCLUSIVE MODE")
        for table in ("checkout_checkout", "stock_hold"):
            cursor.execute("SELECT pg_clear_relation_stats('public', %s)", [table])
    now = utc_now()
    later, counter = now + timedelta(minutes=10), Stock.objects.for_brand(brand).get()
    begun = [
        Checkout(
            brand=brand, owner=f"g:{number}", network=f"net-{number}", currency=brand.currency,
            created_at=now, expires_at=later, legal_versions={}, subtotal=0, shipping=0,
            tax_included=0, total=0,
        )
        for number in range(OTHERS)
    ]  # fmt: skip
    Checkout.objects.all_brands().bulk_create(begun)
    Hold.objects.all_brands().bulk_create([
        Hold(stock=counter, owner=one.pk, quantity=1, created_at=now, expires_at=later)
        for one in begun
    ])  # fmt: skip
    Stock.objects.for_brand(brand).update(reserved=OTHERS)
    with connection.cursor() as cursor:  # as statements that were prepared before are planned anew
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("DISCARD PLANS")


@pytest.mark.usefixtures("_rush", "shopper")
def test_checkouts_begin_without_reading_those_of_everyone_else(
    brand: Brand, variant: Variant
) -> None:
    buyers = [Buyer(brand, f"g:new-{n}", network=f"new-{n}") for n in range(BUYERS)]
    carts = [Cart(brand=brand, owner=one.owner, currency=brand.currency) for one in buyers]
    Cart.objects.all_brands().bulk_create(carts)
    CartLine.objects.all_brands().bulk_create(
        [CartLine(cart=one, variant=variant, quantity=1) for one in carts]
    )
    tables = ("checkout_checkout", "stock_hold")
    before = {table: rows_read(table) for table in tables}
    answers = begin_many(brand, [BeginRequest(one) for one in buyers], utc_now())
    assert [one.status for one in answers if isinstance(one, Reply)] == [201] * BUYERS
    read = {table: rows_read(table) - before[table] for table in tables}
    assert read == {"checkout_checkout": 0, "stock_hold": 0}
    # They exchange their checkouts: each reads its own.
    begin_many(brand, [BeginRequest(one) for one in buyers], utc_now())
    read = {table: rows_read(table) - before[table] for table in tables}
    assert all(rows < 20 * BUYERS for rows in read.values()), read
