"""The log in SQLite, read by a connection that cannot write."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from showfloor.adapters.log_store import SqlLogStore


class _Cursor:
    """A cursor that takes the log's `%s` placeholders."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def execute(self, sql: str, params: Sequence[Any] = (), /) -> None:
        self._cursor.execute(sql.replace("%s", "?"), params)

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchall(self) -> Any:
        return self._cursor.fetchall()


class _Connection:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            f"file:{path}?mode=ro", uri=True, timeout=5, isolation_level=None
        )

    def cursor(self) -> _Cursor:
        return _Cursor(self._connection.cursor())

    def close(self) -> None:
        self._connection.close()


def sqlite_log_store(path: Path) -> SqlLogStore:
    return SqlLogStore(lambda: _Connection(path), sqlite3.OperationalError)
