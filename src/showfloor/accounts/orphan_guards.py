"""Keys of hot rows that PostgreSQL guards at the parent alone.

PostgreSQL checks a foreign key of each new row by a statement of its own, when the transaction ends
and its locks are held: a quarter of what a hold or a message costs. A transaction that has changed
or locked the parent has proved already that the parent is there, and nobody can delete it before
the end. So the check of the child goes, and the other half stays: a parent that still has a child
cannot be deleted. SQLite keeps its foreign keys, which cost next to nothing there.
"""

from typing import Final

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

# VOLATILE, as functions are: each run sees what was committed before the parent's row was locked.
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION refuse_orphans() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE has_child boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1])
        INTO has_child USING OLD.id;
    IF has_child THEN
        RAISE foreign_key_violation
            USING MESSAGE = format('%s still has rows in %s', TG_TABLE_NAME, TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$
"""
_KEYS: Final = """
SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass
    AND conkey = ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = %s)
"""


def guard_at_parent(child: str, column: str, parent: str) -> RunPython:
    """Return the migration step that replaces the foreign key of `child` by a guard of `parent`.

    Only for a column whose writers have changed or locked the parent's row, or a row that is
    deleted before it, in the same transaction.
    """
    name = f"{child}_{column}_guard"

    def drop(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor != "postgresql":
            return
        with editor.connection.cursor() as cursor:
            cursor.execute(_KEYS, (child, column))
            for (key,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {child} DROP CONSTRAINT "{key}"')
            cursor.execute(_FUNCTION)
            cursor.execute(
                f"CREATE TRIGGER {name} AFTER DELETE ON {parent} FOR EACH ROW"
                f" EXECUTE FUNCTION refuse_orphans('{child}', '{column}')"
            )

    def restore(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor != "postgresql":
            return
        with editor.connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {name} ON {parent}")
            cursor.execute(
                f"ALTER TABLE {child} ADD FOREIGN KEY ({column}) REFERENCES {parent} (id)"
                " DEFERRABLE INITIALLY DEFERRED"
            )

    return RunPython(drop, restore)
