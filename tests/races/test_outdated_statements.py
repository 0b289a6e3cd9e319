"""A migration that changes a column while others have statements prepared that name it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from showfloor.accounts.transactions import verb, write

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="it prepares statements anew"),
]


def alter(chars: int) -> None:
    """Change a column as a migration does, from another connection."""

    def migrate() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE shows_show ALTER COLUMN title TYPE varchar({chars})")
        connection.close()

    thread = threading.Thread(target=migrate)
    thread.start()
    thread.join()


def titles() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT title FROM shows_show WHERE id = %s", ["none"])
        found: list[Any] = cursor.fetchall()
    return found


@verb
def titles_in_a_transaction() -> list[Any]:
    with write():
        return titles()


@pytest.fixture
def outdated() -> Iterator[None]:
    """The statement is prepared, and its column is of another type since."""
    for _time in range(6):
        titles()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [
            "SELECT title FROM shows_show%"
        ])  # fmt: skip
        assert cursor.fetchone() == (1,)
    alter(121)
    yield
    alter(120)


@pytest.mark.usefixtures("outdated")
def test_statement_is_prepared_anew() -> None:
    assert (titles(), titles()) == ([], [])


@pytest.mark.usefixtures("outdated")
def test_verb_with_the_statement_runs_again() -> None:
    assert (titles_in_a_transaction(), titles()) == ([], [])
