"""Searching the whole database for words, as a test of erasure does."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection


def everything() -> Iterator[tuple[str, str]]:
    """Yield every row of every table: the table's label and the row as text."""
    for model in apps.get_models(include_auto_created=True):
        columns = [field.column or "" for field in model._meta.concrete_fields]
        names = ", ".join(connection.ops.quote_name(column) for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(model._meta.db_table)}")
            for row in cursor.fetchall():
                yield model._meta.label, repr(row)


def tables_with(*words: str) -> list[str]:
    """Return the tables in which one of these words stands, in any case of its letters."""
    wanted = [word.casefold() for word in words]
    found = {
        table for table, text in everything() if any(one in text.casefold() for one in wanted)
    }  # fmt: skip
    return sorted(found)
