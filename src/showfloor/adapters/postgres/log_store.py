"""The log in PostgreSQL."""

import psycopg

from showfloor.adapters.log_store import SqlLogStore

_CONNECT_TIMEOUT_S = 5


def postgres_log_store(conninfo: str) -> SqlLogStore:
    """`conninfo`: a URL or libpq's `key=value` form."""

    def connect() -> psycopg.Connection:
        return psycopg.connect(
            conninfo, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S,
            options="-c statement_timeout=5000",
        )  # fmt: skip

    return SqlLogStore(connect, psycopg.OperationalError)
