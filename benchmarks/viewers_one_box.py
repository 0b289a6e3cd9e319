"""Low-latency viewers beside one live 720p ladder, until their parts come too late.

Viewers come in steps and are spread evenly over the rungs. A step holds while the 95th percentile
of the time of a part is within the part target and every request is answered; the figure is the
last step before one that does not hold. Encoder, server and all viewers share this machine, so the
viewers' own work counts. The baseline of the same run is the first step, which nobody notices.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg

from benchmarks import rig
from benchmarks.encoded_show import is_listed, started_show
from benchmarks.figures import CannotMeasure, Figure
from benchmarks.published_film import film
from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from showfloor.media.packaging.segmenter import PART_TARGET_S
from showfloor_demo.video import loop_command
from tests.roles.test_served import Shop
from tests.support.waiting import wait_until

LADDER, RUNGS = "720:2500,480:1200,360:700", ("720p", "480p", "360p")
SIZES, FILM_S = ((1280, 720, 3000),), 10
STEPS = (100, 500, 1_000, 1_500, 2_000, 2_500)
SETTLED_S, WATCHED_S, WITHIN_S = 1.0, 4.0, 60.0
FIGURES = (
    "viewers_one_box", "viewers_one_box_part_p95_ms", "viewers_one_box_few_part_p95_ms",
    "viewers_one_box_server_cpu_pct",
)  # fmt: skip


def run() -> Iterator[Figure]:
    rig.enough_files()
    environ = {
        "SHOWFLOOR_LADDER": LADDER, "SHOWFLOOR_ENCODER_PRESET": "ultrafast",
        "SHOWFLOOR_DVR_WINDOW_S": "30",
    }  # fmt: skip
    with started_show(environ) as shop, _on_air(shop):
        assert shop.server.process is not None
        server = shop.server.process.pid
        command = rig.python(
            "benchmarks.hls_viewers", str(shop.server.port), f"/hls/{shop.slug}", ",".join(RUNGS)
        )
        held, p95_ms, few_ms, late_ms, share = 0, 0.0, 0.0, 0.0, 0.0
        with rig.Child(command, rig.VIEWER_CORE) as viewers:
            viewers.answer()
            for step, before in zip(STEPS, (0, *STEPS), strict=False):
                began, used_s = time.monotonic(), rig.cpu_s(server)
                late_ms = _step(viewers, step, before)
                if late_ms > 1000 * PART_TARGET_S:
                    break
                held, p95_ms, few_ms = step, late_ms, few_ms or late_ms
                share = (rig.cpu_s(server) - used_s) / (time.monotonic() - began)
    if not held:
        raise CannotMeasure(f"{STEPS[0]} viewers were too many: part p95 {late_ms:.0f} ms")
    yield Figure("viewers_one_box", held, "viewers", ">= 2000")
    yield Figure("viewers_one_box_part_p95_ms", p95_ms, "ms")
    yield Figure("viewers_one_box_few_part_p95_ms", few_ms, "ms")
    yield Figure("viewers_one_box_server_cpu_pct", 100 * share, "% of a core")


def _step(viewers: rig.Child, step: int, before: int) -> float:
    """Let so many viewers watch; return the 95th percentile of a part's time, ms, which is
    infinite if somebody got nothing."""
    begun = int(viewers.ask(f"more {step - before}", WITHIN_S)[0])
    time.sleep(SETTLED_S)
    p95_ms, parts, failed = viewers.ask(f"watch {WATCHED_S}", WITHIN_S)
    if begun < step or int(failed) or int(parts) < step:
        return float("inf")
    return float(p95_ms)


@contextmanager
def _on_air(shop: Shop) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        path = film(Path(folder), SIZES, FILM_S)
        address = f"{shop.server.rtmp_url}/{shop.key}"
        command = loop_command(imageio_ffmpeg.get_ffmpeg_exe(), path, address)
        encoder = subprocess.Popen(ending_with_us(command), stdin=subprocess.DEVNULL)
        try:
            wait_until(lambda: all(is_listed(shop, rung) for rung in RUNGS), WITHIN_S, "the rungs")
            yield
        finally:
            encoder.kill()
            encoder.wait(10)
