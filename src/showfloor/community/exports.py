"""Answers with a table for spreadsheets."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from showfloor.kernel.csv_cells import BYTE_ORDER_MARK, csv_text


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return the table as a file to download."""
    text = BYTE_ORDER_MARK + csv_text(rows)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
