"""Two edges, and the one that a player gets its video from is killed: when the picture comes from
the other one, and for how long it stood still.

The edges are processes with the edge's own HLS application. One is killed at several moments
between two parts, because a request for a part, for a playlist or none may be on its way; the worst
moment counts. The baseline of the same run: the longest time between two frames before.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import Page

from benchmarks import rig
from benchmarks.encoded_show import encoded_show
from benchmarks.figures import Figure
from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from tests.support.browser import launched
from tests.support.live import free_port
from tests.support.waiting import wait_until

FIGURES = ("edge_killed_s", "edge_killed_still_s", "edge_killed_still_before_s")
PHASES_S = (0.0, 0.08, 0.16, 0.24)  # after a part, of a third of a second
SETTLE_MS, BEFORE_MS, AFTER_MS = 3_000, 3_000, 12_000  # the steering manifest is read again
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


# Resolves when the next part has come.
_PART = """() => new Promise((resolve) => {
    new PerformanceObserver((list, watch) => {
        if (!list.getEntries().some((r) => r.name.endsWith('.m4s'))) return;
        watch.disconnect();
        resolve();
    }).observe({ type: 'resource' });
})"""


class Kill(NamedTuple):
    """Seconds: until the other edge gave video, and the longest stand-stills after and before."""

    other_s: float
    still_s: float
    still_before_s: float


def run() -> Iterator[Figure]:
    ports = [free_port(), free_port()]
    edges = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    with (
        encoded_show("640x360", "360:500,240:200", {"SHOWFLOOR_EDGE_URLS": edges}) as (shop, _),
        _edge(ports[1], shop.server.port),
        launched() as browser,
    ):
        kills = []
        for phase_s in PHASES_S:
            with _edge(ports[0], shop.server.port) as first:
                page = browser.new_page(base_url=shop.server.url)
                page.goto(f"/shows/{shop.slug}")
                kill = _killed(page, first, ports, phase_s)
                print(f"# after {phase_s} s: {kill.other_s:.3f} s, still {kill.still_s:.3f} s")
                kills.append(kill)
                page.close()
    yield Figure("edge_killed_s", max(one.other_s for one in kills), "s", "<= 10")
    yield Figure("edge_killed_still_s", max(one.still_s for one in kills), "s")
    before = max(one.still_before_s for one in kills)
    yield Figure("edge_killed_still_before_s", before, "s")


def _killed(page: Page, first: "subprocess.Popen[bytes]", ports: list[int], phase_s: float) -> Kill:
    """Kill the edge that the page gets its video from, so long after a part has come."""
    wait_until(lambda: page.evaluate(_OTHER, [ports[0], 0]) > 0, 30, "video of the first edge")
    page.wait_for_timeout(SETTLE_MS)
    page.evaluate("() => performance.clearResourceTimings()")
    page.evaluate(_NOTE)
    began = page.evaluate("performance.now()")
    page.wait_for_timeout(BEFORE_MS)
    page.evaluate(_PART)
    time.sleep(phase_s)
    first.kill()
    killed = page.evaluate("performance.now()")
    wait_until(lambda: page.evaluate(_OTHER, [ports[1], killed]) > 0, 30, "the other edge")
    other = page.evaluate(_OTHER, [ports[1], killed])
    page.wait_for_timeout(AFTER_MS)
    end = page.evaluate("performance.now()")
    still, before = (
        page.evaluate(_STILL, span) / 1000 for span in ([killed - 500, end], [began, killed])
    )
    return Kill((other - killed) / 1000, still, before)


@contextmanager
def _edge(port: int, origin: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve `/hls/` of an origin until the block ends. It answers when the block begins: a page
    would go to the other edge at once."""
    command = [sys.executable, "-m", "benchmarks.hls_edge", str(port), str(origin)]
    process = subprocess.Popen(ending_with_us(command), cwd=rig.ROOT, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), 30, "the edge to answer")
        yield process
    finally:
        process.kill()
        process.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
