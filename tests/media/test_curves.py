"""The meter of a source's line, and the curves that are kept of it."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from showfloor.adapters.filesystem.curve_files import CurveFiles
from showfloor.media.diagnostics import curves
from showfloor.media.diagnostics.curves import CurveBook, Point
from showfloor.media.diagnostics.line_meter import LineMeter
from showfloor.media.diagnostics.source_figures import COLUMNS, SourceFigures
from tests.support.media import picture

FIGURES = SourceFigures("primary", "OBS", 2500, 30.0, 2.0, 0, 40, 0, 0.0, 0.0)


def fed(stamps_ms: Iterable[int], *, late_s: float = 0.0) -> tuple[LineMeter, float]:
    """Return a meter that has had these pictures when they were due, and the time of the last."""
    meter, now = LineMeter(), 0.0
    for stamp_ms in stamps_ms:
        now = 100 + stamp_ms / 1000 * (1 + late_s)
        meter.feed(picture(stamp_ms), now)
    return meter, now


def test_pictures_that_are_missing_are_counted_for_a_minute() -> None:
    stamps = [number * 40 for number in range(100) if number not in {60, 61, 80}]
    meter, now = fed(stamps)
    assert meter.missing(now) == 3
    assert round(meter.longest_wait_s(now), 3) == 0.12
    assert meter.missing(now + 61) == 0
    assert round(meter.longest_wait_s(now + 5), 1) == 5.0


def test_new_beginning_of_stamps_is_no_hole_and_no_drift() -> None:
    meter, now = fed([*range(0, 8000, 40), *range(500_000, 508_000, 40)])
    assert meter.missing(now) == 0
    assert meter.drift_s() == 0.0


def test_clock_that_runs_slow_drifts() -> None:
    meter, _now = fed(range(0, 60_000, 40), late_s=0.01)
    assert 0.4 < meter.drift_s() < 0.6  # of 55 s, between the earliest of the first and last 120


def test_curve_keeps_seconds_of_ten_minutes_and_means_of_the_whole_show() -> None:
    book = CurveBook()
    for second in range(1000, 1700):
        for _again in range(2):
            kbps = 1000 if second < 1005 else 2000
            book.record("c", [replace(FIGURES, kbps=kbps)], second)
    fine = book.fine("c", 0)["primary"]
    assert (len(fine), fine[0].at_s, fine[-1].at_s) == (600, 1100, 1699)
    assert [point.at_s for point in book.fine("c", 1697)["primary"]] == [1698, 1699]
    whole = book.whole("c")["primary"]
    assert len(whole) == 70
    assert whole[0] == Point(1000, (1500.0, 30.0, 2.0, 0.0, 40.0, 0.0, 0.0, 0.0, None, None, 0.0))
    assert len(whole[0].values) == len(COLUMNS)


def test_memory_of_curves_is_bounded_by_the_shows_of_late() -> None:
    book = CurveBook()
    for number in range(curves.CHANNELS_MAX + 1):
        book.record(f"c{number}", [FIGURES], 1000)
    assert book.fine("c0", 0) == {}
    assert set(book.fine("c1", 0)) == {"primary"}


def test_pictures_that_come_twice_are_counted_for_a_minute() -> None:
    meter, now = LineMeter(), 0.0
    for number in range(100):
        now = 100 + number * 0.04
        data = b"picture %d" % (number // 3 if number == 90 else number)
        meter.feed(picture(number * 40, data), now)
        if number in {50, 60}:
            meter.feed(picture(number * 40, b"again"), now)  # the same moment
        if number == 70:
            meter.feed(picture(number * 40 + 20, data), now)  # the same bytes
    assert (meter.duplicated(now), meter.missing(now)) == (3, 0)
    assert meter.duplicated(now + 61) == 0


async def test_curves_survive_a_restart_of_the_process(tmp_path: Path) -> None:
    book = CurveBook()
    before = CurveFiles(tmp_path, book)
    await before.start()
    for second in range(1000, 1705):
        book.record("c", [FIGURES, replace(FIGURES, role="backup", kbps=second)], second)
    await before.stop()
    again = CurveBook()
    after = CurveFiles(tmp_path, again)
    await after.start()
    assert again.fine("c", 0) == book.fine("c", 0)
    assert again.whole("c") == book.whole("c")
    for one in (book, again):
        one.record("c", [FIGURES], 1706)
    assert again.whole("c") == book.whole("c")
    await after.stop()


async def test_files_of_curves_are_bounded_and_a_broken_one_harms_nothing(tmp_path: Path) -> None:
    book, folder = CurveBook(), tmp_path / "curves"
    files = CurveFiles(tmp_path, book)
    book.record("good", [FIGURES], 1000)
    await files.stop()
    kept = (folder / "good.json").read_text("utf-8")
    old_columns = kept.replace('"kbps"', '"gone"')
    for name, text in (
        ("old", old_columns),
        ("torn", kept[:50]),
        ("words", kept.replace("40", '"x"')),
    ):
        (folder / f"{name}.json").write_text(text, "utf-8")
    for name in [f"n{number}" for number in range(curves.CHANNELS_MAX)]:
        (folder / f"{name}.json").write_text(kept, "utf-8")
        os.utime(folder / f"{name}.json", (1, 1))  # decades ago
    (folder / "killed.tmp").write_text("half", "utf-8")
    os.utime(folder / "killed.tmp", (1, 1))
    found = CurveBook()
    await CurveFiles(tmp_path, found).start()
    assert set(found.fine("good", 0)) == {"primary"}
    [point] = found.fine("old", 0)["primary"]
    assert point.values[:2] == (None, 30.0)
    assert (found.fine("torn", 0), found.fine("words", 0)) == ({}, {})
    assert {path.name for path in folder.iterdir()} == {
        "good.json",
        "old.json",
        "torn.json",
        "words.json",
    }
