"""The page about personal data, made from the tables that the rooms list."""

import tools.django_setup  # noqa: F401 - first: the rooms import models
from showfloor.kernel.slices import installed
from showfloor.privacy.retention_reasons import RETENTION_REASONS

_HEAD = """# Personal data

<!-- Written by `python -m tools.generated` from the rooms' personal_data.py. -->

Every column of the database that holds data about people: what it is for, how long it stays, and
what happens to it when the person is erased (`DELETE /api/v1/brands/{brand}/people/{subject}`).
Days are the defaults of `SHOWFLOOR_KEEP_DAYS`; the name before them is the class to set there. A
column that is in no line fails a test until somebody has decided about it.

A network or an address in a column is a keyed hash, never the address itself, except in
`usersessions.UserSession`. Beside the database, recordings show the people on camera and stay with
their show; logs, backups and caches in front are for whoever runs the server.

| table | columns | purpose | kept | when the person is erased |
|---|---|---|---|---|
"""

_OTHERS = """
## Tables without personal data

How long their rows stay: the class that forgets them, or the reason why nothing does. A table in
neither of the two lists fails a test.

| table | kept |
|---|---|
"""


def privacy_page() -> str:
    """Return the text of `docs/reference/privacy.md`."""
    keeps = {keep.name: keep for one in installed() for keep in one.privacy.keeps}
    lines = []
    for one in installed():
        for row in one.privacy.columns:
            keep = keeps.get(row.kept)
            kept = row.kept if keep is None else f"`{keep.name}`: {_days(keep.days)}"
            columns = ", ".join(f"`{name}`" for name in row.columns)
            lines.append(f"| `{row.table}` | {columns} | {row.purpose} | {kept} | {row.erased} |\n")
    others = [f"| `{table}` | {kept} |\n" for table, kept in sorted(RETENTION_REASONS.items())]
    return _HEAD + "".join(lines) + _OTHERS + "".join(others)


def _days(days: int) -> str:
    return f"{days} days" if days else "until it is over by itself"
