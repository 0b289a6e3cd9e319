"""The pages that need no picture: programme, accounts, console, mails and the back office, on a
phone and on a desktop, in light and dark, in German, and with the longest words that a catalogue
has."""

import io
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.long_words import COMING, LIVE, LONG, ROWS, TITLE
from tests.journeys.stage import Stage
from tests.support.axe import Review, Theirs

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

# Faults of django-unfold's own pages; none of them is in a template of ours.
UNFOLD = Theirs(
    parts=(
        # Buttons of 18 px in the search field and in a sorted column's head (target-size).
        "#searchbar-submit",
        "#searchbar-wrapper",
        "thead th",
    ),
    only_grave=True,
    is_dark_at_load=True,
)

FILLED_IN = replace(
    UNFOLD, is_dark_at_load=False
)  # a form that is not saved yet is not loaded again

ACCENT = "() => getComputedStyle(document.documentElement).getPropertyValue('--sf-accent').trim()"

# Of the page's ground, from 0 to 255.
LIGHTNESS = """() => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = getComputedStyle(document.getElementById('main')).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    return Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3));
}"""


def test_axe_review_finds_a_planted_fault(stage: Stage) -> None:
    page, review = stage.browser.new_page(), Review()
    page.set_content("<main lang=en><input><p style='width: 500px'>Wide</p></main>")
    review.look(page, "blind", sizes=("phone",))
    found = "\n".join(review.found)
    for word in ("label (critical)", "document-title", "wide in 390", "needs 44"):
        assert word in found, found
    page.close()


def test_every_page_without_a_picture_is_accessible(stage: Stage) -> None:
    review = Review()
    producer, ada, german = stage.staff(), stage.person(phone=True), stage.person(language="de")
    without_shows(review, producer.page("/console/"), ada.page("/"))
    stage.server.python(ROWS)
    lists(review, producer.page("/console/"), german.page("/"))
    behind_the_counter(review, producer.page("/outbox/"))

    review.check()
    assert [*producer.trouble, *ada.trouble, *german.trouble] == []
    for person in (producer, ada, german):
        person.close()


def without_shows(review: Review, console: Page, page: Page) -> None:
    """The first day: nothing is planned, nothing was sold, and somebody wants to sign in."""
    review.look(page, "programme-empty", dark=True)
    for name, path in {
        "log-in": "/accounts/login/", "sign-up": "/accounts/signup/",
        "log-in-by-code": "/accounts/login/code/", "forgotten": "/accounts/password/reset/",
        "not-found": "/shows/nowhere",
    }.items():  # fmt: skip
        page.goto(path)
        review.look(page, name, dark=name in {"log-in", "not-found"})
    page.goto("/accounts/login/")
    page.locator("input[type=email]").fill("nobody@maison.test")
    page.locator("input[type=password]").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".sf-error, .sf-notice--danger").first).to_be_visible()
    review.look(page, "log-in-refused")
    page.goto("/accounts/login/code/")
    page.locator("input[type=email]").fill("nobody@maison.test")
    page.keyboard.press("Enter")  # a mail for the mailbox
    page.wait_for_url("**/login/code/confirm/")
    page.close()

    review.look(console, "console-empty", dark=True)
    console.goto("/outbox/")
    review.look(console, "outbox-empty")
    console.goto("/console/shows/new")
    expect(console.get_by_test_id("picker-more")).to_be_visible()
    review.look(console, "show-form")
    console.get_by_role("button", name="Make the show").click()
    expect(console.locator(".sf-error").first).to_be_visible()
    review.look(console, "show-form-errors", dark=True)
    console.close()


def lists(review: Review, console: Page, programme: Page) -> None:
    review.look(console, "console-list")
    console.get_by_role("link", name="Captions").first.click()
    console.get_by_test_id("caption-key-renew").click()
    expect(console.get_by_test_id("caption-key")).to_be_visible()
    review.look(console, "captions", dark=True)
    console.close()
    expect(programme.locator("html")).to_have_attribute("lang", "de")
    expect(programme.get_by_role("heading", name="Noch einmal ansehen")).to_be_visible()
    review.look(programme, "programme-german")
    programme.goto(f"/shows/{COMING}")
    expect(programme.get_by_test_id("countdown")).to_be_visible()
    review.look(programme, "show-coming", dark=True)
    two_players(programme)
    programme.close()


SECOND_PLAYER = """() => {
    const first = document.querySelector('sf-show');
    const second = document.createElement('sf-show');
    second.data = JSON.parse(first.querySelector(':scope > script').textContent);
    second.innerHTML = '<main class="sf-show"><sf-stage></sf-stage><sf-side></sf-side></main>';
    first.after(second);
}"""

REPEATED_IDS = """() => [...document.querySelectorAll('sf-side [id]')].map((one) => one.id)
    .filter((id, place, all) => all.indexOf(id) !== place)"""


def two_players(page: Page) -> None:
    """A second player on the page has an app of its own: a tab of one is none of the other."""
    page.evaluate(SECOND_PLAYER)
    first, second = page.locator("sf-show").nth(0), page.locator("sf-show").nth(1)
    second.get_by_test_id("tab-chat").evaluate("(tab) => tab.click()")  # the first lies over it
    expect(second.get_by_test_id("chat-input")).to_have_count(1)
    expect(second.get_by_test_id("tab-chat")).to_have_attribute("aria-selected", "true")
    expect(first.get_by_test_id("tab-products")).to_have_attribute("aria-selected", "true")
    assert page.evaluate(REPEATED_IDS) == []
    second.evaluate("(player) => player.remove()")
    expect(page.get_by_test_id("tab-chat")).to_have_count(1)


def behind_the_counter(review: Review, page: Page) -> None:
    """Mails of the demo, and the back office."""
    page.reload()
    review.look(page, "outbox")
    page.locator("main a[href^='/outbox/']").first.click()
    review.look(page, "outbox-mail")
    page.goto("/admin/")
    review.look(page, "back-office", dark=True, theirs=UNFOLD)
    expect(page.get_by_role("main")).to_have_count(1)
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert page.evaluate(LIGHTNESS) < 50, "the theme follows the machine"
    page.emulate_media(color_scheme="light")
    page.goto("/admin/catalogue/product/")
    page.set_viewport_size({"width": 390, "height": 844})
    table = page.get_by_role("table")  # cards on a phone are one still
    expect(table.get_by_role("row").nth(1).get_by_role("rowheader")).to_be_visible()
    assert table.evaluate("(table) => table.scrollWidth <= table.parentElement.clientWidth")
    review.look(page, "back-office-products", dark=True, theirs=UNFOLD)
    page.get_by_role("link", name=LONG).click()
    review.look(page, "back-office-product", theirs=UNFOLD)
    brands_look(review, page)
    page.close()


def brands_look(review: Review, page: Page) -> None:
    """The owner gives the brand a face: the preview follows the form, and the pages follow once it
    is saved."""
    page.goto("/admin/accounts/brand/")
    page.get_by_role("link", name="Maison", exact=True).click()
    preview = page.frame_locator("[data-brand-preview]")
    logo, hero = preview.locator("[data-preview=logo]"), preview.locator("[data-preview=hero]")
    expect(preview.locator("[data-preview-name]")).to_have_text("Maison")
    expect(logo).to_be_hidden()
    expect(hero).to_be_hidden()
    page.locator("input[name=logo]").set_input_files(drawn("logo.png", (640, 120), "#12324f"))
    page.locator("input[name=hero]").set_input_files(drawn("hero.png", (2400, 1200), "#7d8f69"))
    expect(logo).to_be_visible()
    expect(preview.locator("[data-preview-name]")).to_be_hidden()  # a wide logo says it
    expect(hero).to_be_visible()
    page.locator("input[name=accent]").fill("#12324f")
    page.locator("input[name=tagline]").fill(TITLE)
    expect(preview.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(hero).to_be_visible()  # also in the sample that is drawn with the new words
    assert preview.locator("html").evaluate(ACCENT) == "#12324f"
    review.look(page, "back-office-brand", sizes=("phone", "desktop"), theirs=FILLED_IN)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/accounts/brand/")
    page.goto("/")
    expect(page.get_by_role("img", name="Maison")).to_be_visible()
    expect(page.locator(".sf-hero__picture")).to_be_visible()
    review.look(page, "programme-with-look", dark=True)
    sheet = page.request.get("/brand/maison.css").text()  # a browser keeps it for some minutes
    assert "--sf-accent: #12324f;" in sheet
    page.goto(f"/shows/{LIVE}")
    expect(page.locator(".sf-show-header").get_by_role("img", name="Maison")).to_be_visible()


def drawn(name: str, size: tuple[int, int], colour: str) -> FilePayload:
    """A picture of one colour with an edge, as a file to choose."""
    picture = Image.new("RGB", size, "#ffffff")
    picture.paste(Image.new("RGB", (size[0] - 20, size[1] - 20), colour), (10, 10))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}
