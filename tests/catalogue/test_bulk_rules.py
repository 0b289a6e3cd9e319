"""Prices that bulk edits make of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from showfloor.catalogue.bulk.rules import FormerPrice, NewPrice, PriceStep, new_price


@pytest.mark.parametrize(
    ("amount", "compare_at", "step", "before", "expected"),
    [
        (2490, None, PriceStep(hundredths=-1000), FormerPrice.KEEP, NewPrice(2241, None)),
        (2490, None, PriceStep(hundredths=-1000), FormerPrice.OLD, NewPrice(2241, 2490)),
        (2490, 2990, PriceStep(hundredths=-1000), FormerPrice.KEEP, NewPrice(2241, 2990)),
        (2490, 2990, PriceStep(hundredths=-1000), FormerPrice.NONE, NewPrice(2241, None)),
        (2490, 2590, PriceStep(hundredths=1000), FormerPrice.KEEP, NewPrice(2739, None)),
        (2490, None, PriceStep(hundredths=1000), FormerPrice.OLD, NewPrice(2739, None)),
        (5, None, PriceStep(hundredths=1000), FormerPrice.KEEP, NewPrice(6, None)),  # 5.5
        (2490, None, PriceStep(units=-500), FormerPrice.OLD, NewPrice(1990, 2490)),
        (2490, 2990, None, FormerPrice.NONE, NewPrice(2490, None)),
        (500, None, PriceStep(units=-500), FormerPrice.KEEP, None),
        (1, None, PriceStep(hundredths=-9999), FormerPrice.KEEP, None),
        (10**12, None, PriceStep(units=1), FormerPrice.KEEP, None),
    ],
)  # fmt: skip
def test_new_price_follows_the_step(
    amount: int, compare_at: int | None, step: PriceStep | None, before: FormerPrice,
    expected: NewPrice | None,
) -> None:  # fmt: skip
    assert new_price(amount, compare_at, step, before) == expected


@given(
    st.integers(1, 10**12), st.integers(1, 10**12), st.integers(-9999, 100_000),
    st.sampled_from(FormerPrice),
)  # fmt: skip
def test_price_before_is_always_higher(
    amount: int, more: int, hundredths: int, before: FormerPrice
) -> None:
    found = new_price(amount, amount + more, PriceStep(hundredths=hundredths), before)
    if found is not None:
        assert found.amount > 0
        assert found.compare_at is None or found.compare_at > found.amount
