"""Attempts that were refused are kept: few, together, for minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from showfloor.media.diagnostics import rejections
from showfloor.media.diagnostics.rejections import KEPT, PER_PLACE_MAX, PLACES_MAX, RejectionLog
from showfloor.media.ports import Cause

NOW = datetime(2030, 3, 1, 20, 0, tzinfo=UTC)
S = timedelta(seconds=1)
HEVC = rejections.attempt(Cause.CODEC, "HEVC (H.265) video", "OBS 31", "192.0.2.7:50123", NOW)
EVENING = rejections.of_channel("evening")


def test_tries_of_one_encoder_are_one_line() -> None:
    """Each comes from another port."""
    book = RejectionLog()
    for second in range(3):
        again = rejections.attempt(
            Cause.CODEC,
            "HEVC (H.265) video",
            "OBS 31",
            f"192.0.2.7:{second}",
            NOW + second * S,
        )
        book.record(EVENING, again)
    assert book.attempts(EVENING, NOW) == [replace(HEVC, at=NOW + 2 * S, count=3)]
    assert HEVC.address == "192.0.2.7"


def test_newest_comes_first_and_few_are_kept() -> None:
    book = RejectionLog()
    for number in range(PER_PLACE_MAX + 3):
        book.record(EVENING, replace(HEVC, encoder=f"E{number}", at=NOW + number * S))
    kept = [one.encoder for one in book.attempts(EVENING, NOW)]
    assert kept == [f"E{number}" for number in range(PER_PLACE_MAX + 2, 2, -1)]


def test_attempts_are_forgotten_with_time_and_counted_anew() -> None:
    book = RejectionLog()
    book.record(EVENING, HEVC)
    assert book.attempts(EVENING, NOW + KEPT) == []
    later = replace(HEVC, at=NOW + 2 * KEPT)
    assert book.record(EVENING, later).count == 1


def test_encoder_that_was_taken_ends_the_story() -> None:
    book = RejectionLog()
    book.record(EVENING, HEVC)
    book.forget(EVENING)
    book.forget(EVENING)
    assert book.attempts(EVENING, NOW) == []


def test_strangers_push_no_show_out_and_fill_nothing() -> None:
    book = RejectionLog()
    book.record(EVENING, HEVC)
    stranger = replace(HEVC, cause=Cause.UNKNOWN_KEY, encoder="x" * 10_000)
    for number in range(PLACES_MAX + 50):
        book.record(rejections.of_network(str(number)), stranger)
    assert len(book.attempts(EVENING, NOW)) == 1
    known = [bool(book.attempts(rejections.of_network(str(n)), NOW)) for n in (0, 49, 50)]
    assert known == [False, False, True]
    garbage = rejections.attempt(Cause.UNKNOWN_KEY, "", "x" * 10_000, "[2001:db8::7]:1", NOW)
    assert (len(garbage.encoder), garbage.address) == (60, "2001:db8::7")


def test_other_processes_read_the_same() -> None:
    assert rejections.from_json(rejections.to_json(HEVC)) == HEVC


@pytest.mark.parametrize(
    "change", [{"cause": "who-knows"}, {"at": "soon"}, {"count": None}, {"count": "many"}]
)
def test_nonsense_of_other_processes_is_an_error(change: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        rejections.from_json({**rejections.to_json(HEVC), **change})
