"""The table of personal data: no column is forgotten."""

import re

from django.apps import apps

from showfloor.kernel.slices import installed
from showfloor.privacy.columns import personal_columns, unlisted_columns
from showfloor.privacy.retention_reasons import RETENTION_REASONS


def test_every_column_is_listed() -> None:
    assert list(unlisted_columns()) == [], (
        "Add each column to its room's personal_data.py, with its purpose and how it is erased, or"
        " to WITHOUT_PERSONAL_DATA when it can say nothing about a person."
    )


def test_each_line_says_purpose_retention_and_erasure() -> None:
    for line in personal_columns():
        assert all((line.columns, line.purpose, line.kept, line.erased)), line.table


def test_no_table_is_listed_twice() -> None:
    tables = [line.table for line in personal_columns()]
    assert sorted(set(tables)) == sorted(tables)


def test_retention_names_a_class_of_rows_of_the_same_room_or_says_it_in_words() -> None:
    for one in installed():
        names = {keep.name for keep in one.privacy.keeps}
        for line in one.privacy.columns:
            assert line.kept in names or " " in line.kept, (line.table, line.kept)


def test_every_table_has_a_retention_or_a_reason_why_it_has_none() -> None:
    tables = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    personal = {line.table for line in personal_columns()}
    assert sorted(tables - personal - RETENTION_REASONS.keys()) == [], (
        "Say in RETENTION_REASONS which class of rows forgets the rows of the table, or why none"
        " does."
    )
    assert sorted(RETENTION_REASONS.keys() - (tables - personal)) == []


def test_reason_names_only_classes_of_rows_that_there_are() -> None:
    names = {keep.name for one in installed() for keep in one.privacy.keeps}
    named = {name for text in RETENTION_REASONS.values() for name in re.findall(r"`(\w+)`", text)}
    assert named - names == set()
    assert all(RETENTION_REASONS.values())
