"""Buyers who swap what they hold. PostgreSQL alone can deadlock: SQLite has one writer."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from showfloor.accounts.models import Brand
from showfloor.adapters.testpay.provider import TestPay
from showfloor.catalogue.models import Variant
from showfloor.checkout import provider
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.models import Checkout
from showfloor.checkout.services import beginning, cart
from showfloor.checkout.services.beginning import BeginRequest
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.clock import utc_now
from showfloor.stock import hold_rows
from showfloor.stock import services as stock
from showfloor.stock.hold_rows import HoldRow
from showfloor.stock.models import HoldState
from tests.races import guards
from tests.races.together import Meeting, at_once
from tests.stock.helpers import broken_invariants, level, make_variant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_payments")]

ROUNDS = 5
HOUR = timedelta(hours=1)
ALONE_S = 2.0  # the lock lets only one of the two come
POSTGRES_ONLY = "SQLite has one writer: nobody holds one row and waits for another"


@pytest.fixture
def _payments(tmp_path: Path) -> Iterator[None]:
    """A checkout begins only where payments are taken."""
    provider.use(TestPay(tmp_path / "testpay.sqlite3", "secret-of-the-tests"))
    yield
    provider.use(None)


def fill(buyer: Buyer, sku: str) -> None:
    for line in ("CREAM", "SOAP"):
        cart.set_quantity(buyer, line, 0)
    cart.add(buyer, sku, 1, cart.Attribution())


def two_who_hold(brand: Brand, wants: tuple[str, str]) -> list["partial[Any]"]:
    """Anna holds the cream and wants the soap, Bert the other way round."""
    anna, bert = Buyer(brand, "g:anna"), Buyer(brand, "g:bert")
    first, second = wants
    for buyer, held, wanted in ((anna, first, second), (bert, second, first)):
        fill(buyer, held)
        beginning.begin(buyer, utc_now())
        fill(buyer, wanted)
    return [partial(beginning.begin, buyer, utc_now()) for buyer in (anna, bert)]


@pytest.fixture
def goods(brand: Brand) -> tuple[Variant, Variant]:
    return make_variant(brand, "CREAM", 50), make_variant(brand, "SOAP", 50)


@pytest.fixture
def unordered() -> Iterator[None]:
    """Everyone locks the rows in an order of their own, and waits until both have the first."""
    if connection.vendor == "sqlite":
        pytest.skip(POSTGRES_ONLY)
    # Both always come, and the repetition meets nobody.
    both_have_one, turns = Meeting(2, once=True), count()

    def lock_in_own_order(cursor: Cursor, variant_ids: Iterable[str]) -> None:
        wanted = list(variant_ids)  # one, where goods come in; none, where nothing is contended
        if len(wanted) < 2:
            return
        for variant_id in sorted(wanted, reverse=bool(next(turns) % 2)):
            sql = "SELECT id FROM stock_stock WHERE variant_id = %s FOR NO KEY UPDATE"
            cursor.execute(sql, (variant_id,))
            both_have_one.wait()

    with guards.STOCK_LOCK.off(lock_in_own_order):
        yield


def repeated(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.message.startswith("verb_")]


def test_two_buyers_who_swap_goods_never_wait_for_each_other(
    brand: Brand, goods: tuple[Variant, Variant], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for number in range(ROUNDS):
        wants = ("CREAM", "SOAP") if number % 2 else ("SOAP", "CREAM")
        results = at_once(two_who_hold(brand, wants))
        assert [type(one) for one in results] == [Checkout, Checkout]
    assert repeated(caplog) == []
    assert [level(one) for one in goods] == [(50, 1), (50, 1)]
    assert broken_invariants() == []


@pytest.mark.usefixtures("unordered", "goods")
def test_deadlock_happens_without_order_and_without_repetition(brand: Brand) -> None:
    calls = two_who_hold(brand, ("CREAM", "SOAP"))
    begin_many = beginning.begin_many.__wrapped__  # type: ignore[attr-defined]
    results = at_once(
        [partial(begin_many, brand, [BeginRequest(call.args[0])], utc_now()) for call in calls]
    )
    assert sorted(type(one).__name__ for one in results) == ["OperationalError", "list"]


@pytest.mark.usefixtures("unordered")
def test_verb_in_a_deadlock_is_repeated(
    brand: Brand, goods: tuple[Variant, Variant], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    results = at_once(two_who_hold(brand, ("CREAM", "SOAP")))
    assert [type(one) for one in results] == [Checkout, Checkout]
    assert repeated(caplog) == ["verb_repeated verb=begin_many attempt=1"]
    assert [level(one) for one in goods] == [(50, 1), (50, 1)]
    assert broken_invariants() == []


def exchange_while_the_old_hold_expires(brand: Brand, goods: tuple[Variant, Variant]) -> list[Any]:
    """Anna's time is over and she begins anew; the job looks after run-out holds at that moment.
    Both stop where one has the hold and the other the stock, if that can be."""
    if connection.vendor == "sqlite":
        pytest.skip(POSTGRES_ONLY)
    cream, soap = goods
    now = utc_now()
    stock.hold(brand.pk, "old", [(cream.pk, 1)], now - HOUR, HOUR / 2)
    both_have_one = Meeting(2, at_most_s=ALONE_S)
    move = hold_rows.move

    def move_when_both_are_there(
        cursor: Cursor, holds: Sequence[HoldRow], before: HoldState, after: HoldState
    ) -> list[HoldRow]:
        if after != HoldState.EXPIRED and holds:
            both_have_one.wait()
        moved = move(cursor, holds, before, after)
        if after == HoldState.EXPIRED and holds:
            both_have_one.wait()
        return moved

    begin_anew = partial(
        stock.hold, brand.pk, "new", [(soap.pk, 1)], now, HOUR, instead_of=("old",)
    )
    with guards.HOLD_ENDS.replaced(move_when_both_are_there):
        return at_once([begin_anew, partial(stock.expire_due, now)])


def test_hold_that_is_exchanged_while_it_expires_waits_for_nobody(
    brand: Brand, goods: tuple[Variant, Variant], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    exchange_while_the_old_hold_expires(brand, goods)
    assert repeated(caplog) == []
    assert [level(one) for one in goods] == [(50, 0), (50, 1)]
    assert broken_invariants() == []


def test_hold_that_is_exchanged_while_it_expires_is_given_back_in_vain_without_its_lock(
    brand: Brand, goods: tuple[Variant, Variant], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with guards.HOLD_LOCK.off():
        exchange_while_the_old_hold_expires(brand, goods)
    assert len(repeated(caplog)) == 1
    assert broken_invariants() == []  # the verb was repeated
