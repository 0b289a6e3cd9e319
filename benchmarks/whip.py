"""The picture by WebRTC: its way to the screen, and the CPU of the worker that takes it.

FFmpeg publishes 720p30 by WHIP, with the wall clock over each frame, and Chromium reads it off the
picture. The baseline of the same run is the same film by RTMP.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.figures import CannotMeasure, Figure, percentile
from benchmarks.glass_to_glass import measure
from benchmarks.live_show import live_show
from showfloor.adapters.aiortc.peer import WORKER
from tests.journeys.stage import Stage
from tests.support.publisher import Publisher, clip
from tests.support.waiting import wait_until

SAMPLES, BASELINE_SAMPLES = 100, 50
START_S = 60.0  # of what starts on a busy machine
FIGURES = (
    "glass_to_glass_whip_p50_s", "glass_to_glass_whip_p95_s", "glass_to_glass_rtmp_beside_p50_s",
    "ingest_cpu_whip_pct",
)  # fmt: skip


def run() -> Iterator[Figure]:
    with live_show() as (stage, slug, address):
        stage.publish(address)
        rtmp = _watched(stage, slug, BASELINE_SAMPLES)
        stage.encoders.pop().stop()
        pid = _published_by_whip(stage, slug, address.rpartition("/")[2])
        time.sleep(2)  # its start is no part of its share
        began = time.monotonic()
        used_s = _cpu_s(pid)
        whip = _watched(stage, slug, SAMPLES)
        share = (_cpu_s(pid) - used_s) / (time.monotonic() - began)
    yield Figure("glass_to_glass_whip_p50_s", percentile(whip, 0.5), "s", "<= 1.2")
    yield Figure("glass_to_glass_whip_p95_s", percentile(whip, 0.95), "s", "<= 1.6")
    yield Figure("glass_to_glass_rtmp_beside_p50_s", percentile(rtmp, 0.5), "s")
    yield Figure("ingest_cpu_whip_pct", 100 * share, "% of a core", "<= 12")


def _published_by_whip(stage: Stage, slug: str, key: str) -> int:
    """Publish by WebRTC once the show's place is free again; return the worker's process.

    FFmpeg ends where it is refused, and its words are the reason that the benchmark gives."""
    place = f"{stage.server.url}/whip/{slug}"
    wait_until(lambda: _broadcasts(stage) == 0, START_S, "the encoder by RTMP to have left")
    before = set(_workers())
    encoder = Publisher(clip(stage.folder), place, key=key)
    stage.encoders.append(encoder)
    encoder.start()
    wait_until(
        lambda: set(_workers()) - before or encoder.has_ended, START_S, "a worker for the publisher"
    )
    wait_until(lambda: _broadcasts(stage) == 1 or encoder.has_ended, START_S, "a broadcast")
    if encoder.has_ended:
        raise CannotMeasure(f"FFmpeg could not publish by WHIP:\n{encoder.exit_text()}")
    return max(set(_workers()) - before)


def _broadcasts(stage: Stage) -> int:
    return int(stage.server.get_json("/healthz")["broadcasts"])


def _watched(stage: Stage, slug: str, samples: int) -> list[float]:
    viewer = stage.person()
    seen = measure(viewer.page(f"/shows/{slug}"), samples)
    viewer.close()
    return seen


def _workers() -> list[int]:
    """Return the workers of this machine; the newest is the one that was started last."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            if WORKER.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
