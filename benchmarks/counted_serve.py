"""`showfloor serve` with every SQL statement on its database counted, told on a socket of its own:
the counts, and the statements themselves with their values, one after the other.

Every connection to the file gets SQLite's own trace callback, however it is opened: no statement
runs uncounted. The test provider has a file of its own, which stands for another firm's.
"""

import json
import re
import socket
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from showfloor.roles.cli import main

STATEMENTS, TEXTS = "statements.sock", "texts.sock"
DATABASE = "showfloor.sqlite3"
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+\b")

_run: Counter[str] = Counter()
_texts: list[str] = []
_lock = threading.Lock()
_connect = sqlite3.connect


def _count(statement: str) -> None:
    with _lock:
        _run[statement] += 1
        _texts.append(statement)


def _connect_counted(database: Any, *arguments: Any, **named: Any) -> sqlite3.Connection:
    connection: sqlite3.Connection = _connect(database, *arguments, **named)
    if Path(str(database)).name == DATABASE:
        connection.set_trace_callback(_count)
    return connection


def _tell(name: str, what: Callable[[], Any]) -> None:
    """Answer every connection to a socket."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(Path.cwd() / name))
    listener.listen()
    while True:
        asking, _address = listener.accept()
        with asking, _lock:
            asking.sendall(json.dumps(what()).encode())


def _counts() -> Counter[str]:
    """Return the counts so far; statements have `?` for what differs."""
    told: Counter[str] = Counter()
    for statement, times in _run.items():
        told[_LITERAL.sub("?", statement)] += times
    return told


if __name__ == "__main__":
    sqlite3.connect = sqlite3.dbapi2.connect = _connect_counted  # type: ignore[assignment]
    threading.Thread(target=_tell, args=(STATEMENTS, _counts), daemon=True).start()
    threading.Thread(target=_tell, args=(TEXTS, lambda: _texts), daemon=True).start()
    sys.argv[1:] = ["serve"]
    sys.exit(main())
