"""The provider's own database: one SQLite file, apart from the shop's, so that nothing here rolls
back with the shop's transactions. It survives `kill -9`; a power cut may lose its last moments,
which is no loss where no money moves (WAL with `synchronous=NORMAL`: no sync for each write)."""

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
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
CREATE TABLE IF NOT EXISTS refund (
    key TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, attempt_key TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0)
) STRICT;
CREATE INDEX IF NOT EXISTS refund_of_attempt ON refund (attempt_key);
CREATE INDEX IF NOT EXISTS payment_by_capture ON payment (capture_ms);
CREATE INDEX IF NOT EXISTS event_due ON event (due_ms) WHERE deliveries_left > 0;
CREATE INDEX IF NOT EXISTS event_done ON event (due_ms) WHERE deliveries_left <= 0;
"""
_STORED_METHODS = """
ALTER TABLE token ADD COLUMN last4 TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN exp_month INTEGER NOT NULL DEFAULT 0;
ALTER TABLE token ADD COLUMN exp_year INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN keeps TEXT;  -- the method that is kept with it
CREATE TABLE method (
    id TEXT PRIMARY KEY, customer TEXT NOT NULL, behaviour TEXT NOT NULL, last4 TEXT NOT NULL,
    exp_month INTEGER NOT NULL, exp_year INTEGER NOT NULL
) STRICT;
CREATE INDEX method_of_customer ON method (customer);
"""
# Those that nobody has paid with yet: each new token asks which of them give way.
_WAITING_TOKENS = """
DROP INDEX IF EXISTS token_of_network;
CREATE INDEX IF NOT EXISTS token_waiting ON token (created_ms) WHERE used_by IS NULL;
CREATE INDEX IF NOT EXISTS token_waiting_of_network ON token (network, created_ms)
    WHERE used_by IS NULL;
"""


class Database:
    """One connection, which threads use in turns: opening a file costs more than a write to it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._turn = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=10, isolation_level=None, check_same_thread=False
        )
        weakref.finalize(self, self._connection.close)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        columns = {row["name"] for row in self._connection.execute("PRAGMA table_info(token)")}
        if "network" not in columns:  # a file from before tokens were counted by network
            self._connection.execute(
                "ALTER TABLE token ADD COLUMN network TEXT NOT NULL DEFAULT ''"
            )
        refunds = {row["name"] for row in self._connection.execute("PRAGMA table_info(refund)")}
        if "created_ms" not in refunds:  # a file from before payouts
            self._connection.execute(
                "ALTER TABLE refund ADD COLUMN created_ms INTEGER NOT NULL DEFAULT 0"
            )
        if "last4" not in columns:  # a file from before methods were kept
            self._connection.executescript(_STORED_METHODS)
        self._connection.executescript(_WAITING_TOKENS)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone with the file."""
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
