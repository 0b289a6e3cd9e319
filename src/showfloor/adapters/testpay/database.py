"""The provider's own database: one SQLite file, apart from the shop's, so that nothing here rolls
back with the shop's transactions. It survives `kill -9`: WAL with `synchronous=FULL`."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY, behaviour TEXT NOT NULL, created_ms INTEGER NOT NULL,
    used_by TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS token_by_age ON token (created_ms);
CREATE TABLE IF NOT EXISTS payment (
    attempt_key TEXT PRIMARY KEY, reference TEXT NOT NULL UNIQUE, payment_id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL,
    status TEXT NOT NULL, decline_code TEXT NOT NULL DEFAULT '',
    capture_ms INTEGER  -- when it is captured by itself; NULL: never
) STRICT;
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, attempt_key TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    due_ms INTEGER NOT NULL, deliveries_left INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS event_due ON event (due_ms) WHERE deliveries_left > 0;
CREATE INDEX IF NOT EXISTS event_done ON event (due_ms) WHERE deliveries_left <= 0;
"""


class Database:
    """A connection for each use: any thread may come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.executescript(_SCHEMA)
            columns = {row["name"] for row in connection.execute("PRAGMA table_info(token)")}
            if "network" not in columns:  # a file from before tokens were counted by network
                connection.execute("ALTER TABLE token ADD COLUMN network TEXT NOT NULL DEFAULT ''")
            connection.execute(
                "CREATE INDEX IF NOT EXISTS token_of_network ON token (network, created_ms)"
            )

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone with the file."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection
