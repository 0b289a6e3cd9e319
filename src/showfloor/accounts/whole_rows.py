"""Whole rows of a model by a statement of ours, for `QuerySet.raw`. Django compiles each queryset
anew, which takes several times as long as the statement itself."""

from functools import cache

from django.db.models import Model


@cache
def columns_of(model: type[Model]) -> str:
    """Return the columns of a model's table, each with the table's name."""
    table = model._meta.db_table
    return ", ".join(f"{table}.{field.column}" for field in model._meta.concrete_fields)


@cache
def select(model: type[Model]) -> str:
    """Return the beginning of the statement: all columns and the table."""
    return f"SELECT {columns_of(model)} FROM {model._meta.db_table}"  # noqa: S608 - names of ours
