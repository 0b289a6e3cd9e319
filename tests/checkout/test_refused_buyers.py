"""Losers who tap again are refused from memory; nobody is who could get something."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.checkout.buyer import Buyer
from showfloor.checkout.commands import perform_hold, perform_set
from showfloor.checkout.refused_buyers import refused_buyers
from showfloor.checkout.services import cart
from showfloor.kernel.clock import utc_now
from showfloor.stock import services as stock
from showfloor.stock.models import Hold, HoldState
from showfloor.stock.sold_out import MAX_AGE_S, book
from showfloor.timeline.commands import Command, Outcome
from tests.checkout.shopping import Shopper
from tests.stock.helpers import level, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(book, "_clock", one)
    monkeypatch.setattr(book, "_entries", {})
    monkeypatch.setattr(refused_buyers, "_clock", one)
    monkeypatch.setattr(refused_buyers, "_refused", {})
    return one


def tap(*shoppers: Shopper, language: str = "en") -> list[Outcome]:
    """Let buyers begin their checkouts at the same moment, each under a new key."""
    taps = [
        Command(f"{one.sub} {next(_keys)}", "hold", {}, claims_of(one), "show", language)
        for one in shoppers
    ]
    return list(perform_hold(shoppers[0].brand.pk, taps))


def claims_of(shopper: Shopper) -> Claims:
    return Claims(shopper.sub, shopper.brand.pk, network=shopper.network)


_keys = itertools.count()


def code(outcome: Outcome) -> str:
    return "held" if outcome.problem is None else f"{outcome.problem['code']}"


@pytest.fixture
def sold(shopper: Shopper, rival: Shopper, brand: Brand) -> Any:
    """One unit, which the shopper holds; the rival has one in the cart, too, and came too late."""
    cream = make_variant(brand, "CREAM", 1)
    shopper.add("CREAM")
    rival.add("CREAM")
    assert [code(one) for one in tap(shopper, rival)] == ["held", "sold-out"]
    return cream


def test_loser_who_taps_again_is_refused_without_the_database(
    sold: Any, rival: Shopper, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        (again,) = tap(rival, language="de")
    assert again.problem is not None
    assert (again.problem["status"], again.problem["code"]) == (409, "sold-out")
    assert again.problem["detail"] == "Ausverkauft."
    assert level(sold) == (1, 1)


def test_loser_gets_units_that_come_back(sold: Any, rival: Shopper, brand: Brand) -> None:
    stock.set_level(brand.pk, sold.pk, 2)
    assert [code(one) for one in tap(rival)] == ["held"]
    assert level(sold) == (2, 2)


def test_loser_who_asks_for_less_is_not_refused_for_the_old_cart(
    sold: Any, rival: Shopper, brand: Brand
) -> None:
    stock.set_level(brand.pk, sold.pk, 3)
    rival.call("PATCH", "/cart/items/CREAM", {"quantity": 2})
    stock.hold(brand.pk, "another", [(sold.pk, 1)], *_now_and_ttl())
    assert [code(one) for one in tap(rival)] == ["sold-out"]
    body = {"sku": "CREAM", "quantity": 1}
    (less,) = perform_set(
        brand.pk, [Command("less", "cart.set", body, claims_of(rival), "show", "en")]
    )
    assert code(less) == "held"
    assert refused_buyers.refusal(brand.pk, rival.sub) is None
    assert [code(one) for one in tap(rival)] == ["held"]


def test_refusal_noted_while_a_change_waits_for_the_cart_is_forgotten(
    sold: Any, rival: Shopper, brand: Brand
) -> None:
    def note_then_run(run: Any, sql: str, *rest: Any) -> Any:
        if "checkout_cart" in sql and sql.startswith("SELECT"):  # the lock is free from here on
            refused_buyers.note(brand.pk, rival.sub, {sold.pk: 1}, "en")
        return run(sql, *rest)

    with transaction.atomic(), connection.execute_wrapper(note_then_run):
        cart.lock(Buyer(brand, rival.sub, rival.network, ""))
    assert refused_buyers.refusal(brand.pk, rival.sub) is None


def test_buyer_with_an_earlier_checkout_is_asked_of_the_database(
    sold: Any, shopper: Shopper, brand: Brand
) -> None:
    stock.release(brand.pk, _holder(sold))
    stock.hold(brand.pk, "another", [(sold.pk, 1)], *_now_and_ttl())
    assert [code(one) for one in tap(shopper)] == ["sold-out"]
    assert refused_buyers.refusal(brand.pk, shopper.sub) is None


def test_winner_among_losers_is_served_in_order(
    sold: Any, shopper: Shopper, rival: Shopper
) -> None:
    assert [code(one) for one in tap(rival, shopper, rival)] == ["sold-out", "held", "sold-out"]


def test_memory_of_a_refusal_ends(sold: Any, rival: Shopper, brand: Brand, clock: Clock) -> None:
    assert refused_buyers.refusal(brand.pk, rival.sub) is not None
    clock.now += MAX_AGE_S
    assert refused_buyers.refusal(brand.pk, rival.sub) is None


def _holder(variant: Any) -> str:
    rows = Hold.objects.all_brands().filter(stock__variant=variant, state=HoldState.ACTIVE)
    return rows.values_list("owner", flat=True).get()


def _now_and_ttl() -> tuple[datetime, timedelta]:
    return utc_now(), timedelta(minutes=5)
