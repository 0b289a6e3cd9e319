"""A Chromium whose pages can really be hidden.

Playwright keeps every page that it holds visible and awake. So this browser is a process of its
own, without the flags that keep hidden pages awake, and Playwright lets go of it meanwhile.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserType

from tests.support.browser import HOW_TO_GET_ONE, chromium

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required", "--window-size=1440,900",
    "--use-fake-device-for-media-stream=device-count=2,fps=30", "--use-fake-ui-for-media-stream",
    "--remote-debugging-port=0",
)  # fmt: skip
_STARTS_S = 20


class HidableBrowser:
    def __init__(self, kind: BrowserType, address: str) -> None:
        self._kind, self._address = kind, address

    @contextmanager
    def held(self) -> Iterator[Browser]:
        """Hold the browser for the block; its pages stay, and are visible while it is held."""
        browser = self._kind.connect_over_cdp(self._address)
        try:
            yield browser
        finally:
            browser.close()  # of a browser that was only connected to, this ends the connection


@contextmanager
def hidable_browser(kind: BrowserType) -> Iterator[HidableBrowser]:
    executable = chromium()
    assert executable is not None, HOW_TO_GET_ONE
    with tempfile.TemporaryDirectory(prefix="showfloor-browser-") as folder:
        process = subprocess.Popen(
            [executable, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield HidableBrowser(kind, _address(process))
        finally:
            process.terminate()
            process.wait(_STARTS_S)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    for line in process.stderr:  # it ends with the process
        found = re.search(r"DevTools listening on ws://([^/]+)/", line)
        if found:
            return f"http://{found[1]}"
    raise AssertionError("this Chromium opened no port to control it by")
