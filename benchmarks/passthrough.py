"""CPU of a show whose encoder makes the rungs itself, and of the same show encoded here.

FFmpeg sends three sizes of 30 frames/s and sound by enhanced RTMP, as OBS does, in real
time. What is counted is the server with all its children, less what it uses without a show. The
baseline of the same run sends the largest picture alone.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.encoded_show import started_show
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.published_film import film, sent, share
from tests.roles.test_served import Shop
from tests.support.waiting import wait_until

LADDER = "720:2500,480:1200,360:700"
SIZES = ((1280, 720, 2500), (854, 480, 1200), (640, 360, 700))
FILM_S = 20
WATCHED_S = 12.0
SETTLED_S = 3.0
WITHIN_S = 30.0
FIGURES = ("passthrough_cpu_pct", "encoded_cpu_beside_pct")


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        path = film(Path(folder), SIZES, FILM_S)
        with started_show({"SHOWFLOOR_LADDER": LADDER}) as shop:
            assert shop.server.process is not None
            idle = share(shop.server.process.pid, WATCHED_S)
            passed = _published(shop, path, ("-map", "0")) - idle
            encoded = _published(shop, path, ("-map", "0:v:0", "-map", "0:a")) - idle
    yield Figure("passthrough_cpu_pct", 100 * passed, "% of a core", "<= 5")
    yield Figure("encoded_cpu_beside_pct", 100 * encoded, "% of a core")


def _published(shop: Shop, path: Path, tracks: tuple[str, ...]) -> float:
    """Return the share of a core that the server takes while these tracks are sent."""
    assert shop.server.process is not None
    before = _encodings(shop)
    with sent(path, tracks, f"{shop.server.rtmp_url}/{shop.key}"):
        wait_until(lambda: _encodings(shop) > before, WITHIN_S, "an encoding")
        time.sleep(SETTLED_S)
        taken = share(shop.server.process.pid, WATCHED_S)
        if shop.broadcasts != 1:
            raise CannotMeasure("the encoder was cut")
    wait_until(lambda: shop.broadcasts == 0, WITHIN_S, "the encoder to be gone")
    return taken


def _encodings(shop: Shop) -> int:
    return shop.server.log_path.read_text("utf-8", "replace").count("broadcast_encoding")
