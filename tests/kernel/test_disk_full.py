"""The errors that mean a full disk, from files and databases."""

import errno
import sqlite3

import psycopg
import pytest
from django.db.utils import OperationalError

from showfloor.kernel.disk_full import is_disk_full


def wrapped(cause: Exception) -> Exception:
    """As Django hands on what a driver raised."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def no_room_for_index() -> sqlite3.OperationalError:
    """What a connection to a write-ahead log meets on a full disk."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        wrapped(sqlite3.OperationalError("database or disk is full")),
        wrapped(no_room_for_index()),
        wrapped(psycopg.errors.DiskFull("could not extend file")),
        wrapped(wrapped(psycopg.errors.DiskFull("could not extend file"))),
    ],
)
def test_full_disk_is_known_by_whoever_noticed_it(error: Exception) -> None:
    assert is_disk_full(error)


@pytest.mark.parametrize(
    "error",
    [None, OSError(errno.EIO, "Input/output error"), OperationalError("database is locked")],
)
def test_other_trouble_is_not_a_full_disk(error: Exception | None) -> None:
    assert not is_disk_full(error)
