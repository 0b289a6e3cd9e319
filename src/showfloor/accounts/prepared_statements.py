"""Statements that PostgreSQL has prepared, and that a migration has outdated.

PostgreSQL refuses to run one whose columns have another type than when it was prepared, and psycopg
keeps it: without this, a process that serves while somebody migrates would fail with each such
statement until its connection is replaced. Nothing was done by a statement that was refused.
"""

from collections.abc import Callable
from typing import Any, Final

from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper

from showfloor.accounts.transactions import Repeat

_OUTDATED: Final = ("0A000", "RevalidateCachedQuery")  # told in every language of the server

type _Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def watch(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Let a new connection prepare outdated statements anew (the signal `connection_created`)."""
    if connection.vendor == "postgresql" and _renewing not in connection.execute_wrappers:
        connection.execute_wrappers.append(_renewing)


def _renewing(execute: _Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement; once more if it was outdated. Inside a transaction, which is over by then,
    that is up to its verb: Repeat."""
    try:
        return execute(sql, params, many, context)
    except NotSupportedError as error:
        if not _is_outdated(error):
            raise
        driver = context["connection"].connection
        if driver.info.transaction_status.name != "IDLE":
            raise Repeat(str(error)) from error.__cause__
    driver.execute("DEALLOCATE ALL")  # psycopg forgets its prepared statements by it, too
    return execute(sql, params, many, context)


def _is_outdated(error: NotSupportedError) -> bool:
    cause = error.__cause__
    diagnosis = getattr(cause, "diag", None)
    return (getattr(cause, "sqlstate", ""), getattr(diagnosis, "source_function", "")) == _OUTDATED
