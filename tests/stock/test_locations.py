"""Goods at several locations: which one a sale leaves, and what clerks do there."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Variant
from showfloor.kernel.errors import Conflict, Invalid, NotFound
from showfloor.stock import locations, rules, services
from showfloor.stock.models import Location, MovementReason, Stock, StockMovement
from showfloor.stock.services import Cause
from tests.stock.helpers import NOW, TTL, broken_invariants, level, make_variant

RECEIVED = Cause(MovementReason.RECEIVED)


@pytest.fixture
def cream(brand: Brand) -> Variant:
    return make_variant(brand, "CREAM", 5)


@pytest.fixture
def main(brand: Brand) -> Location:
    return locations.main_location(brand.pk)


@pytest.fixture
def depot(brand: Brand, main: Location) -> Location:
    return Location.objects.all_brands().create(brand=brand, name="Depot", position=1)


def units(variant: Variant) -> dict[str, int]:
    """Units by the name of the location."""
    stock = Stock.objects.for_brand(variant.brand_id).get(variant=variant)
    names = {one.pk: one.name for one in Location.objects.for_brand(variant.brand_id)}
    return {
        "main" if place is None else names[place]: count
        for place, count in locations.units_of(stock).items()
    }


def ledger(variant: Variant) -> list[tuple[int, int, str, str]]:
    rows = StockMovement.objects.for_brand(variant.brand_id).filter(stock__variant=variant)
    return [
        (row.change, row.on_hand, row.reason, row.location.name if row.location else "main")
        for row in rows.select_related("location").order_by("pk")
    ]


@pytest.mark.parametrize(
    ("here", "quantity", "parts"),
    [
        ({None: 5, "a": 9}, 5, [(None, 5)]),
        ({None: 2, "a": 9, "b": 9}, 5, [("a", 5)]),  # one parcel from one place
        ({None: 2, "a": 1, "b": 4}, 7, [(None, 2), ("a", 1), ("b", 4)]),
        ({None: 0, "a": 1, "b": 1}, 2, [("a", 1), ("b", 1)]),
    ],
)
def test_units_leave_the_first_location_that_has_them_all(
    here: dict[str | None, int], quantity: int, parts: list[tuple[str | None, int]]
) -> None:
    assert rules.leave(here, quantity) == parts


def test_transfer_changes_no_count_and_leaves_two_lines(
    brand: Brand, cream: Variant, main: Location, depot: Location, producer: User
) -> None:
    cause = locations.moved("truck", producer.pk)
    locations.transfer(brand.pk, cream.pk, 3, source=main.pk, target=depot.pk, cause=cause)
    assert (units(cream), level(cream)) == ({"main": 2, "Depot": 3}, (5, 0))
    assert sorted(ledger(cream)[1:]) == [(-3, 2, "moved", "main"), (3, 5, "moved", "Depot")]
    assert broken_invariants() == []


def test_sale_leaves_one_location_and_a_cancelled_order_comes_back_there(
    brand: Brand, cream: Variant, main: Location, depot: Location
) -> None:
    locations.move_at(brand.pk, cream.pk, 6, RECEIVED, depot.pk)
    services.hold(brand.pk, "anna", [(cream.pk, 6)], NOW, TTL)
    services.claim(brand.pk, "anna", [(cream.pk, 6)], NOW)
    assert units(cream) == {"main": 5, "Depot": 0}
    services.claim(brand.pk, "bert", [(cream.pk, 1)], NOW)
    assert units(cream) == {"main": 4, "Depot": 0}
    services.put_back(brand.pk, "anna")
    services.put_back(brand.pk, "bert")
    assert units(cream) == {"main": 5, "Depot": 6}
    assert broken_invariants() == []


def test_sale_larger_than_any_location_is_split(
    brand: Brand, cream: Variant, main: Location, depot: Location
) -> None:
    locations.move_at(brand.pk, cream.pk, 4, RECEIVED, depot.pk)
    services.claim(brand.pk, "anna", [(cream.pk, 8)], NOW)
    sold = [row for row in ledger(cream) if row[2] == "sold"]
    assert sorted(sold) == [(-5, 4, "sold", "main"), (-3, 1, "sold", "Depot")]
    services.put_back(brand.pk, "anna")
    assert (units(cream), broken_invariants()) == ({"main": 5, "Depot": 4}, [])


def test_count_writes_the_difference_of_its_location(
    brand: Brand, cream: Variant, main: Location, depot: Location
) -> None:
    counted = Cause(MovementReason.COUNTED)
    assert locations.count_at(brand.pk, cream.pk, 7, depot.pk, counted) == 7
    assert locations.count_at(brand.pk, cream.pk, 4, main.pk, counted) == -1
    assert locations.count_at(brand.pk, cream.pk, 4, main.pk, counted) == 0
    assert (units(cream), level(cream)) == ({"main": 4, "Depot": 7}, (11, 0))
    assert ledger(cream)[1:] == [(7, 12, "counted", "Depot"), (-1, 11, "counted", "main")]


def refusals(cream: Variant, main: Location, depot: Location) -> list[Callable[[], object]]:
    brand_id, cause = cream.brand_id, locations.moved()
    return [
        lambda: locations.transfer(
            brand_id, cream.pk, 3, source=depot.pk, target=main.pk, cause=cause
        ),
        lambda: locations.move_at(brand_id, cream.pk, -3, RECEIVED, depot.pk),
        lambda: locations.move_at(brand_id, cream.pk, -5, RECEIVED, main.pk),  # 4 are held
        lambda: locations.count_at(brand_id, cream.pk, 0, main.pk, RECEIVED),
        lambda: locations.close(depot),
        lambda: locations.close(main),
    ]


def test_refused_change_of_a_location_changes_nothing(
    brand: Brand, cream: Variant, main: Location, depot: Location
) -> None:
    locations.move_at(brand.pk, cream.pk, 2, RECEIVED, depot.pk)
    services.hold(brand.pk, "anna", [(cream.pk, 4)], NOW, TTL)
    before = ledger(cream)
    codes = []
    for refused in refusals(cream, main, depot):
        with pytest.raises(Conflict) as problem:
            refused()
        codes.append(problem.value.code)
    assert codes == [
        "stock-not-here", "stock-not-here", "stock-held", "stock-held", "location-not-empty",
        "location-main",
    ]  # fmt: skip
    for wrong in (0, -1, 10**9 + 1):
        with pytest.raises(Invalid):
            locations.transfer(
                brand.pk, cream.pk, wrong, source=main.pk, target=depot.pk, cause=RECEIVED
            )
    assert (ledger(cream), units(cream), broken_invariants()) == (
        before, {"main": 5, "Depot": 2}, [],
    )  # fmt: skip


def test_location_of_another_brand_is_not_found(
    brand: Brand, other_brand: Brand, cream: Variant
) -> None:
    strange = locations.main_location(other_brand.pk)
    with pytest.raises(NotFound):
        locations.move_at(brand.pk, cream.pk, 1, RECEIVED, strange.pk)
    assert level(cream) == (5, 0)


def test_stock_at_one_location_costs_no_statement_more(
    brand: Brand, cream: Variant, depot: Location
) -> None:
    """The way of a sale: the locations are asked for only where units lie at several."""
    with CaptureQueriesContext(connection) as plain:
        services.claim(brand.pk, "anna", [(cream.pk, 1)], NOW)
    locations.move_at(brand.pk, cream.pk, 2, RECEIVED, depot.pk)
    with CaptureQueriesContext(connection) as spread:
        services.claim(brand.pk, "bert", [(cream.pk, 1)], NOW)
    assert not [one for one in plain.captured_queries if "locationstock" in one["sql"]]
    assert len(spread) == len(plain) + 1
