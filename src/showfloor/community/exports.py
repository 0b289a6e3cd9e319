"""Tables for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

# A cell that begins so is a formula to one spreadsheet or another; the wide ones to those of Japan.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A file to download. What people wrote stays text: no cell is ever calculated."""
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    # The mark tells Excel that it is UTF-8.
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _cell(value: object) -> object:
    """Numbers as they are; a text that a spreadsheet would take for a formula gets a quote."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
