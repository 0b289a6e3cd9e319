"""The conditions of serving, which are checked before a process listens."""

from typing import Final

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from showfloor.accounts import installation
from showfloor.adapters.ffmpeg import video_encoders
from showfloor.kernel.errors import Conflict
from showfloor.kernel.settings import SettingError, Settings

BEFORE_SQUASH: Final = "c4b691990d"  # the last commit with the migrations that were made into one


def migrate(*, verbosity: int = 1) -> None:
    """Bring the database to this version's tables; Conflict for one that is too old for that."""
    require_known_migrations()
    call_command("migrate", interactive=False, verbosity=verbosity)


def require_known_migrations() -> None:
    """Raise Conflict for a database that has some of the migrations that were made into one, and
    lacks others: those are no longer here. Django would call its models broken, and not say why."""
    known = MigrationLoader(None).disk_migrations
    applied = MigrationRecorder(connection).applied_migrations()
    for (room, name), migration in known.items():
        gone = [one for one in migration.replaces if one not in known]
        missing = [one for one in gone if one not in applied]
        if missing and len(missing) < len(gone) and (room, name) not in applied:
            raise Conflict(
                f"the database is too old for this version: it lacks {room}.{missing[0][1]}, which "
                f"is a part of {name} here. Check out commit {BEFORE_SQUASH}, run "
                "`showfloor migrate` there, then come back"
            )


def pending_migrations() -> int:
    """Return the number of migrations that the database lacks; Conflict for one that is too old."""
    require_known_migrations()
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


def require_encoder(settings: Settings) -> None:
    """Raise SettingError when the graphics card does not encode that the setting names. Nothing
    else takes its place: x264 would need cores that nobody has planned for."""
    if settings.encoder == "x264":
        return
    wrong = video_encoders.complaint(video_encoders.chosen(settings.encoder, ""))
    if wrong:
        raise SettingError(f"SHOWFLOOR_ENCODER: {settings.encoder} does not work here: {wrong}")
