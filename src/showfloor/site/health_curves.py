"""The curves of a show's sources, for the console, and as a table for a spreadsheet."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypedDict

from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.media.diagnostics import curves
from showfloor.media.diagnostics.curves import FINE_POINTS, Point
from showfloor.media.diagnostics.source_figures import COLUMNS

AFTER_MAX: Final = 1 << 40


class SourceCurve(TypedDict):
    """`points`: seconds since 1970, then the values of `columns`."""

    role: str  # primary or backup
    points: list[list[float | None]]


class HealthCurves(TypedDict):
    now_s: int
    window_s: int
    columns: list[str]
    sources: list[SourceCurve]


def since(channel_id: str, after_s: int) -> HealthCurves:
    """Return the seconds after this one; of the last ten minutes."""
    return {
        "now_s": int(utc_now().timestamp()),
        "window_s": FINE_POINTS,
        "columns": list(COLUMNS),
        "sources": [
            {"role": role, "points": [[point.at_s, *point.values] for point in points]}
            for role, points in _in_order(curves.book.fine(channel_id, after_s))
        ],
    }


def table(channel_id: str) -> str:
    """Return the whole show as CSV, in steps of ten seconds."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["time", "source", *COLUMNS])
    for role, points in _in_order(curves.book.whole(channel_id)):
        for point in points:
            at = iso_ms(datetime.fromtimestamp(point.at_s, UTC))
            writer.writerow([at, role, *point.values])
    return text.getvalue()


def _in_order(found: Mapping[str, list[Point]]) -> Sequence[tuple[str, list[Point]]]:
    return sorted(found.items(), key=lambda one: one[0] != "primary")
