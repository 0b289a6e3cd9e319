"""The migration step that drops the second index of each key of characters on PostgreSQL."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps


def drop_prefix_indexes(*tables: str) -> RunPython:
    """Return the step for these tables.

    Django makes the index for searches by the beginning of a value (`LIKE 'abc%'`). Nobody searches
    ids so, and each row written pays for it. A table that is made later gets them again.
    """

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
