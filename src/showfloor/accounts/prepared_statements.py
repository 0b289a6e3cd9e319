"""Statements that PostgreSQL has prepared, and that a migration or the growth of a table has
outdated.

PostgreSQL refuses to run one whose columns have another type than when it was prepared, and psycopg
keeps it: without this, a process that serves while somebody migrates would fail with each such
statement until its connection is replaced. Nothing was done by a statement that was refused.

The plan of a prepared statement is kept until the table is analyzed, a minute or more later. One
that was made while a table had a page reads all of it, and in a rush the table has ten thousand
rows by the next second (measured: 1,200 checkouts a second in place of 3,000). So plans are made
anew once a second: that asks PostgreSQL for some milliseconds.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

from showfloor.accounts.transactions import Repeat

PLANS_KEPT_S: Final = 1.0
_OUTDATED: Final = ("0A000", "RevalidateCachedQuery")  # told in every language of the server

type _Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def watch(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Let a new connection prepare outdated statements anew (the signal `connection_created`)."""
    if connection.vendor != "postgresql":
        return
    wrappers = connection.execute_wrappers
    wrappers[:] = [one for one in wrappers if not isinstance(one, _Renewing)]
    wrappers.append(_Renewing())


class _Renewing:
    """The wrapper around the statements of one connection."""

    def __init__(self) -> None:
        self._plans_until = time.monotonic() + PLANS_KEPT_S

    def __call__(
        self, execute: _Execute, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Run a statement; once more if it was outdated. Inside a transaction, which is over by
        then, that is up to its verb: Repeat."""
        driver = context["connection"].connection
        if time.monotonic() >= self._plans_until:
            with context["connection"].wrap_database_errors:  # as of the statement itself
                self._discard_plans(driver)
        try:
            return execute(sql, params, many, context)
        except NotSupportedError as error:
            if not _is_outdated(error):
                raise
            if driver.info.transaction_status.name != "IDLE":
                raise Repeat(str(error)) from error.__cause__
        driver.execute("DEALLOCATE ALL")  # psycopg forgets its prepared statements by it, too
        return execute(sql, params, many, context)

    def _discard_plans(self, driver: Any) -> None:
        # Elsewhere the statement itself has something to say about the connection.
        if driver.info.transaction_status.name in {"IDLE", "INTRANS"}:
            self._plans_until = time.monotonic() + PLANS_KEPT_S
            driver.execute("DISCARD PLANS", prepare=False)


def _is_outdated(error: NotSupportedError) -> bool:
    cause = error.__cause__
    diagnosis = getattr(cause, "diag", None)
    return (getattr(cause, "sqlstate", ""), getattr(diagnosis, "source_function", "")) == _OUTDATED
