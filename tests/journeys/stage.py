"""What every journey starts from: an installation with a brand, staff and a catalogue, made by the
commands a person would use; a browser; and the pages people use, as verbs."""

import atexit
import contextlib
import csv
import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, expect

from tests.support import law_script
from tests.support.browser import RESULTS, Person, launched, screenshot
from tests.support.live import LiveServer
from tests.support.publisher import Publisher, clip

PASSWORD = "quite-a-long-password"
OWNER = "owner@maison.test"

# handle, title, option, price, count
CATALOGUE = [
    ("evening-lipstick", "Evening lipstick", "Rosé", "34.00", 1),
    ("evening-lipstick", "", "Fig", "34.00", 25),
    ("night-balm", "Night balm", "50 ml", "48.50", 12),
    ("fan-brush", "Fan brush", "One size", "19.90", 3),
]
PRODUCTS = 3
LAST_ONE = "evening-lipstick-rose"


def shopify_csv() -> str:
    """The catalogue as Shopify exports it."""
    out = io.StringIO()
    columns = [
        "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Published", "Option1 Name",
        "Option1 Value", "Variant SKU", "Variant Inventory Qty", "Variant Price",
    ]  # fmt: skip
    rows = csv.DictWriter(out, columns)
    rows.writeheader()
    for handle, title, option, price, stock in CATALOGUE:
        ending = {"Rosé": "rose", "Fig": "fig"}.get(option, "one")
        rows.writerow(
            dict(zip(columns, [
                handle, title, f"<p>About {handle}.</p>", "Maison", "Make-up", "TRUE", "Kind",
                option, f"{handle}-{ending}", str(stock), price,
            ], strict=True))
        )  # fmt: skip
    return out.getvalue()


@dataclass
class Stage:
    """One installation and one browser."""

    server: LiveServer
    browser: Browser
    folder: Path
    encoders: list[Publisher] = field(default_factory=list)
    people: int = 0

    def person(self, *, phone: bool = False, language: str = "en-GB") -> Person:
        """Add a new person in an own network, because a guest's restriction covers a network."""
        self.people += 1
        address = f"10.0.{self.people}.7"
        site = self.server.url
        return Person(self.browser, site, phone=phone, language=language, address=address)

    def staff(self) -> Person:
        """The owner, signed in."""
        person = self.person()
        page = person.page("/accounts/login/")
        page.locator("input[type=email]").fill(OWNER)
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/console/"))
        page.close()
        return person

    def keep_evidence(self, name: str) -> str:
        """Keep screenshots of every open page and the server's log. Return what a reader of the
        report needs who has no files: each player's state, the encoders' and the log's end."""
        told = []
        pages = [page for context in self.browser.contexts for page in context.pages]
        for number, page in enumerate(pages):
            with contextlib.suppress(Error):  # a page that answers no more has nothing to show
                told.append(f"{page.url}: {page.evaluate(PLAYER_STATE)}")
                screenshot(page, f"failed-{name}-{number}")
        running = [one.process is not None and one.process.poll() is None for one in self.encoders]
        log = self.server.log_path.read_text("utf-8", "replace")
        (RESULTS / f"failed-{name}-serve.log").write_text(log, "utf-8")
        return "\n".join([*told, f"encoders running: {running}", log[-LOG_TAIL_CHARS:]])

    def publish(self, stream_url: str, size: str = "") -> Publisher:
        """Start an encoder, as somebody does who presses *Start streaming*."""
        encoder = Publisher(clip(self.folder), stream_url, size)
        self.encoders.append(encoder)
        encoder.start()
        return encoder


# What a player does: picture and clock in Unix ms, and its part of the video that has arrived.
PLAYER_STATE = """() => {
    const [video, show] = [document.querySelector('video'), window.showfloor];
    if (!video || !show) return 'no player';
    const { length } = video.buffered;
    return JSON.stringify({
        now: Date.now(), picture: show.player.pictureTimeMs, frames: show.player.decodedFrames,
        at: video.currentTime, arrived: length ? video.buffered.end(length - 1) : null,
        paused: video.paused, connection: show.timeline.status, seq: show.timeline.seq,
        highlights: show.timeline.highlights.map(({ startedMs, endedMs }) => [startedMs, endedMs]),
    });
}"""
LOG_TAIL_CHARS = 3000

# One product has a picture of its own, for the host to show.
PICTURE = """
import io
from django.core.files.base import ContentFile
from PIL import Image
from showfloor.catalogue.models import Product
png = io.BytesIO()
Image.new("RGB", (400, 800), "#7a1f3d").save(png, "PNG")
product = Product.objects.all_brands().get(name="Night balm")
product.image.save("night-balm.png", ContentFile(png.getvalue()))
"""
SHIPPING = (
    law_script.WAIVE
    + """
from showfloor.accounts.models import Brand
from showfloor.checkout.models import ShippingOption
for place, (name, price) in enumerate([("Standard", 390), ("Express", 890)]):
    ShippingOption(brand=Brand.objects.get(), name=name, price=price, position=place).save()
"""
    + PICTURE
)


# Three browsers decode the show on the cores that encode it: the encoder goes easy here. Each
# person is in a network of their own, which only a proxy could say.
ENVIRON = {
    "SHOWFLOOR_ENCODER_PRESET": "ultrafast",
    "SHOWFLOOR_DVR_WINDOW_S": "30",  # a show of a minute can be rewound beyond it
    "SHOWFLOOR_TRUSTED_PROXIES": "1",
    "SHOWFLOOR_WHIP_ADDRESSES": "127.0.0.1",
    "SHOWFLOOR_DRAND_URL": "off",  # nobody asks the network for a draw
}


@cache
def installation() -> Path:
    """The data folder of an installation with one brand, its owner, three products, and shipping:
    made once, for each stage to begin with a copy of it."""
    folder = Path(tempfile.mkdtemp(prefix="showfloor-stage-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = LiveServer(folder / "data", ENVIRON)
    server.data_dir.mkdir(parents=True)
    server.migrate()
    server.set_up("Maison", OWNER, PASSWORD)
    products = folder / "products.csv"
    products.write_text(shopify_csv(), "utf-8")
    server.run("import", str(products), "--brand", "maison", "--yes")
    server.python(SHIPPING)
    return server.data_dir


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """A served installation and a browser."""
    server = LiveServer(folder / "data", ENVIRON)
    shutil.copytree(installation(), server.data_dir)
    server.start()
    try:
        with launched() as browser:
            stage = Stage(server, browser, folder)
            try:
                yield stage
            finally:
                for encoder in stage.encoders:
                    encoder.kill()
    finally:
        server.stop()


# --- actions of producers ------------------------------------------------------------------------


def make_show(page: Page, title: str, *, live_edge: bool = False) -> str:
    """Make a show with the whole catalogue in the form; its slug. `page` shows `/console/…`."""
    page.goto("/console/shows/new")
    page.get_by_label("Title", exact=False).first.fill(title)
    page.get_by_label("All viewers see the picture half a second behind").set_checked(live_edge)
    choices = page.get_by_test_id("picker-more").locator("[data-testid^=picker-add-]")
    expect(choices).to_have_count(PRODUCTS)
    for left in range(PRODUCTS - 1, -1, -1):
        choices.first.click()
        expect(choices).to_have_count(left)
    page.get_by_role("button", name="Make the show").click()
    page.wait_for_url(re.compile(r"/console/shows/(?!new)[-a-z0-9]+/?$"))
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def stream_address(page: Page) -> str:
    """Server and stream key from the console, as one RTMP address."""
    page.get_by_test_id("stream-key-reveal").first.click()
    server, key = page.get_by_test_id("stream-url").first, page.get_by_test_id("stream-key").first
    expect(server).to_contain_text("rtmp://")
    expect(key).to_contain_text("sf_")
    return f"{server.inner_text().strip()}/{key.inner_text().strip()}"


def start_show(page: Page) -> None:
    page.get_by_test_id("console-start").click()
    page.get_by_test_id("console-start-confirm").click()
    expect(page.get_by_test_id("console-state")).to_have_attribute("data-state", "live")


def end_show(page: Page) -> None:
    """End it by the dialog that asks for a word."""
    page.get_by_test_id("console-end").click()
    word = page.get_by_test_id("console-end-word")
    word.fill("end")
    page.get_by_test_id("console-end-confirm").click()
    expect(page.get_by_test_id("summary")).to_be_visible()


def highlight(page: Page, product: str) -> None:
    """Put a product on screen by its big button in the rundown."""
    row = page.locator("[data-testid^=rundown-item-]").filter(has_text=product)
    row.locator("[data-testid^=highlight-]").click()
    expect(row.locator("[data-testid^=takedown-]")).to_be_visible()


# --- actions of viewers --------------------------------------------------------------------------


def open_notices(page: Page) -> None:
    """Open the slim line of a phone: it holds the poll, announcement and pinned comment."""
    line = page.get_by_test_id("notices-open")
    line.click()
    expect(line).to_have_attribute("aria-expanded", "true")


def say(page: Page, text: str, name: str = "") -> None:
    """Write into the chat; the page asks for a name the first time."""
    composer = page.get_by_test_id("chat-input")
    composer.fill(text)
    page.get_by_test_id("chat-send").click()
    if name:
        page.get_by_test_id("name-input").fill(name)
        page.get_by_test_id("name-save").click()


def fill_details(page: Page) -> None:
    """Address and shipping, up to the payment form."""
    for name, value in {
        "email": "ada@example.test", "name": "Ada Buyer", "line1": "Hafenstraße 1",
        "postal_code": "20457", "city": "Hamburg",
    }.items():  # fmt: skip
        page.get_by_test_id(f"field-{name}").fill(value)
    page.get_by_test_id("field-country").select_option("DE")
    page.get_by_test_id("shipping-option").nth(1).check()
    page.get_by_test_id("to-payment").click()


def pay(page: Page, card: str = "4242424242424242") -> None:
    page.get_by_test_id("field-number").fill(card)
    page.get_by_test_id("field-exp").fill("0930")
    page.get_by_test_id("field-cvc").fill("123")
    page.get_by_test_id("pay").click()
