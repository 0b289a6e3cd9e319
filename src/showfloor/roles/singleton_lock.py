"""The locks that keep `showfloor serve` single: one for a data folder, one for a database."""

import asyncio
import fcntl
import time
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from showfloor.kernel import postgres
from showfloor.roles.process import AlreadyRunning

_LOCK: Final = 0x53484F57  # "SHOW": an advisory lock of ours in the database
_WAIT_S: Final = 5.0  # for one that is just stopping


class DataFolderLock:
    """Locks the data folder: SQLite and the recordings serve one process."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._handle: IO[str] | None = None

    async def start(self) -> None:
        handle = (self._data_dir / "serve.lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise AlreadyRunning(
                f"another Showfloor is serving from {self._data_dir}; beside it, on PostgreSQL, "
                "run `showfloor web` or `showfloor edge`"
            ) from None
        self._handle = handle

    async def stop(self) -> None:
        if self._handle is not None:
            self._handle.close()


class DatabaseLock:
    """Locks a database that several machines use, for as long as its connection lives. If the
    machine vanishes, the lock is free again after eleven seconds."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.Connection | None = None

    async def start(self) -> None:
        self._connection = await asyncio.to_thread(self._take)

    async def stop(self) -> None:
        if self._connection is not None:
            await asyncio.to_thread(self._connection.close)

    def _take(self) -> psycopg.Connection:
        try:
            given = {**conninfo_to_dict(self._conninfo), "application_name": "showfloor-serve"}
            connection = psycopg.connect(
                autocommit=True, **postgres.connection(given, statement_timeout=5000)
            )
        except psycopg.OperationalError as error:
            raise OSError(f"the database does not answer: {error}") from None
        until = time.monotonic() + _WAIT_S
        while True:
            taken = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
            if taken is not None and taken[0]:
                return connection
            if time.monotonic() >= until:
                connection.close()
                raise AlreadyRunning(
                    "another `showfloor serve` uses this database; beside it, run "
                    "`showfloor web` or `showfloor edge`"
                )
            time.sleep(0.25)
