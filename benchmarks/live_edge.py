"""The live edge: from the encoder's clock to the picture on screen, and what a viewer costs.

The clock is read as in `glass_to_glass`; the baseline of the same run is the same show by
low-latency HLS. The cost is the server's CPU time with 500 viewers less the one without, who read
from one process beside it.
"""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.glass_to_glass import measure
from benchmarks.live_show import live_show
from tests.edge.socket_harness import masked, opening

VIEWERS = 500
MEASURED_S = 10.0
FIGURES = (
    "live_edge_p50_s", "live_edge_p95_s", "live_edge_hls_p50_s", "live_edge_hls_p95_s",
    "live_edge_viewer_cpu",
)  # fmt: skip
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def run() -> Iterator[Figure]:
    with live_show(live_edge=True) as (stage, slug, address):
        stage.publish(address)
        viewer = stage.person()
        page = viewer.page(f"/shows/{slug}")
        at_edge = measure(page)
        assert page.evaluate("() => window.showfloor.player.isAtEdge"), "it fell back"
        yield Figure("live_edge_p50_s", percentile(at_edge, 0.5), "s", "<= 0.5")
        yield Figure("live_edge_p95_s", percentile(at_edge, 0.95), "s", "<= 0.9")
        viewer.close()
        viewer = stage.person()
        by_hls = measure(viewer.page(f"/shows/{slug}?latency=hls"))
        yield Figure("live_edge_hls_p50_s", percentile(by_hls, 0.5), "s")
        yield Figure("live_edge_hls_p95_s", percentile(by_hls, 0.95), "s")
        viewer.close()
        assert stage.server.process is not None
        with ThreadPoolExecutor(1) as beside:  # the browser has this thread's event loop
            cost = _cost(stage.server.port, slug, stage.server.process.pid)
            share = beside.submit(asyncio.run, cost).result()
        yield Figure("live_edge_viewer_cpu", 100 * share / VIEWERS, "% of a core")


async def _cost(port: int, slug: str, pid: int) -> float:
    """Return the share of a core that all viewers together take."""
    alone = await _share(pid)
    viewers = [asyncio.create_task(_watch(port, slug, number)) for number in range(VIEWERS)]
    await asyncio.sleep(5)
    together = await _share(pid)
    for viewer in viewers:
        viewer.cancel()
    got = await asyncio.gather(*viewers, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in got), "somebody was sent away"
    return together - alone


async def _share(pid: int) -> float:
    before = _cpu_s(pid)
    await asyncio.sleep(MEASURED_S)
    return (_cpu_s(pid) - before) / MEASURED_S


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


async def _watch(port: int, slug: str, number: int) -> None:
    """Take what comes, and read none of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    network = f"10.{number // 250}.{number % 250}.7"
    writer.write(opening(f"/live-edge/{slug}", f"X-Forwarded-For: {network}"))
    writer.write(masked(b'{"type":"hello"}'))
    try:
        while await reader.read(1 << 18):
            pass
    finally:
        writer.close()
    raise ConnectionError("the server has closed")
