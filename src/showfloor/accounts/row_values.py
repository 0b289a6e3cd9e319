"""Rows as JSON values, for people who ask for a copy of their data."""

from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from showfloor.kernel.clock import iso_ms

ROWS_MAX: Final = 100_000  # of one class: more than anyone writes in a lifetime of shows


def row_values(rows: QuerySet[Any], **columns: str) -> list[dict[str, Any]]:
    """Return the columns of each row under the names given, the oldest row first."""
    found = rows.order_by("pk").values_list(*columns.values())[:ROWS_MAX]
    return [dict(zip(columns, map(_json, row), strict=True)) for row in found]


def _json(value: Any) -> Any:
    return iso_ms(value) if isinstance(value, datetime) else value
