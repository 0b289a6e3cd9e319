"""CPU of our process for a source of 3 Mbit/s by RTMP.

A film is sent in real time to a show with one small rung, so that reading it is most of the work;
FFmpeg, which encodes that rung, is another process and does not count. The baseline of the same run
is FFmpeg as an RTMP server that throws away what it reads.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg

from benchmarks.encoded_show import started_show
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.published_film import film, sent, share
from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from tests.roles.test_served import Shop
from tests.support.live import free_port
from tests.support.waiting import wait_until

LADDER, SIZES = "240:300", ((1280, 720, 3000),)
TRACKS = ("-map", "0:v:0", "-map", "0:a")
FILM_S, WATCHED_S, SETTLED_S, WITHIN_S = 16, 10.0, 3.0, 30.0
FIGURES = ("ingest_cpu_rtmp_pct", "ingest_cpu_ffmpeg_beside_pct")


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        path = film(Path(folder), SIZES, FILM_S)
        with started_show({"SHOWFLOOR_LADDER": LADDER}) as shop:
            ours = _ours(shop, path)
        theirs = _ffmpeg(path)
    yield Figure("ingest_cpu_rtmp_pct", 100 * ours, "% of a core", "<= 1.5")
    yield Figure("ingest_cpu_ffmpeg_beside_pct", 100 * theirs, "% of a core")


def _ours(shop: Shop, path: Path) -> float:
    """Return the share of a core that our process takes for the film, without its children."""
    assert shop.server.process is not None
    pid = shop.server.process.pid
    idle = share(pid, WATCHED_S, children=False)
    with sent(path, TRACKS, f"{shop.server.rtmp_url}/{shop.key}"):
        wait_until(lambda: shop.broadcasts == 1, WITHIN_S, "the broadcast")
        time.sleep(SETTLED_S)
        taken = share(pid, WATCHED_S, children=False)
        if shop.broadcasts != 1:
            raise CannotMeasure("the encoder was cut")
    return taken - idle


def _ffmpeg(path: Path) -> float:
    """Return the share of a core that FFmpeg takes to read the same film by RTMP."""
    address = f"rtmp://127.0.0.1:{free_port()}/live/film"
    server = subprocess.Popen(
        ending_with_us([
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-nostdin", "-listen", "1",
            "-i", address, "-map", "0", "-c", "copy", "-f", "null", "-",
        ])
    )  # fmt: skip
    try:
        time.sleep(1)  # a look at its port would be taken for its only client
        with sent(path, TRACKS, address):
            time.sleep(SETTLED_S)
            taken = share(server.pid, WATCHED_S)
            if server.poll() is not None:
                raise CannotMeasure("FFmpeg as a server has ended")
        return taken
    finally:
        server.kill()
        server.wait(10)
