"""The clock of a recording: its media, and the moments of its pictures."""

from datetime import UTC, datetime, timedelta

import pytest

from showfloor.shows.recorded_time import recorded

S = timedelta(seconds=1)
START = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
# A preview before the start, a gap of 30 s, and a broadcast that outlasts the end.
CLOCK = recorded(START, START + 120 * S, [(START + 70 * S, None), (START - 60 * S, START + 40 * S)])


def test_recording_is_shorter_than_the_show_by_its_gaps() -> None:
    assert CLOCK.runs == [(START, START + 40 * S), (START + 70 * S, START + 120 * S)]
    assert CLOCK.length_s == 90.0
    assert recorded(START, START + 9 * S, [(START - 60 * S, START - 10 * S)]).length_s == 0.0


@pytest.mark.parametrize(("media_s", "shown_s"), [(0, 0), (39.5, 39.5), (40, 70), (89.75, 119.75)])
def test_second_of_the_media_has_a_moment_and_back(media_s: float, shown_s: float) -> None:
    moment = START + shown_s * S
    assert CLOCK.moment_at(media_s) == moment
    assert CLOCK.media_s(moment) == media_s


def test_recording_ends_and_a_gap_is_where_the_media_goes_on() -> None:
    assert CLOCK.moment_at(90) is None
    assert CLOCK.media_s(START - S) == 0.0
    assert CLOCK.media_s(START + 55 * S) == 40.0
    assert CLOCK.media_s(START + 500 * S) == 90.0
