"""The log in PostgreSQL."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from showfloor.adapters.log_store import SqlLogStore
from showfloor.kernel import postgres


def postgres_log_store(conninfo: str) -> SqlLogStore:
    """`conninfo`: a URL or libpq's `key=value` form."""

    def connect() -> psycopg.Connection:
        chosen = postgres.connection(conninfo_to_dict(conninfo), statement_timeout=5000)
        return psycopg.connect(autocommit=True, **chosen)

    return SqlLogStore(connect, psycopg.OperationalError)
