"""Prepared statements that a migration, or the growth of a table, has outdated."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection

from showfloor.accounts import prepared_statements
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


def test_plan_made_for_a_small_table_is_made_anew_when_it_has_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prepared_statements, "PLANS_KEPT_S", 0.0)
    with connection.cursor() as cursor:

        def rows_read() -> int:
            cursor.execute("SELECT n::text FROM growing WHERE id = %s", ["1"])
            cursor.execute(
                "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'growing'"
            )
            return int(cursor.fetchone()[0])

        with write():
            cursor.execute("CREATE TABLE growing (id text PRIMARY KEY, n int)")
            cursor.execute("INSERT INTO growing VALUES ('1', 1)")
            cursor.execute("ANALYZE growing")
            before = [rows_read() for _time in range(9)][-1]
            assert before == 9, "a small table is read whole"
            cursor.execute("INSERT INTO growing SELECT 'n' || n, n FROM generate_series(1, 9999) n")
            assert rows_read() == before
            cursor.execute("DROP TABLE growing")


def test_connection_that_broke_while_its_plans_were_old_fails_as_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prepared_statements, "PLANS_KEPT_S", 0.0)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    with pytest.raises(OperationalError):
        titles()
    assert connection.errors_occurred, "Django replaces it after this request"
    connection.close_if_unusable_or_obsolete()
    assert titles() == []
