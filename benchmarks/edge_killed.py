"""Two edges, and the one that a player gets its video from is killed: when the picture comes from
the other one, and for how long it stood still.

The edges are processes with the edge's own HLS application. The baseline of the same run: the
longest time between two frames in the ten seconds before.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import rig
from benchmarks.encoded_show import encoded_show
from benchmarks.figures import Figure
from tests.support.browser import launched
from tests.support.live import free_port
from tests.support.waiting import wait_until

FIGURES = ("edge_killed_s", "edge_killed_still_s", "edge_killed_still_before_s")
_NOTE = """() => {
    const frames = window.sfFrames = [];
    const video = document.querySelector('video');
    const next = (now) => { frames.push(now); video.requestVideoFrameCallback(next); };
    video.requestVideoFrameCallback(next);
}"""
# Milliseconds: the first response of the other edge, and the longest stand-still from a time on.
_OTHER = """([port, from]) => performance.getEntriesByType('resource')
    .filter((r) => r.name.includes(`:${port}/`) && r.responseEnd > from && r.name.endsWith('.m4s'))
    .map((r) => r.responseEnd)[0] ?? 0"""
_STILL = """([from, until]) => {
    const seen = window.sfFrames.filter((at) => at >= from && at <= until);
    return Math.max(...seen.map((at, n) => at - (seen[n - 1] ?? at)));
}"""


def run() -> Iterator[Figure]:
    ports = [free_port(), free_port()]
    edges = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    with (
        encoded_show("640x360", "360:500,240:200", {"SHOWFLOOR_EDGE_URLS": edges}) as (shop, _),
        _edge(ports[0], shop.server.port) as first,
        _edge(ports[1], shop.server.port),
        launched() as browser,
    ):
        page = browser.new_page(base_url=shop.server.url)
        page.goto(f"/shows/{shop.slug}")
        wait_until(lambda: page.evaluate(_OTHER, [ports[0], 0]) > 0, 30, "video of the first edge")
        page.evaluate(_NOTE)
        began = page.evaluate("performance.now()")
        page.wait_for_timeout(10_000)
        first.kill()
        killed = page.evaluate("performance.now()")
        wait_until(lambda: page.evaluate(_OTHER, [ports[1], killed]) > 0, 30, "the other edge")
        other = page.evaluate(_OTHER, [ports[1], killed])
        page.wait_for_timeout(15_000)  # the steering manifest is read again
        end = page.evaluate("performance.now()")
        still, before = (
            page.evaluate(_STILL, span) / 1000 for span in ([killed - 500, end], [began, killed])
        )
    yield Figure("edge_killed_s", (other - killed) / 1000, "s", "<= 10")
    yield Figure("edge_killed_still_s", still, "s")
    yield Figure("edge_killed_still_before_s", before, "s")


@contextmanager
def _edge(port: int, origin: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve `/hls/` of an origin until the block ends."""
    command = [sys.executable, "-m", "benchmarks.hls_edge", str(port), str(origin)]
    process = subprocess.Popen(command, cwd=rig.ROOT, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
