"""The conditions of serving, which are checked before a process listens."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from showfloor.accounts import installation
from showfloor.kernel.errors import Conflict
from showfloor.kernel.settings import Settings


def pending_migrations() -> int:
    """Return the number of migrations that the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrated() -> None:
    """Raise Conflict for a database of another version."""
    if pending := pending_migrations():
        raise Conflict(
            f"the database lacks {pending} migrations of this version: "
            "run `showfloor migrate` first"
        )


def require_servable(settings: Settings) -> None:
    """Raise Conflict for a database of another version, or for a demo's in an installation that is
    none. A database that does not answer is left to the next connection, which reports it."""
    try:
        require_migrated()
        if installation.is_demo() and not settings.demo:
            raise Conflict(
                "this database is a demo's, and anybody knows its passwords: choose another with "
                "SHOWFLOOR_DATA_DIR or DATABASE_URL, then `showfloor migrate` and `showfloor setup`"
            )
    except DatabaseError:
        return
    finally:
        connection.close()
