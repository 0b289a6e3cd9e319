"""The host's studio: frames of the mix that goes out while its page is hidden, and the time from a
press on a layout to the changed picture.

The page lies behind another one for twenty seconds, in a browser that slows hidden pages down as at
home. A second counts what is less: frames with something new in the mix, or frames that the WebRTC
sender encoded. The baseline of the same run is what a mix in the page itself would have: its
animation frames.
"""

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import TypedDict

from playwright.sync_api import Browser, Page

from benchmarks.figures import CannotMeasure, Figure, percentile
from tests.journeys.stage import Stage, make_show, staged
from tests.support.hidable import HidableBrowser, hidable_browser
from tests.support.mixed_picture import change_ms

FIGURES = (
    "studio_layout_ms_p50",
    "studio_layout_ms_p95",
    "studio_hidden_fps",
    "studio_hidden_page_fps",
)
HIDDEN_S = 20.0
SETTLE_S = 3.0
LAYOUTS = ("layout-side-by-side", "layout-picture-in-picture", "layout-grid", "layout-full")
ROUNDS = 4

_RECORD = """() => {
    const seconds = [];
    let animated = 0;
    const count = () => { animated += 1; requestAnimationFrame(count); };
    count();
    setInterval(() => {
        const figures = document.querySelector('[data-testid=studio-figures]');
        seconds.push({
            isHidden: document.visibilityState === 'hidden',
            distinct: Number(figures?.dataset.distinct), words: figures?.textContent ?? '',
            animated,
        });
        animated = 0;
    }, 1000);
    window.sfSeconds = seconds;
}"""


class Second(TypedDict):
    """What the page noted in one second."""

    isHidden: bool
    distinct: int
    words: str
    animated: int


def run() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder,
        staged(Path(folder)) as stage,
        hidable_browser(stage.browser.browser_type) as hidable,
    ):
        with hidable.held() as browser:
            studio = _live_studio(stage, browser)
            changes = [change_ms(studio, layout) for _ in range(ROUNDS) for layout in LAYOUTS]
            studio.evaluate(_RECORD)
        seconds = _hidden_seconds(hidable)
    yield Figure("studio_layout_ms_p50", percentile(changes, 0.5), "ms")
    yield Figure("studio_layout_ms_p95", percentile(changes, 0.95), "ms", "<= 300")
    sent = [min(second["distinct"], _sent(second)) for second in seconds]
    yield Figure("studio_hidden_fps", mean(sent), "frames/s", ">= 28")
    page = mean(second["animated"] for second in seconds)
    yield Figure("studio_hidden_page_fps", page, "frames/s")


def _live_studio(stage: Stage, browser: Browser) -> Page:
    """Sign in, and send two cameras side by side to a show of one's own."""
    producer = stage.staff()
    slug = make_show(producer.page("/console/"), "Measured")
    cookies = producer.context.cookies()
    producer.close()
    context = browser.contexts[0]
    context.add_cookies([
        {"name": one["name"], "value": one["value"], "url": stage.server.url} for one in cookies
    ])  # fmt: skip
    studio = context.pages[0]
    studio.goto(f"{stage.server.url}/studio/{slug}")
    studio.get_by_test_id("studio-close-up").select_option(index=1)
    studio.get_by_test_id("studio-live").click()
    studio.locator("[data-testid=studio][data-sending=sending]").wait_for()
    time.sleep(SETTLE_S)
    return studio


def _hidden_seconds(hidable: HidableBrowser) -> list[Second]:
    with hidable.held() as browser:
        front = browser.contexts[0].new_page()
        front.goto("about:blank")
    time.sleep(HIDDEN_S)
    with hidable.held() as browser:
        studio = next(page for page in browser.contexts[0].pages if "/studio/" in page.url)
        seconds: list[Second] = studio.evaluate("() => window.sfSeconds")
    hidden = [second for second in seconds if second["isHidden"]][round(SETTLE_S) :]
    if len(hidden) < HIDDEN_S / 2:
        raise CannotMeasure("this Chromium did not hide the page that lay behind another one")
    return hidden


def _sent(second: Second) -> int:
    found = re.search(r"(\d+) frames/s", second["words"])
    return int(found[1]) if found else 0
