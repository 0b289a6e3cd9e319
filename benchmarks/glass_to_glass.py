"""From the encoder's clock to the picture on screen, read back from a canvas in Chromium.

The publisher writes the wall clock over each frame as it encodes it; the page reads it off the
picture and compares it with its own clock (one machine, one clock). The baseline of the same run is
the same show at the plain HLS latency that its playlists ask of a player without parts: HOLD-BACK.
"""

import time
from collections.abc import Iterator

from playwright.sync_api import Page

from benchmarks.figures import Figure, percentile
from benchmarks.live_show import live_show
from tests.support.picture import Picture

SETTLE_S = 12.0
SAMPLES = 150
EVERY_S = 0.2
FIGURES = (
    "glass_to_glass_p50_s", "glass_to_glass_p95_s", "plain_hls_p50_s", "glass_to_glass_vs_plain",
)  # fmt: skip


def run() -> Iterator[Figure]:
    with live_show() as (stage, slug, address):
        stage.publish(address)
        viewer = stage.person()
        page = viewer.page(f"/shows/{slug}")
        low_latency = measure(page)
        yield Figure("glass_to_glass_p50_s", percentile(low_latency, 0.5), "s", "<= 2.5")
        yield Figure("glass_to_glass_p95_s", percentile(low_latency, 0.95), "s")
        viewer.close()
        viewer = stage.person()
        page = viewer.page(f"/shows/{slug}?latency=plain")
        plain = measure(page)
        yield Figure("plain_hls_p50_s", percentile(plain, 0.5), "s")
        yield Figure(
            "glass_to_glass_vs_plain",
            percentile(plain, 0.5) / percentile(low_latency, 0.5),
            "times",
        )
        viewer.close()


def measure(page: Page, samples: int = SAMPLES) -> list[float]:
    """Return latencies in seconds after playback has settled; pictures with a torn code do not
    count."""
    picture = Picture(page)
    picture.wait_playing(60)
    time.sleep(SETTLE_S)
    seen: list[float] = []
    while len(seen) < samples:
        latency_ms = picture.latency_ms()
        if latency_ms is not None:
            seen.append(latency_ms / 1000)
        time.sleep(EVERY_S)
    return seen
