"""A real Chromium for the journeys and the benchmarks, and reading what its pages say."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

RESULTS = Path("test-results")
PHONE: ViewportSize = {"width": 390, "height": 844}
TURNED: ViewportSize = {"width": 844, "height": 390}  # a phone on its side
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
    # A host's camera and microphone: a moving picture and a beep, allowed without a question.
    "--use-fake-device-for-media-stream=device-count=2,fps=30",
    "--use-fake-ui-for-media-stream",
    # Pages in the background must go on playing: a journey has several viewers at once.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]
HOW_TO_GET_ONE = "no Chromium here: install Debian's `chromium`, or name one in CHROMIUM="


def chromium() -> str | None:
    """Path of a Chromium or Chrome; None where there is none."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser that ends with the block."""
    executable = chromium()
    assert executable is not None, HOW_TO_GET_ONE
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """Someone with a browser profile of their own, and what went wrong on their pages."""

    def __init__(
        self, browser: Browser, site: str, *, phone: bool = False, language: str = "en-GB",
        address: str = "",
    ) -> None:  # fmt: skip
        """`address` is the person's network address, passed on as a proxy in front would do it."""
        self.context: BrowserContext = browser.new_context(
            base_url=site,
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            locale=language,
            timezone_id="Europe/Berlin",
            extra_http_headers={"X-Forwarded-For": address} if address else {},
        )
        self.context.set_default_timeout(20_000)
        self.trouble: list[str] = []

    def page(self, path: str) -> Page:
        """Open a page for this person; its errors are collected in `trouble`."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.trouble.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda message: (
                self.trouble.append(f"{path}: {message.text}")
                if message.type == "error" and "Content Security Policy" in message.text
                else None
            ),
        )
        page.goto(path, wait_until="domcontentloaded")
        return page

    def close(self) -> None:
        self.context.close()


def screenshot(page: Page, name: str) -> None:
    """Keep what a person saw in `test-results/`, for looking at."""
    RESULTS.mkdir(exist_ok=True)
    # A PNG takes several times as long, and a suite takes hundreds.
    page.screenshot(path=RESULTS / f"{name}.jpg", type="jpeg", quality=85)
