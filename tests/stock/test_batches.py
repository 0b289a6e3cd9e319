"""Many buyers in one transaction: each has an outcome of their own."""

from collections.abc import Iterator, Sequence

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand
from showfloor.catalogue.models import Variant
from showfloor.kernel.errors import Conflict, Invalid, SoldOut
from showfloor.stock import rules, services
from showfloor.stock.batches import Granted, Owner, Refused, Sale, Want
from showfloor.stock.models import Hold, StockMovement
from tests.stock.helpers import NOW, TTL, Notices, broken_invariants, level, make_variant

TILL = Granted(NOW + TTL)


@pytest.fixture(autouse=True)
def invariants(db: None) -> Iterator[None]:
    yield
    assert broken_invariants() == []


@pytest.fixture
def cream(brand: Brand) -> Variant:
    return make_variant(brand, "CREAM", 5)


@pytest.fixture
def soap(brand: Brand) -> Variant:
    return make_variant(brand, "SOAP", 5)


def hold(wants: Sequence[Want]) -> list[Granted | Refused]:
    with services.writing(), connection.cursor() as cursor:
        return services.hold_many(cursor, wants, NOW)


def claim(sales: Sequence[Sale]) -> list[Granted | Refused]:
    with services.writing(), connection.cursor() as cursor:
        return services.claim_many(cursor, sales, NOW)


def want(owner: str, *lines: tuple[Variant, int], instead_of: tuple[str, ...] = ()) -> Want:
    brand_id = lines[0][0].brand_id
    return Want(brand_id, owner, {one.pk: units for one, units in lines}, TTL, instead_of)


def sale(owner: str, *lines: tuple[Variant, int]) -> Sale:
    return Sale(lines[0][0].brand_id, owner, {one.pk: units for one, units in lines})


def refusal(outcome: Granted | Refused) -> tuple[type[Exception], str | None]:
    assert isinstance(outcome, Refused)
    return type(outcome.error), outcome.error.field


def holds(brand: Brand) -> dict[str, int]:
    rows = Hold.objects.for_brand(brand).filter(state="active")
    return {row.owner: row.quantity for row in rows}


def test_first_come_first_served_and_each_all_or_nothing(
    brand: Brand, cream: Variant, soap: Variant
) -> None:
    outcomes = hold([
        want("a", (cream, 3)), want("b", (cream, 1), (soap, 6)), want("c", (cream, 3)),
        want("d", (cream, 2)), want("e", (cream, 1)),
    ])  # fmt: skip
    assert (outcomes[0], outcomes[3]) == (TILL, TILL)
    refused = [outcome.error for outcome in outcomes if isinstance(outcome, Refused)]
    assert [(type(one), one.field) for one in refused] == [
        (SoldOut, "SOAP"), (SoldOut, "CREAM"), (SoldOut, "CREAM"),
    ]  # fmt: skip
    assert [one.available for one in refused if isinstance(one, SoldOut)] == [5, 2, 0]
    assert (holds(brand), level(cream), level(soap)) == ({"a": 3, "d": 2}, (5, 5), (5, 0))


def test_refused_wants_touch_nobody_else(brand: Brand, other_brand: Brand, cream: Variant) -> None:
    theirs = make_variant(other_brand, "THEIRS", 5)
    outcomes = hold([
        want("a", (cream, rules.QUANTITY_MAX + 1)), want("b", (cream, 0)),
        Want(brand.pk, "c", {theirs.pk: 1}, TTL), Want(brand.pk, "d", {"unknown": 1}, TTL),
        want("e", (cream, 1)),
    ])  # fmt: skip
    assert [refusal(one) for one in outcomes[:4]] == [
        (Invalid, "quantity"), (Invalid, "quantity"),
        (Invalid, "variant_id"), (Invalid, "variant_id"),
    ]  # fmt: skip
    assert outcomes[4] == TILL
    assert (holds(brand), level(theirs)) == ({"e": 1}, (5, 0))


def test_limit_of_an_owner_counts_what_the_same_batch_grants(brand: Brand) -> None:
    many = [make_variant(brand, f"V{n}", 100) for n in range(6)]
    outcomes = hold([want("a", (one, rules.QUANTITY_MAX)) for one in many])
    assert outcomes[:5] == [TILL] * 5
    assert refusal(outcomes[5]) == (Conflict, None)


def test_units_of_a_replaced_hold_go_to_the_want_that_replaces_it(
    brand: Brand, cream: Variant
) -> None:
    hold([want("old", (cream, 4)), want("other", (cream, 1))])
    outcomes = hold([want("late", (cream, 1)), want("new", (cream, 4), instead_of=("old",))])
    assert refusal(outcomes[0]) == (SoldOut, "CREAM")
    assert outcomes[1] == TILL
    assert (holds(brand), level(cream)) == ({"other": 1, "new": 4}, (5, 5))


def test_refused_want_keeps_the_hold_that_it_would_have_replaced(
    brand: Brand, cream: Variant
) -> None:
    hold([want("old", (cream, 4))])
    assert refusal(hold([want("new", (cream, 6), instead_of=("old",))])[0]) == (SoldOut, "CREAM")
    assert (holds(brand), level(cream)) == ({"old": 4}, (5, 4))


def test_all_holds_that_ran_out_are_given_back_to_those_who_come(
    brand: Brand, cream: Variant
) -> None:
    hold([want(f"early {n}", (cream, 1)) for n in range(5)])
    later = NOW + TTL
    with services.writing(), connection.cursor() as cursor:
        wants = [want(f"late {n}", (cream, 2)) for n in range(3)]
        outcomes = services.hold_many(cursor, wants, later)
    assert outcomes[:2] == [Granted(later + TTL)] * 2
    assert refusal(outcomes[2]) == (SoldOut, "CREAM")
    assert (holds(brand), level(cream)) == ({"late 0": 2, "late 1": 2}, (5, 4))


def test_claims_sell_what_is_held_and_what_is_free(brand: Brand, cream: Variant) -> None:
    hold([want("a", (cream, 2)), want("b", (cream, 1))])
    outcomes = claim([sale("a", (cream, 2)), sale("x", (cream, 3)), sale("y", (cream, 2))])
    assert (outcomes[0], outcomes[2]) == (Granted(NOW), Granted(NOW))
    assert refusal(outcomes[1]) == (SoldOut, "CREAM")
    assert level(cream) == (1, 1)
    lines = StockMovement.objects.for_brand(brand).filter(stock=cream.stock)
    ledger = lines.values_list("change", "on_hand", "reason", "owner").order_by("-on_hand")
    assert list(ledger) == [
        (5, 5, "counted", ""), (-2, 3, "sold", "a"), (-2, 1, "sold", "y"),
    ]  # fmt: skip


def test_claim_of_a_hold_that_ran_out_is_not_given_to_another_claim(
    brand: Brand, cream: Variant
) -> None:
    hold([want("a", (cream, 5))])
    with services.writing(), connection.cursor() as cursor:
        sales = [sale("x", (cream, 1)), sale("a", (cream, 5))]
        outcomes = services.claim_many(cursor, sales, NOW + TTL)
    assert refusal(outcomes[0]) == (SoldOut, "CREAM")
    assert outcomes[1] == Granted(NOW + TTL)
    assert level(cream) == (0, 0)


def test_releases_and_returns_come_back_once(brand: Brand, cream: Variant) -> None:
    hold([want("a", (cream, 2)), want("b", (cream, 1))])
    claim([sale("b", (cream, 1))])
    owners = [Owner(brand.pk, name) for name in ("a", "b", "a", "nobody")]
    with services.writing(), connection.cursor() as cursor:
        assert services.release_many(cursor, owners) == [1, 0, 0, 0]
        services.put_back_many(cursor, owners)
    assert (level(cream), holds(brand)) == ((5, 0), {})


def test_number_of_statements_does_not_depend_on_the_number_of_buyers(cream: Variant) -> None:
    services.set_level(cream.brand_id, cream.pk, 1000)

    def buy(count: int) -> int:
        with CaptureQueriesContext(connection) as done:
            hold([want(f"{count}-{n}", (cream, 1)) for n in range(count)])
        return len(done)

    assert buy(1) == buy(40)


def test_savepoint_that_is_undone_takes_its_counters_with_it(
    brand: Brand, cream: Variant, told: Notices
) -> None:
    told.clear()
    with services.writing():
        services.hold(brand.pk, "a", [(cream.pk, 1)], NOW, TTL)
        with transaction.atomic():
            services.hold(brand.pk, "b", [(cream.pk, 2)], NOW, TTL)
            transaction.set_rollback(True)
    assert (level(cream), holds(brand)) == ((5, 1), {"a": 1})
    assert told == [{cream.pk: (5, 4)}]


def test_verb_that_fails_inside_another_is_forgotten(brand: Brand, cream: Variant) -> None:
    with services.writing():
        services.hold(brand.pk, "a", [(cream.pk, 1)], NOW, TTL)
        with pytest.raises(SoldOut):
            services.hold(brand.pk, "b", [(cream.pk, 9)], NOW, TTL)
    assert (level(cream), holds(brand)) == ((5, 1), {"a": 1})
