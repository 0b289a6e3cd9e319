"""The sharing out of free units: first come, first served, all or nothing, and never more than
there is."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from showfloor.stock.rules import Demand, Shortage, grant, missing_units

variants = st.sampled_from("abc")
units = st.dictionaries(variants, st.integers(0, 8), max_size=3)
lines = st.dictionaries(variants, st.integers(1, 5), min_size=1, max_size=3)
demands = st.lists(
    st.none() | st.builds(Demand, lines, st.just({}) | units.map(lambda some: some)), max_size=12
)


@given(units, demands)
def test_no_more_is_granted_than_is_free(free: dict[str, int], wanted: list[Demand | None]) -> None:
    left = Counter(free)
    for demand, shortage in zip(wanted, grant(free, wanted), strict=True):
        if demand is not None and shortage is None:
            left.update(demand.returned)
            left.subtract(demand.lines)
            assert min(left.values()) >= 0


@given(units, demands)
def test_demand_that_fits_into_what_is_left_is_granted_whole(
    free: dict[str, int], wanted: list[Demand | None]
) -> None:
    left = Counter(free)
    for demand, shortage in zip(wanted, grant(free, wanted), strict=True):
        if demand is None:
            assert shortage is None
            continue
        available = {one: left[one] + demand.returned.get(one, 0) for one in sorted(demand.lines)}
        lacking = [one for one in available if available[one] < demand.lines[one]]
        if not lacking:
            assert shortage is None
            left.update(demand.returned)
            left.subtract(demand.lines)
        else:
            assert shortage == Shortage(lacking[0], available[lacking[0]])


@given(units, demands, demands)
def test_later_demands_change_nothing_for_earlier_ones(
    free: dict[str, int], first: list[Demand | None], later: list[Demand | None]
) -> None:
    assert grant(free, [*first, *later])[: len(first)] == grant(free, first)


@given(units, demands)
def test_everyone_gets_what_they_wish_for_once_the_missing_units_are_there(
    free: dict[str, int], wanted: list[Demand | None]
) -> None:
    enough = Counter(free)
    enough.update(missing_units(free, wanted))
    assert set(grant(enough, wanted)) <= {None}
