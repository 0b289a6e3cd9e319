"""The disk below the data folder: its free space, and a file that keeps some for the database."""

import logging
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from showfloor.kernel.disk_full import is_disk_full

log = logging.getLogger(__name__)

NAME: Final = "reserve.bin"


def free_bytes(folder: Path) -> int:
    """Return the free space of the disk that `folder` is on or will be on; may raise OSError."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


class DiskReserve:
    """A file that keeps space on the database's disk, and gives it back when others fill the rest.

    Some more orders, and the end of a show, can be written then. Blocking; used by one thread at a
    time. `free` asks for the bytes that are free.
    """

    def __init__(self, folder: Path, size: int, free: Callable[[], int] | None = None) -> None:
        self._path = folder / NAME
        self._size = size
        self._free = free or partial(free_bytes, folder)

    def settle(self) -> None:
        """Give the space back when hardly anything is free; take it when there is plenty.

        OSError when the disk does not tell.
        """
        free = self._free()
        if self._path.exists():
            if free < self._size // 2:
                self.release()
                log.error("disk_reserve_given_back mb=%d", self._size >> 20)
        elif free > 4 * self._size:
            self._take()

    def release(self) -> None:
        self._path.unlink(missing_ok=True)

    def _take(self) -> None:
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError as error:
            self.release()
            if not is_disk_full(error):
                raise
