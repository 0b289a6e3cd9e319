"""The price follows from the bids that count, whatever else happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.auctions import rules
from showfloor.auctions.rules import AuctionDraft, Standing, Terms
from showfloor.kernel.clock import to_epoch_ms
from showfloor.kernel.errors import Invalid
from showfloor.shows.delivery_clocks import Delivery

TERMS = Terms(1000, [(0, 100), (10_000, 500)])
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
bids = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 300).map(lambda n: n * 100)))
steps = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), max_size=4)


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Amounts go up, steps never get smaller."""
    rows, start, step = [(0, draw(st.integers(1, 500)))], 0, 0
    step = rows[0][1]
    for further, larger in draw(steps):
        start, step = start + further * 100, step + larger
        rows.append((start, step))
    return rows


def least_work(cast: list[tuple[int, int]]) -> tuple[int | None, int | None, int | None]:
    """The same in the plainest way: everybody's own highest, the earlier first among equals."""
    own: dict[int, int] = {}
    when: dict[int, int] = {}
    for order, (bidder, maximum) in enumerate(cast):
        if maximum > own.get(bidder, 0):
            own[bidder], when[bidder] = maximum, order
    ranked = sorted(own, key=lambda one: (-own[one], when[one]))
    if not ranked:
        return None, None, None
    return ranked[0], own[ranked[0]], own[ranked[1]] if len(ranked) > 1 else None


@given(bids)
def test_standing_is_that_of_everybodys_own_highest(cast: list[tuple[int, int]]) -> None:
    found = rules.standing_of(cast)
    assert (found.leader, found.leader_max, found.second) == least_work(cast)


@given(bids, st.randoms(use_true_random=False))
def test_price_does_not_depend_on_the_order_of_bids(
    cast: list[tuple[int, int]], random: Any
) -> None:
    mixed = list(cast)
    random.shuffle(mixed)
    prices = [rules.price_of(TERMS, rules.standing_of(one)) for one in (cast, mixed)]
    assert prices[0] == prices[1]


@given(bids, tables(), st.none() | st.integers(1, 30_000))
def test_price_never_falls_with_more_bids_and_never_exceeds_the_leaders_maximum(
    cast: list[tuple[int, int]], table: list[tuple[int, int]], reserve: int | None
) -> None:
    terms, standing, price = Terms(100, table, reserve), Standing(), 100
    for bidder, maximum in cast:
        standing = rules.after(standing, bidder, maximum)
        later = rules.price_of(terms, standing)
        assert price <= later <= max(standing.leader_max or 0, 100)
        assert rules.minimum(terms, later, has_bids=True) > later
        price = later


@given(bids, st.integers(0, 30))
def test_retracted_bid_leaves_what_the_others_come_to(
    cast: list[tuple[int, int]], which: int
) -> None:
    others = [one for number, one in enumerate(cast) if number != which]
    found = rules.standing_of(others)
    assert (found.leader, found.leader_max, found.second) == least_work(others)


@pytest.mark.parametrize(
    ("cast", "reserve", "leader", "price"),
    [
        ([], None, None, 1000),
        ([(1, 5000)], None, 1, 1000),
        ([(1, 5000), (2, 3000)], None, 1, 3100),
        ([(1, 5000), (2, 5000)], None, 1, 5000),  # the earlier of equals, at its maximum
        ([(1, 5000), (2, 4950)], None, 1, 5000),  # never above the highest
        ([(1, 5000), (2, 6000), (1, 7000)], None, 1, 6100),
        ([(1, 5000), (1, 9000)], None, 1, 1000),  # nobody bids against oneself
        ([(1, 12_000), (2, 11_000)], None, 1, 11_500),  # the larger step above 100.00
        ([(1, 5000)], 4000, 1, 4000),  # brought to the reserve
        ([(1, 3000)], 4000, 1, 1000),
        ([(1, 3000), (2, 3500)], 4000, 2, 3100),
    ],
)
def test_price_by_example(
    cast: list[tuple[int, int]], reserve: int | None, leader: int | None, price: int
) -> None:
    terms = Terms(1000, TERMS.steps, reserve)
    standing = rules.standing_of(cast)
    assert (standing.leader, rules.price_of(terms, standing)) == (leader, price)


def test_maximum_that_is_too_low_names_the_least() -> None:
    standing = rules.standing_of([(1, 5000), (2, 3000)])
    for bidder, maximum, least in [(3, 3199, 3200), (1, 5000, 5001), (None, 3100, 3200)]:
        with pytest.raises(Invalid) as caught:
            rules.check_maximum(TERMS, standing, bidder, maximum)
        assert (caught.value.field, caught.value.more) == ("maximum", {"minimum": least})
    rules.check_maximum(TERMS, standing, 3, 3200)
    rules.check_maximum(TERMS, standing, 1, 5001)


@pytest.mark.parametrize(
    ("late_s", "behind_s", "served_late_s", "is_in_time"),
    [
        (-1.0, None, None, True),
        (1.0, None, None, False),  # no claim
        (1.0, 4.0, None, True),
        (1.0, -4.0, None, False),  # a picture of the future
        (7.0, 9.0, None, True),
        (9.0, 60.0, None, False),  # unproven delays count up to eight seconds
        (9.0, 60.0, 1.0, True),  # the edge served the last picture late
        (14.0, 60.0, 9.0, False),  # and never beyond the window
        (4.0, 5.0, 0.0, True),
    ],
)
def test_bid_is_in_time_by_the_picture_that_its_bidder_can_have_seen(
    late_s: float, behind_s: float | None, served_late_s: float | None, is_in_time: bool
) -> None:
    arrived = NOON + timedelta(seconds=late_s)
    shown = None if behind_s is None else arrived - timedelta(seconds=behind_s)
    served = None if served_late_s is None else to_epoch_ms(NOON) + int(served_late_s * 1000)
    found = rules.counted_at(NOON, arrived, shown, Delivery(served), 8_000)
    assert rules.is_over(NOON, found) is not is_in_time


def test_late_bid_leaves_everybody_the_time_to_answer() -> None:
    assert rules.extended(NOON, NOON - timedelta(seconds=11), 10) == NOON
    assert rules.extended(NOON, NOON - timedelta(seconds=3), 10) == NOON + timedelta(seconds=7)
    assert rules.extended(NOON, NOON + timedelta(seconds=8), 10) == NOON + timedelta(seconds=18)
    assert rules.extended(NOON, NOON + timedelta(seconds=8), 0) == NOON


GOOD = AuctionDraft("Blue  vase ", 1000, [(0, 100), (5000, 500)], 60)


def test_draft_is_cleaned() -> None:
    assert rules.clean_draft(GOOD).title == "Blue vase"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"start_amount": 0}, "start_amount"),
        ({"start_amount": -5}, "start_amount"),
        ({"length_s": 9}, "length_s"),
        ({"extend_s": -1}, "extend_s"),
        ({"checkout_s": 5}, "checkout_s"),
        ({"bidders_rule": "anyone"}, "bidders_rule"),
        ({"reserve_amount": 999}, "reserve_amount"),
        ({"reserve_amount": 5000, "buy_now_amount": 4000}, "buy_now_amount"),
        ({"increments": []}, "increments"),
        ({"increments": [(100, 100)]}, "increments"),
        ({"increments": [(0, 0)]}, "increments"),
        ({"increments": [(0, 500), (5000, 100)]}, "increments"),
        ({"increments": [(0, 100), (0, 200)]}, "increments"),
        ({"increments": [(0, 100)] * 21}, "increments"),
    ],
)
def test_wrong_draft_names_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.clean_draft(replace(GOOD, **values))
    assert caught.value.field == field
