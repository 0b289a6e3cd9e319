"""The check whether an error of a file, of SQLite or of PostgreSQL means that the disk is full."""

import errno
from typing import Final

_SQLITE: Final = "database or disk is full"
_SQLITE_INDEX: Final = "SQLITE_IOERR_SHMSIZE"  # no room for 32 KB beside the write-ahead log
_POSTGRES: Final = "53100"  # disk_full
_DEPTH_MAX: Final = 5  # Django and the log wrap what a driver raised


def is_disk_full(error: BaseException | None) -> bool:
    for _ in range(_DEPTH_MAX):
        if error is None:
            return False
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if _SQLITE in str(error) or getattr(error, "sqlite_errorname", "") == _SQLITE_INDEX:
            return True
        if getattr(error, "sqlstate", None) == _POSTGRES:
            return True
        error = error.__cause__ or error.__context__
    return False
