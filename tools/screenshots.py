"""Pictures of a running demo, for the README and for one's own eyes (`make screenshots`).

Start `make demo` first. A producer highlights a product, so that there is something on screen; then
the viewer page, the console and the programme are taken, on a phone and on a desktop.
`docs/images/demo.png` is the one in the README; the others go to `test-results/`.
"""

import argparse
import os
import sys
from pathlib import Path

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
CHATTER = (
    ("Mireille", "Good evening from a rainy Ghent!"),
    ("Jo", "Fig or Poppy with a green coat?"),
    ("Anselm", "Asking for my sister: does it come off on a glass?"),
    ("Priya", "Poppy, always Poppy. Just ordered mine."),
)


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


def highlight_something(console: Page) -> None:
    """Press the first *Highlight* in the rundown, unless a product is on air already."""
    wait_for_picture(console)
    if console.get_by_role("button", name="Take down").count() == 0:
        console.get_by_role("button", name="Highlight").first.click()
        console.get_by_role("button", name="Take down").first.wait_for()


def talk(browser: Browser, site: str, show: str) -> None:
    """Some guests say something."""
    api = "/api/v1"
    for name, text in CHATTER:
        guest = Person(browser, site)
        post = guest.context.request
        token = post.post(f"{api}/viewer-token", data={}).json()["token"]
        own = {"Authorization": f"Bearer {token}"}
        renamed = post.put(f"{api}/viewer/name", headers=own, data={"name": name}).json()["token"]
        said = post.post(
            f"{api}{show}/messages",
            headers={"Authorization": f"Bearer {renamed}"},
            data={"client_id": f"screenshot-{name}", "text": text},
        )
        if not said.ok:
            print(f"{name} could not speak: {said.status} {said.text()}", file=sys.stderr)
        guest.close()


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
        highlight_something(page)
        take(page, LOOKS / f"console{'-phone' if phone else ''}.png")
        staff.close()


def take_viewer(browser: Browser, site: str, show: str) -> None:
    for phone in (False, True):
        viewer = Person(browser, site, phone=phone)
        page = viewer.page(show)
        wait_for_picture(page)
        page.get_by_text(CHATTER[-1][1]).first.wait_for(timeout=LOOP_MS)  # it waits for its picture
        page.wait_for_function(LIPSTICK_IN_VIEW, timeout=LOOP_MS, polling=500)
        take(page, LOOKS / "viewer-phone.png" if phone else IMAGES / "demo.png")
        page.goto("/")
        take(page, LOOKS / f"programme{'-phone' if phone else ''}.png")
        viewer.close()


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
            talk(browser, wanted.site, show)
            take_console(browser, wanted.site, show, (wanted.email, wanted.password))
            take_viewer(browser, wanted.site, show)
    except Error as error:
        print(f"screenshots: {error.message}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
