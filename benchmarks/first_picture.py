"""From opening the page of a running show to its first picture: with a cold cache (a new
visitor) and a warm one (somebody who comes back).

The baseline of the same run: a plain client that fetches the page, the playlists, the init segment
and a segment, one after the other.
"""

import re
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext

from benchmarks.figures import Figure, percentile
from benchmarks.live_show import live_show
from tests.support.live import LiveServer
from tests.support.waiting import wait_until

ROUNDS = 5
FIGURES = ("first_picture_warm_s", "first_picture_cold_s", "first_picture_server_s")

# The time is counted from the navigation on; a frame counts when it is presented.
_NOTE = """() => {
    const look = () => {
        const video = document.querySelector('video');
        if (!video) return requestAnimationFrame(look);
        video.requestVideoFrameCallback((now) => { window.firstPictureMs = now; });
    };
    look();
}"""


def run() -> Iterator[Figure]:
    with live_show() as (stage, slug, address):
        stage.publish(address)
        wait_until(lambda: "#EXTINF" in stage.server.get_or_empty(f"/hls/{slug}/240p.m3u8"), 60)
        warm, cold, server = [], [], []
        for _ in range(ROUNDS):
            person = stage.person()
            person.context.add_init_script(f"({_NOTE})()")
            cold.append(_first_picture_s(person.context, slug))
            warm.append(_first_picture_s(person.context, slug))
            person.close()
            server.append(_server_s(stage.server, slug))
    yield Figure("first_picture_warm_s", percentile(warm, 0.5), "s", "<= 0.7")
    yield Figure("first_picture_cold_s", percentile(cold, 0.5), "s", "<= 1.0")
    yield Figure("first_picture_server_s", percentile(server, 0.5), "s")


def _first_picture_s(context: BrowserContext, slug: str) -> float:
    page = context.new_page()
    page.goto(f"/shows/{slug}", wait_until="commit")
    page.wait_for_function("() => window.firstPictureMs", timeout=30_000)
    took_ms = float(page.evaluate("() => window.firstPictureMs"))
    page.close()
    return took_ms / 1000


def _server_s(server: LiveServer, slug: str) -> float:
    began = time.monotonic()
    _get(f"{server.url}/shows/{slug}")
    entry = f"{server.url}/hls/{slug}/index.m3u8"
    rung = urljoin(entry, re.findall(r"^\w+\.m3u8$", _get(entry), re.MULTILINE)[0])
    listed = _get(rung)
    _get(urljoin(rung, re.findall(r'MAP:URI="([^"]+)"', listed)[-1]))
    _get(urljoin(rung, re.findall(r"^\d+/.*\.m4s$", listed, re.MULTILINE)[-1]))
    return time.monotonic() - began


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode("latin-1"))
