"""The database has what the models say: a migration can drop more than it means to."""

import re

import pytest
from django.apps import apps
from django.db import connection

IN_SQLITE = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
IN_POSTGRES = """
    SELECT '"' || conname || '"' FROM pg_constraint
    UNION SELECT '"' || indexname || '"' FROM pg_indexes
"""


@pytest.mark.django_db
def test_each_constraint_and_index_of_a_model_stands_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(IN_SQLITE if connection.vendor == "sqlite" else IN_POSTGRES)
        present = {name for (sql,) in cursor.fetchall() for name in re.findall(r'"(\w+)"', sql)}
    named = {
        one.name
        for model in apps.get_models()
        if model.__module__.startswith("showfloor.")
        for one in (*model._meta.constraints, *model._meta.indexes)
        if not _is_for_postgres(one)
    }
    assert named - present == set()
    assert len(named) > 150


def _is_for_postgres(one: object) -> bool:
    """Whether SQLite does without: an index of words with nothing beside them."""
    return connection.vendor == "sqlite" and getattr(one, "beside", None) == []
