"""The lowest price of the 30 days before a reduction (Directive 98/6/EC, Art. 6a)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from showfloor.pricing.history import PRIOR_DAYS, Change, Reduction, Span, reduction, spans
from showfloor.pricing.lists import ListedPrice

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def found(*changes: Change, listed: tuple[ListedPrice, ...] = ()) -> Reduction | None:
    return reduction(spans(changes, listed, NOW))


def sale(start: float, end: float | None, percent_bp: int) -> ListedPrice:
    ends_at = None if end is None else ago(end)
    return ListedPrice("l", "Spring", "sale", False, ago(start), ends_at, percent_bp=percent_bp)


def test_reduction_says_the_price_that_it_replaces() -> None:
    assert found(Change(ago(90), 5000), Change(ago(2), 4000, 5000)) == Reduction(5000, 5000, ago(2))


def test_lowest_of_the_30_days_before_counts_and_not_the_last() -> None:
    changes = Change(ago(90), 5000), Change(ago(20), 4500), Change(ago(15), 5000)
    assert found(*changes, Change(ago(2), 4000, 5000)) == Reduction(5000, 4500, ago(2))


def test_lower_price_that_ended_30_days_before_does_not_count() -> None:
    changes = Change(ago(90), 3000), Change(ago(32), 5000)
    assert found(*changes, Change(ago(2), 4000, 5000)) == Reduction(5000, 5000, ago(2))
    changes = Change(ago(90), 3000), Change(ago(31.9), 5000)  # it applied 29.9 days before
    assert found(*changes, Change(ago(2), 2500, 5000)) == Reduction(5000, 3000, ago(2))


def test_price_that_is_no_lower_than_the_prior_one_is_no_reduction() -> None:
    changes = Change(ago(90), 5000), Change(ago(20), 4000), Change(ago(15), 5000)
    assert found(*changes, Change(ago(2), 4000, 5000)) is None


def test_progressive_reduction_keeps_the_price_before_its_first_step() -> None:
    steps = Change(ago(12), 4500, 5000), Change(ago(8), 4000, 5000), Change(ago(2), 3500, 5000)
    assert found(Change(ago(90), 5000), *steps) == Reduction(5000, 5000, ago(12))


def test_reduction_that_was_interrupted_begins_anew() -> None:
    changes = Change(ago(90), 5000), Change(ago(12), 4000, 5000), Change(ago(8), 5000)
    assert found(*changes, Change(ago(2), 3500, 5000)) == Reduction(5000, 4000, ago(2))


def test_price_raised_within_a_reduction_is_measured_by_the_lower_one() -> None:
    changes = Change(ago(90), 5000), Change(ago(12), 3000, 5000)
    assert found(*changes, Change(ago(2), 4000, 5000)) is None


def test_new_goods_have_the_days_since_they_are_sold() -> None:
    assert found(Change(ago(6), 5000), Change(ago(2), 4000, 5000)) == Reduction(5000, 5000, ago(2))


def test_reduction_without_a_known_price_before_is_not_announced() -> None:
    assert found(Change(ago(2), 4000, 5000)) is None


def test_gap_without_a_price_leads_to_the_last_one_before_it() -> None:
    changes = Change(ago(300), 3000), Change(ago(200), 5000), Change(ago(100), None)
    assert found(*changes, Change(ago(2), 4000, 5000)) == Reduction(5000, 5000, ago(2))


def test_sale_of_a_list_is_measured_and_ends_by_itself() -> None:
    own = Change(ago(90), 5000)
    assert found(own, listed=(sale(2, None, 2000),)) == Reduction(5000, 5000, ago(2))
    assert found(own, listed=(sale(20, 10, 2000),)) is None
    # The sale of before was at 40.00; a second one at 45.00 is no reduction.
    assert found(own, listed=(sale(20, 10, 2000), sale(2, None, 1000))) is None
    # A second one at 35.00 is measured by the first.
    again = found(own, listed=(sale(20, 10, 2000), sale(2, None, 3000)))
    assert again == Reduction(5000, 4000, ago(2))


def test_price_without_one_before_is_no_reduction() -> None:
    assert found(Change(ago(90), 5000), Change(ago(2), 4000)) is None
    assert found() is None


_spans = st.lists(
    st.tuples(
        st.integers(1, 12 * 24), st.none() | st.integers(1, 50), st.none() | st.integers(1, 60)
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def _timeline(rows: list[tuple[int, int | None, int | None]]) -> list[Span]:
    at, made = ago(400), []
    for hours, amount, before in rows:
        at += timedelta(hours=hours)
        made.append(Span(at, amount, before))
    return made


@given(_spans)
def test_prior_price_is_one_that_applied_and_above_the_price_of_now(
    rows: list[tuple[int, int | None, int | None]],
) -> None:
    timeline = _timeline(rows)
    one = reduction(timeline)
    if one is None:
        return
    assert one.prior in [span.amount for span in timeline[:-1]]
    assert timeline[-1].amount is not None
    assert timeline[-1].amount < one.prior


@given(_spans)
def test_no_price_of_the_30_days_before_was_lower(
    rows: list[tuple[int, int | None, int | None]],
) -> None:
    timeline = _timeline(rows)
    one = reduction(timeline)
    if one is None:
        return
    for span, following in pairwise(timeline):
        applied = span.since < one.since and following.since > one.since - PRIOR_DAYS
        if applied and span.amount is not None:
            assert span.amount >= one.prior
