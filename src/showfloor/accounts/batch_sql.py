"""Statements over many rows (`kernel.bulk_sql`) in the words of Django's connection, with its times
and JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from operator import attrgetter
from typing import Any, Final

from django.db import connection, models

from showfloor.kernel import bulk_sql
from showfloor.kernel.bulk_sql import Cursor
from showfloor.kernel.json_text import to_json

# Fields whose values Django changes on their way into the database.
_PREPARED: Final = (
    models.DateTimeField, models.DateField, models.DecimalField, models.DurationField,
    models.FileField, models.JSONField,
)  # fmt: skip


def among(column: str) -> str:
    """Return the condition that `column` is one of the values that `many` makes a parameter of."""
    return bulk_sql.is_one_of(column, is_postgres=_is_postgres())


def many(values: Iterable[str]) -> Any:
    """Return the values as one parameter, for `among`."""
    return bulk_sql.values(values, is_postgres=_is_postgres())


def looked_up(table: str, column: str, alias: str) -> str:
    """Return a table of FROM: the rows whose `column` is one of the values of one parameter
    (`many`). Each value is looked up in the index by itself, whatever the planner thinks of the
    table: of a young one it knows nothing, and of a rush it has not heard. Conditions on `alias`
    come afterwards."""
    if not _is_postgres():  # CROSS JOIN keeps the order of the tables
        return f"{wanted()} CROSS JOIN {table} {alias} ON {alias}.{column} = wanted.value"
    row = f"SELECT * FROM {table} WHERE {column} = wanted.value OFFSET 0"  # noqa: S608 - only names
    return f"{wanted()} CROSS JOIN LATERAL ({row}) {alias}"


def among_looked_up(table: str, column: str, alias: str) -> str:
    """Return the same as a condition on the rows of a table, which can be locked or changed."""
    if not _is_postgres():
        return among(f"{alias}.{column}")
    found = f"SELECT found.id FROM {looked_up(table, column, 'found')}"  # noqa: S608 - only names
    return f"{alias}.id = ANY(ARRAY({found}))"


def pairs_looked_up(table: str, first: str, second: str, alias: str) -> str:
    """Return a table of FROM: the rows whose two columns are one of the pairs of one parameter
    (`pairs`), each looked up by itself. Two lists of values would be tried in all combinations: of
    300 bids with 300 bidders, 90,000."""
    if not _is_postgres():
        both = (
            f"{alias}.{first} = json_extract(wanted.value, '$[0]')"
            f" AND {alias}.{second} = json_extract(wanted.value, '$[1]')"
        )
        return f"json_each(%s) AS wanted CROSS JOIN {table} {alias} ON {both}"
    both = f"{first} = wanted.value->>0 AND {second} = wanted.value->>1"
    row = f"SELECT * FROM {table} WHERE {both} OFFSET 0"  # noqa: S608 - only names
    return f"jsonb_array_elements(%s::jsonb) AS wanted(value) CROSS JOIN LATERAL ({row}) {alias}"


def pairs(values: Iterable[tuple[str, str]]) -> str:
    """Return pairs as one parameter, for `pairs_looked_up`."""
    return json.dumps(list(values))


def wanted() -> str:
    """Return the table `wanted`, whose column `value` has the values of one parameter (`many`)."""
    return "unnest(%s::text[]) AS wanted(value)" if _is_postgres() else "json_each(%s) AS wanted"


def unindexed(column: str) -> str:
    """Return a text column for a condition that no index is to serve, beside one that an index
    serves better: the planner could take the wrong one, for the reasons of `looked_up`."""
    return f"COALESCE({column}, '')"


def stored(moment: datetime) -> Any:
    """Return a time as a parameter."""
    return connection.ops.adapt_datetimefield_value(moment)


def insert(
    cursor: Cursor, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]],
    ending: str = "",
) -> None:  # fmt: skip
    """Insert rows, in which a `timestamptz` is a time and a `jsonb` any value that JSON has."""
    if _is_postgres() and not ending and len(rows) > 1:
        copy(cursor, table, columns, _with(_ON_COPY, columns, rows))
        return
    bulk_sql.insert(
        cursor, table, columns, _converted(columns, rows), is_postgres=_is_postgres(),
        ending=ending,
    )  # fmt: skip


def copy(cursor: Cursor, table: str, columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows by PostgreSQL's COPY, with Django's errors."""
    with connection.wrap_database_errors:
        bulk_sql.copy_rows(cursor, table, columns, rows)


def create(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert new rows of a model, which have their keys. Half the CPU of `bulk_create`, which asks
    each field about each of its values: a text or a number is stored as it is."""
    if not rows:
        return
    fields = model._meta.concrete_fields
    read = [_as_stored(field) for field in fields]
    values = [[take(row) for take in read] for row in rows]
    columns = {str(field.column): "" for field in fields}
    with connection.cursor() as cursor:
        if _is_postgres():
            copy(cursor, model._meta.db_table, columns, values)
        else:
            bulk_sql.insert(cursor, model._meta.db_table, columns, values, is_postgres=False)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _as_stored(field: "models.Field[Any, Any]") -> Callable[[models.Model], Any]:
    """Return the function that reads a field's value of a row as the database has it."""
    if isinstance(field, _PREPARED):
        return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), connection)
    return attrgetter(field.attname)


def update(
    cursor: Cursor, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]
) -> None:
    """Set columns of rows, with the same values; the first column is the key."""
    bulk_sql.update(cursor, table, columns, _converted(columns, rows), is_postgres=_is_postgres())


def reader[R](
    columns: Mapping[str, str], make: Callable[..., R]
) -> Callable[[Iterable[Sequence[Any]]], Iterator[R]]:
    """Return a function that calls `make` with the columns of each row by their names, with times
    in UTC and JSON as values. It is made once: a column that is stored as it is costs nothing."""
    names, convert = tuple(columns), _those_of(_READ, columns)

    def read(row: Sequence[Any]) -> R:
        values = list(row)
        for place, to in convert:
            if (value := values[place]) is not None:
                values[place] = to(value)
        return make(**dict(zip(names, values, strict=True)))

    return partial(map, read)


def from_json(value: Any) -> Any:
    """Return the value of a JSON column."""
    if not isinstance(value, str):
        return value
    empty = _EMPTY.get(value)
    return json.loads(value) if empty is None else empty()


def _date(value: Any) -> date:
    found = date.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(found, date), f"{value!r} is no date"
    return found


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(found, datetime), f"{value!r} is no time"
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _converted(columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return _with(_ON_POSTGRES if _is_postgres() else _ON_SQLITE, columns, rows)


def _with(
    converters: Mapping[str, Callable[[Any], Any]], columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
) -> list[list[Any]]:  # fmt: skip
    converted = [list(row) for row in rows]
    for place, to in _those_of(converters, columns):
        before = after = None
        for row in converted:
            value = row[place]
            if value is None:
                continue
            if value is not before:  # the rows of a batch have one time
                before, after = value, to(value)
            row[place] = after
    return converted


def _those_of(
    converters: Mapping[str, Callable[[Any], Any]], columns: Mapping[str, str]
) -> list[tuple[int, Callable[[Any], Any]]]:
    """Return the converters of those columns that need one, by their places."""
    kinds = enumerate(columns.values())
    return [(place, converters[kind]) for place, kind in kinds if kind in converters]


_EMPTY: Final[Mapping[str, Callable[[], Any]]] = {"{}": dict, "[]": list}
_ON_POSTGRES: Mapping[str, Callable[[Any], Any]] = {
    "timestamptz": datetime.isoformat, "date": date.isoformat,
}  # fmt: skip
_ON_COPY: Mapping[str, Callable[[Any], Any]] = {"jsonb": to_json}
_ON_SQLITE: Mapping[str, Callable[[Any], Any]] = {
    "jsonb": to_json, "date": date.isoformat,
    "timestamptz": partial(bulk_sql.time_text, is_postgres=False),
}  # fmt: skip
_READ: Mapping[str, Callable[[Any], Any]] = {
    "jsonb": from_json, "timestamptz": _moment, "date": _date, "boolean": bool,
}  # fmt: skip


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"
