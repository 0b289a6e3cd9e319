"""A live show with one viewer, as the journeys make it, for the benchmarks to look at."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.stage import Stage, make_show, staged, start_show, stream_address


@contextmanager
def live_show(*, live_edge: bool = False) -> Iterator[tuple[Stage, str, str]]:
    """Start a show; give the installation, the slug and the address to publish to."""
    with (
        tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder,
        staged(Path(folder)) as stage,
    ):
        producer = stage.staff()
        console = producer.page("/console/")
        slug = make_show(console, "Measured", live_edge=live_edge)
        address = stream_address(console)
        start_show(console)
        producer.close()
        yield stage, slug, address
