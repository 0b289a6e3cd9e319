"""An installation with one brand, for benchmarks that run scripts in it or serve it."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support import law_script
from tests.support.live import LiveServer


@contextmanager
def installation(environ: Mapping[str, str], *, waives_law: bool = False) -> Iterator[LiveServer]:
    """Migrated and set up; it does not serve yet, and is gone afterwards. `waives_law`: it sells
    without the texts that a brand needs by law."""
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        server = LiveServer(Path(folder) / "data", environ=dict(environ))
        server.migrate()
        server.set_up("M", "owner@example.test", "enough-123")
        if waives_law:
            server.python(law_script.WAIVE)
        yield server
