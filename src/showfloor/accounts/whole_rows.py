"""Whole rows of a model by a statement of ours, for `QuerySet.raw`. Django compiles each queryset
anew, which takes several times as long as the statement itself."""

from functools import cache

from django.db.models import Model


@cache
def columns_of(model: type[Model], *without: str) -> str:
    """Return the columns of a model's table, each with the table's name. Fields that are left out
    are read when somebody asks for them."""
    table = model._meta.db_table
    fields = (one for one in model._meta.concrete_fields if one.name not in without)
    return ", ".join(f"{table}.{one.column}" for one in fields)


@cache
def select(model: type[Model], *without: str) -> str:
    """Return the beginning of the statement: all columns but some, and the table."""
    return f"SELECT {columns_of(model, *without)} FROM {model._meta.db_table}"  # noqa: S608 - names of ours
