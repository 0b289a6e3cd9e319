"""The name of a data folder's process: the same after each restart, another for each folder."""

import os
from pathlib import Path
from typing import Final

from showfloor.kernel.ids import new_id

NAME: Final = "owner_name"
LENGTH_MAX: Final = 64


def owner_name(data_dir: Path) -> str:
    """Return the name; it is made at the first call. Only one process uses a folder."""
    path = data_dir / NAME
    try:
        found = path.read_text("utf-8").strip()
    except FileNotFoundError:
        found = ""
    if found and len(found) <= LENGTH_MAX:
        return found
    made = new_id()
    written = path.with_suffix(".new")
    with written.open("w", encoding="utf-8") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)
    return made
