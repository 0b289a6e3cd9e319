"""Buyers who come at the same moment. Each `prevented` has a sibling without the guard, in which
the same race does its damage: otherwise the test would prove nothing."""

from collections.abc import Iterable, Mapping
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.kernel.errors import SoldOut
from showfloor.stock import ledger, services
from showfloor.stock.counters import Delta
from showfloor.stock.hold_rows import HoldRow
from showfloor.stock.models import Hold, HoldState, Stock
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.stock.helpers import NOW, TTL, broken_invariants, level, make_variant

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 8


def hold_one(brand: Brand, variant_id: str, buyer: str) -> None:
    services.hold(brand.pk, buyer, [(variant_id, 1)], NOW, TTL)


def test_overselling_the_last_units_prevented(brand: Brand) -> None:
    units = 3
    cream = make_variant(brand, "CREAM", units)
    results = at_once([partial(hold_one, brand, cream.pk, f"buyer {n}") for n in range(BUYERS)])
    assert results.count(None) == units
    refused = [one for one in results if one is not None]
    assert [(type(one), one.available) for one in refused] == [(SoldOut, 0)] * (BUYERS - units)
    assert (level(cream), broken_invariants()) == ((3, 3), [])


def test_overselling_the_last_units_happens_without_guard(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 1)
    both_have_read = Meeting(2)

    def read_then_write(_cursor: object, deltas: Mapping[str, Delta]) -> dict[str, object]:
        ((variant_id, delta),) = deltas.items()
        row = Stock.objects.for_brand(brand).get(variant_id=variant_id)
        both_have_read.wait()
        reserved = row.reserved + delta.reserved
        Stock.objects.for_brand(brand).filter(pk=row.pk).update(reserved=reserved)
        return {variant_id: ledger.Row(brand.pk, row.on_hand, reserved)}

    with guards.RESERVATION.off(read_then_write), guards.STOCK_TRANSACTION.off():
        results = at_once([partial(hold_one, brand, cream.pk, buyer) for buyer in "ab"])
    assert results == [None, None]
    assert broken_invariants() == ["CREAM: on hand 1, reserved 1, active holds 2, moved 1"]


def race_claim_against_expiry(brand: Brand, cream: Variant) -> list[object]:
    """Anna's payment comes in at the moment at which her hold runs out; Bert holds two as well."""
    services.hold(brand.pk, "anna", [(cream.pk, 2)], NOW, TTL)
    services.hold(brand.pk, "bert", [(cream.pk, 2)], NOW, 2 * TTL)
    return at_once([
        partial(services.claim, brand.pk, "anna", [(cream.pk, 2)], NOW + TTL),
        partial(services.expire_due, NOW + TTL),
    ])  # fmt: skip


def test_claiming_and_expiring_one_hold_prevented(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    claimed, expired = race_claim_against_expiry(brand, cream)
    assert broken_invariants() == []
    row = Stock.objects.for_brand(brand).get()
    if claimed is None:
        assert (row.on_hand, row.reserved) == (3, 2)
    else:  # it ran out first: one is left, and she wants two
        assert (type(claimed), expired, row.on_hand, row.reserved) == (SoldOut, 1, 5, 2)


def test_claiming_and_expiring_one_hold_happens_without_guard(brand: Brand) -> None:
    cream = make_variant(brand, "CREAM", 5)
    both_have_read = Meeting(2)

    def read_then_write(
        _cursor: object, holds: Iterable[HoldRow], before: HoldState, after: HoldState
    ) -> list[HoldRow]:
        wanted = [one.id for one in holds]
        if not wanted:
            return []  # as the guarded one: the two holds before the race meet nobody
        rows = Hold.objects.all_brands().filter(pk__in=wanted)
        found = set(rows.filter(state=before).values_list("pk", flat=True))
        both_have_read.wait()
        rows.update(state=after)
        return [one for one in holds if one.id in found]

    with (
        guards.HOLD_TRANSITION.off(read_then_write),
        guards.HOLD_LOCK.off(),
        guards.STOCK_TRANSACTION.off(),
    ):
        race_claim_against_expiry(brand, cream)
    assert broken_invariants() == ["CREAM: on hand 3, reserved 0, active holds 2, moved 3"]


def buy_both(brand: Brand, first: str, second: str, buyer: str) -> None:
    services.hold(brand.pk, buyer, [(first, 1), (second, 1)], NOW, TTL)
    services.claim(brand.pk, buyer, [(second, 1), (first, 1)], NOW)


def test_deadlock_of_carts_in_opposite_order_prevented(brand: Brand) -> None:
    cream, soap = make_variant(brand, "CREAM", 50), make_variant(brand, "SOAP", 50)
    pairs = [(cream.pk, soap.pk), (soap.pk, cream.pk)] * 4
    buyers = [partial(buy_both, brand, *pair, f"buyer {n}") for n, pair in enumerate(pairs)]
    assert at_once(buyers) == [None] * 8
    assert (level(cream), level(soap), broken_invariants()) == ((42, 0), (42, 0), [])


def test_deadlock_of_carts_in_opposite_order_happens_without_guard(brand: Brand) -> None:
    """Two transactions that take the rows in the order of their carts."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: nobody holds one row and waits for another")
    cream, soap = make_variant(brand, "CREAM", 50), make_variant(brand, "SOAP", 50)
    both_have_one = Meeting(2)

    def in_cart_order(first: str, second: str) -> None:
        with transaction.atomic():
            rows = Stock.objects.for_brand(brand)
            rows.filter(variant_id=first).update(reserved=F("reserved") + 1)
            both_have_one.wait()
            rows.filter(variant_id=second).update(reserved=F("reserved") + 1)

    results = at_once([
        partial(in_cart_order, cream.pk, soap.pk), partial(in_cart_order, soap.pk, cream.pk)
    ])  # fmt: skip
    assert sorted(type(one) is OperationalError for one in results) == [False, True]
