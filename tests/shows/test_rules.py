"""Life cycle and picture times, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from showfloor.kernel.errors import Conflict, Invalid
from showfloor.shows import rules

NOW = datetime(2026, 3, 1, 20, 0, 30, tzinfo=UTC)
START = NOW - timedelta(minutes=10)
S = timedelta(seconds=1)

ALLOWED = {
    ("draft", "scheduled"),
    ("draft", "live"),
    ("scheduled", "draft"),
    ("scheduled", "live"),
    ("live", "ended"),
}


@pytest.mark.parametrize("state", rules.TRANSITIONS)
@pytest.mark.parametrize("wanted", rules.TRANSITIONS)
def test_every_pair_of_states(state: str, wanted: str) -> None:
    if (state, wanted) in ALLOWED:
        rules.check_transition(state, wanted)
        return
    with pytest.raises(Conflict) as refused:
        rules.check_transition(state, wanted)
    assert refused.value.code == f"show-{state}"


@pytest.mark.parametrize(
    ("seen", "picture"),
    [
        (None, NOW),  # she did not say: what is produced now
        (NOW - 4 * S, NOW - 4 * S),  # her preview was 4 s behind
        (NOW - 15 * S, NOW - 15 * S),
        (NOW - 16 * S, NOW - 15 * S),  # further back than a preview can be
        (NOW + 3 * S, NOW),  # a clock that runs ahead
    ],
)
def test_picture_time_is_what_the_person_saw_within_bounds(
    seen: datetime | None, picture: datetime
) -> None:
    assert rules.picture_time(seen, NOW, not_before=START) == picture


def test_never_before_what_is_on_screen_began() -> None:
    assert rules.picture_time(NOW - 10 * S, NOW, not_before=NOW - 2 * S) == NOW - 2 * S


@pytest.mark.parametrize("ids", [[], ["a", "b", "c", "d"], ["a", "a"]])
def test_one_to_three_different_products(ids: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_on_screen(ids)
    assert refused.value.field == "product_ids"


@pytest.mark.parametrize(
    ("state", "published", "public"),
    [
        ("draft", True, False),
        ("scheduled", True, True),
        ("live", True, True),
        ("ended", True, True),
        ("live", False, False),
    ],
)
def test_public_show_is_published_and_no_draft(state: str, published: bool, public: bool) -> None:
    assert rules.is_public(state, published=published) is public


def test_show_time_goes_on_in_a_gap() -> None:
    assert rules.show_time_s(START, START + 75 * S + timedelta(milliseconds=250)) == 75.25
