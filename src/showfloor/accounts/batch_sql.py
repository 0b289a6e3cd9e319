"""Statements over many rows (`kernel.bulk_sql`) in the words of Django's connection, with its times
and JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection

from showfloor.kernel import bulk_sql
from showfloor.kernel.bulk_sql import Cursor, to_json


def among(column: str) -> str:
    """Return the condition that `column` is one of the values that `many` makes a parameter of."""
    return bulk_sql.is_one_of(column, is_postgres=_is_postgres())


def many(values: Iterable[str]) -> Any:
    """Return the values as one parameter, for `among`."""
    return bulk_sql.values(values, is_postgres=_is_postgres())


def stored(moment: datetime) -> Any:
    """Return a time as a parameter."""
    return connection.ops.adapt_datetimefield_value(moment)


def insert(
    cursor: Cursor, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]],
    ending: str = "",
) -> None:  # fmt: skip
    """Insert rows, in which a `timestamptz` is a time and a `jsonb` any value that JSON has."""
    is_postgres = _is_postgres()
    convert = [_ON_POSTGRES.get(kind) if is_postgres else _ON_SQLITE.get(kind)
               for kind in columns.values()]  # fmt: skip
    converted = [
        [value if to is None else to(value) for value, to in zip(row, convert, strict=True)]
        for row in rows
    ]
    bulk_sql.insert(cursor, table, columns, converted, is_postgres=is_postgres, ending=ending)


_ON_POSTGRES: Mapping[str, Callable[[Any], Any]] = {"timestamptz": datetime.isoformat}
_ON_SQLITE: Mapping[str, Callable[[Any], Any]] = {
    "jsonb": to_json, "timestamptz": partial(bulk_sql.time_text, is_postgres=False),
}  # fmt: skip


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"
