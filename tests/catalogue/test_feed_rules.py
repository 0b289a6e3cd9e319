"""The hours of a feed's schedule."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from showfloor.catalogue.feed_rules import hides_too_many, next_run

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("after", "every_h", "at_hour", "expected"),
    [
        ("2026-11-28T02:59", 24, 4, "2026-11-28T03:00"),
        ("2026-11-28T03:00", 24, 4, "2026-11-29T03:00"),
        ("2026-11-28T22:30", 6, 4, "2026-11-29T03:00"),
        ("2026-11-28T12:10", 6, 4, "2026-11-28T15:00"),
        ("2026-11-28T23:20", 1, 4, "2026-11-29T00:00"),
        ("2026-03-28T12:00", 24, 4, "2026-03-29T02:00"),  # summer time began that night
    ],
)
def test_next_run_is_at_the_next_of_its_hours_in_its_zone(
    after: str, every_h: int, at_hour: int, expected: str
) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    wanted = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert next_run(moment, every_h, at_hour, BERLIN) == wanted


@pytest.mark.parametrize(
    ("hidden", "total", "share", "expected"),
    [(2, 10, 20, False), (3, 10, 20, True), (0, 0, 0, False), (1, 1, 100, False)],
)
def test_share_of_hidden_products_is_bounded(
    hidden: int, total: int, share: int, expected: bool
) -> None:
    assert hides_too_many(hidden, total, share) is expected
