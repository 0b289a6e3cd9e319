"""Statements over many rows, in plain SQL that SQLite and PostgreSQL both understand.

The text of a statement does not depend on the number of rows: PostgreSQL gets the rows as one JSON
value or one array, SQLite one JSON array to look things up, and to insert a prepared statement for
eight rows and one for the rest.
Marks are `%s`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched, chain
from typing import Any, Final, Protocol

from showfloor.kernel.json_text import to_json

_TOGETHER: Final = 8  # rows in one statement on SQLite


class Cursor(Protocol):
    """The part of a DB-API cursor that these statements use."""

    @property
    def rowcount(self) -> int: ...

    def execute(self, sql: str, params: Sequence[Any] = ..., /) -> Any: ...
    def executemany(self, sql: str, params: Sequence[Sequence[Any]], /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


def is_one_of(column: str, *, is_postgres: bool) -> str:
    """Return a condition with one mark, for the result of `values`."""
    if is_postgres:
        return column + " = ANY(%s)"
    return column + " IN (SELECT value FROM json_each(%s))"  # noqa: S608 - a name of ours


def values(some: Iterable[str], *, is_postgres: bool) -> Any:
    """Return the parameter of `is_one_of`: any number of strings."""
    return list(some) if is_postgres else to_json(list(some))


def time_text(at: datetime, *, is_postgres: bool) -> str:
    """Return a time in UTC as Django stores it, for a parameter or a value of `insert`."""
    return at.isoformat() if is_postgres else at.replace(tzinfo=None).isoformat(" ")


def copy_rows(
    cursor: Cursor, table: str, columns: Iterable[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows on PostgreSQL by COPY: half the time of one JSON value, and of Python's share.
    JSON goes in as text. Errors are the driver's own."""
    copy: Any = cursor
    with copy.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def insert(
    cursor: Cursor, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]],
    *, is_postgres: bool, ending: str = "",
) -> None:  # fmt: skip
    """Insert rows, whose values stand in the order of `columns` (name → PostgreSQL's type).

    `ending`: a clause such as ON CONFLICT. Values are what JSON has; a time is its ISO text.
    """
    if not rows:
        return
    names = ", ".join(columns)
    if not is_postgres:
        one = f"({', '.join(['%s'] * len(columns))})"
        begin = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608 - names of ours
        whole = len(rows) - len(rows) % _TOGETHER
        if whole and not ending:
            together = [[*chain(*some)] for some in batched(rows[:whole], _TOGETHER)]
            cursor.executemany(begin + ", ".join([one] * _TOGETHER), together)
            rows = rows[whole:]
        if rows:
            cursor.executemany(f"{begin}{one} {ending}", rows)
        return
    # One JSON value: the statement stays short, psycopg does not write out each value, and both
    # sides need half the CPU.
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    cursor.execute(
        f"INSERT INTO {table} ({names})"  # noqa: S608 - names of ours
        f" SELECT * FROM json_to_recordset(%s::json) AS one({typed}) {ending}",
        (to_json([dict(zip(columns, row, strict=True)) for row in rows]),),
    )


def update(
    cursor: Cursor, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]],
    *, is_postgres: bool,
) -> None:  # fmt: skip
    """Set columns of rows, whose values stand in the order of `columns`; the first is the key."""
    if not rows:
        return
    key, *names = columns
    if not is_postgres:
        marks = ", ".join(f"{name} = %s" for name in names)
        cursor.executemany(
            f"UPDATE {table} SET {marks} WHERE {key} = %s",  # noqa: S608 - names of ours
            [(*values, pk) for pk, *values in rows],
        )
        return
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    marks = ", ".join(f"{name} = one.{name}" for name in names)
    cursor.execute(
        f"UPDATE {table} SET {marks} FROM json_to_recordset(%s::json) AS one({typed})"  # noqa: S608
        f" WHERE {table}.{key} = one.{key}",
        (to_json([dict(zip(columns, row, strict=True)) for row in rows]),),
    )
