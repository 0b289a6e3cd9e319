"""The second index that PostgreSQL gets for each key of characters, and how it goes again.

Django makes the index for searches by the beginning of a value (`LIKE 'abc%'`). Nobody searches ids
so, and each row written pays for it.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps


def drop_prefix_indexes(*tables: str) -> RunPython:
    """Return the migration step that drops these indexes of some tables."""

    def drop(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor != "postgresql":
            return
        with editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
                " AND tablename = ANY(%s) AND indexdef LIKE '%%varchar_pattern_ops%%'",
                [list(tables)],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')

    return RunPython(drop, RunPython.noop)


def drop_all(sender: Any, using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Drop them of all tables, after each `migrate`: a new table or column comes with new ones."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
            " AND indexdef LIKE '%%\\_pattern\\_ops%%' AND right(indexname, 5) = '_like'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
