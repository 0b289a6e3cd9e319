"""Pictures of a running demo, for the README and for one's own eyes (`make screenshots`).

Start `make demo` first and let it run for two minutes, so that people have said something. The
viewer page, the console, the programme, a replay and the second brand are taken, on a phone and on
a desktop, and a short animation of a card that arrives. `docs/images/` has those of the README and
the docs; the others go to `test-results/`.
"""

import argparse
import io
import os
import sys
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Error, Page

from tests.support.browser import Person, launched

ROOT = Path(__file__).resolve().parent.parent
IMAGES, LOOKS = ROOT / "docs" / "images", ROOT / "test-results"
PLAYING = """() => {
  const find = (root) => root.querySelector('video')
    ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const video = find(document);
  return Boolean(video && video.readyState >= 3 && video.currentTime > 0);
}"""
# The bullet of the demo's lipstick is in the middle of the right half: the card's own product.
LIPSTICK_IN_VIEW = """() => {
  const find = (root) => root.querySelector('video')
    ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext('2d');
  context.drawImage(find(document), 0, 0, 1280, 720);
  const [r, g, b] = context.getImageData(850, 190, 1, 1).data;
  return r > 150 && g < 105 && b < 105;
}"""
SHOWN_MS, SETTLE_MS, LOOP_MS = 20_000, 1500, 100_000
# The animation: frames before and after the card comes, and how fast they are shown.
BEFORE, AFTER, FRAME_MS, STEPS_MAX = 5, 13, 180, 600
SMALL = (960, 600)
SECOND_BRAND = "scherbenglueck.localhost"


def wait_for_picture(page: Page) -> None:
    page.wait_for_function(PLAYING, timeout=SHOWN_MS)


def live_show(person: Person) -> str:
    """Path of the first show on the programme, which is the live one."""
    page = person.page("/")
    link = page.locator("a[href^='/shows/']").first.get_attribute("href")
    page.close()
    if not link:
        raise SystemExit("the programme has no show: is this a demo?")
    return link


def sign_in(person: Person, email: str, password: str) -> None:
    page = person.page("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.close()


def take(page: Page, path: Path) -> None:
    page.wait_for_timeout(SETTLE_MS)  # a slide-in has ended
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    print(path.relative_to(ROOT))


def take_console(browser: Browser, site: str, show: str, login: tuple[str, str]) -> None:
    for phone in (False, True):
        staff = Person(browser, site, phone=phone)
        sign_in(staff, *login)
        page = staff.page(f"/console{show}")
        wait_for_picture(page)
        take(page, LOOKS / f"console{'-phone' if phone else ''}.png")
        staff.close()


def take_viewer(browser: Browser, site: str, show: str) -> None:
    for phone in (False, True):
        viewer = Person(browser, site, phone=phone)
        page = viewer.page(show)
        wait_for_picture(page)
        page.wait_for_function(LIPSTICK_IN_VIEW, timeout=LOOP_MS, polling=500)
        take(page, LOOKS / "viewer-phone.png" if phone else IMAGES / "demo.png")
        page.goto("/")
        take(page, LOOKS / f"programme{'-phone' if phone else ''}.png")
        viewer.close()


def take_others(visitor: Person, browser: Browser, site: str) -> None:
    """Take a replay, the demo's own page, and the second brand at its own host name."""
    page = visitor.page("/demo")
    take(page, LOOKS / "demo-page.png")
    page.goto("/")
    page.locator("section[aria-labelledby=replays] a").first.click()
    take(page, LOOKS / "replay.png")
    port = urlsplit(site).port
    phone = Person(browser, f"http://{SECOND_BRAND}:{port}", phone=True)
    second = phone.page("/")
    second.locator("a[href^='/shows/']").first.click()
    wait_for_picture(second)
    second.wait_for_timeout(SETTLE_MS * 4)  # somebody has said something
    take(second, IMAGES / "second-brand.png")
    phone.close()


def animate(browser: Browser, site: str, show: str) -> None:
    """Record how a card arrives with its picture, as an animated WebP."""
    viewer = Person(browser, site)
    page = viewer.page(show)
    page.set_viewport_size({"width": 1280, "height": 800})
    wait_for_picture(page)
    frames: deque[Image.Image] = deque(maxlen=BEFORE + AFTER)
    shown, left = card_title(page), -1
    for _step in range(STEPS_MAX):
        frames.append(Image.open(io.BytesIO(page.screenshot(type="jpeg", quality=90))))
        now = card_title(page)
        if left < 0 and now and now != shown:
            left = AFTER
        shown, left = now, left - 1 if left > 0 else left
        if left == 0:
            break
        page.wait_for_timeout(FRAME_MS / 3)
    viewer.close()
    small = [frame.resize(SMALL, Image.Resampling.LANCZOS) for frame in frames]
    path, pace = IMAGES / "card-arrives.webp", [FRAME_MS] * (len(small) - 1)
    small[0].save(
        path, save_all=True, append_images=small[1:], duration=[*pace, 1600],
        loop=0, quality=62, method=4,
    )  # fmt: skip
    print(path.relative_to(ROOT))


def card_title(page: Page) -> str:
    """Return what the card on the picture says; empty where there is none."""
    card = page.get_by_test_id("card-name").first
    return card.inner_text() if card.count() and card.is_visible() else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default=f"http://localhost:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--email", default="producer@aubelune.example")
    parser.add_argument("--password", default="velvet-hour-2026")
    wanted = parser.parse_args()
    try:
        with launched() as browser:
            visitor = Person(browser, wanted.site)
            show = live_show(visitor)
            take_console(browser, wanted.site, show, (wanted.email, wanted.password))
            take_viewer(browser, wanted.site, show)
            take_others(visitor, browser, wanted.site)
            animate(browser, wanted.site, show)
    except Error as error:
        print(f"screenshots: {error.message}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
