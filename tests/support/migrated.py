"""A database that has every migration, kept between runs: to apply them takes eight seconds, and
some twenty tests and each process of the suite begin with an empty installation."""

import hashlib
import sqlite3
import uuid
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".pytest_cache" / "databases"
KEPT_MAX = 4


@cache
def _path() -> Path:
    """Return where the database of these migrations is; a library's may change with its version."""
    sources = [*ROOT.glob("src/showfloor/**/migrations/*.py"), *ROOT.glob("requirements/*.txt")]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.name.encode() + source.read_bytes())
    return KEPT / f"{digest.hexdigest()}.sqlite3"


def lay_down(target: Path) -> bool:
    """Copy the database to `target`; return whether there was one."""
    try:
        data = _path().read_bytes()
    except FileNotFoundError:
        return False
    target.write_bytes(data)
    target.chmod(0o600)
    return True


def keep(source: Path) -> None:
    """Keep a database that was migrated a moment ago and has no rows of a test."""
    if _path().exists():
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    copy = KEPT / f"{uuid.uuid4()}.part"
    connection = sqlite3.connect(source)
    try:
        connection.execute("VACUUM INTO ?", (str(copy),))
    finally:
        connection.close()
    copy.replace(_path())
    for old in sorted(KEPT.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEPT_MAX]:
        old.unlink(missing_ok=True)
