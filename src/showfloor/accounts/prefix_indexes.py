"""The second index that PostgreSQL gets for each key of characters, and how it goes again.

Django makes the index for searches by the beginning of a value (`LIKE 'abc%'`). Nobody searches ids
so, and each row written pays for it.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


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
