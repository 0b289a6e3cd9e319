"""Every page, as the people who use it meet it: on a phone and on a desktop, in light and dark,
with a keyboard, with less motion, in German, and with the longest words that a catalogue has."""

import io
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, FloatRect, Page, expect

from tests.journeys.stage import (
    Stage,
    end_show,
    fill_details,
    highlight,
    pay,
    say,
    start_show,
    stream_address,
)
from tests.support.axe import Review, Theirs
from tests.support.browser import DESKTOP, PHONE
from tests.support.picture import Picture

pytestmark = [pytest.mark.journey, pytest.mark.whole_machine, pytest.mark.timeout(300)]

LONG = "Feuchtigkeitsspendendes Lippenpflegeöl-Geschenkset"
TITLE = "Geschenkideen: Feuchtigkeitsspendende Lippenpflegeöle"
ABROAD = "Nur in der Schweiz"

# A product and shows with long names, and a product without a price in the shop's currency; one
# show in each state that needs no encoder.
ROWS = f"""
from datetime import UTC, datetime, timedelta
from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Price, Product, Variant
from showfloor.shows import services
brand, owner = Brand.objects.get(), User.objects.get()
brand.tagline = "Make-up for the hours after dark"
brand.save()
Product.objects.for_brand(brand).filter(name="Night balm").update(name={LONG!r})
abroad = Product(brand=brand, reference="abroad", name={ABROAD!r})
abroad.save()
variant = Variant(brand=brand, product=abroad, sku="ABROAD", options={{}}, position=0)
variant.save()
Price(variant=variant, currency="CHF", amount=4900).save()
products = [product.pk for product in Product.objects.for_brand(brand)]
host = services.create_host(brand, "Anneliese Freifrau von Wolkenstein", "Paints faces")
def show(title, **more):
    return services.create_show(brand, services.ShowDraft(
        title=title, description="What to give, and how to wear it.", product_ids=products,
        host_ids=[host.pk], **more))
show({TITLE!r})
show("Winter skin", starts_at=datetime.now(UTC) + timedelta(days=40, hours=3))
show({TITLE!r}, starts_at=datetime.now(UTC) + timedelta(hours=26))
services.end(services.start(show("Last week's edit"), owner), owner)
"""
LIVE, COMING = "geschenkideen-feuchtigkeitsspendende-lippenpflegeole", "winter-skin"

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


MOVING = """() => document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().duration > 0)
    .map((one) => one.animationName ?? one.transitionProperty)"""

ACCENT = "() => getComputedStyle(document.documentElement).getPropertyValue('--sf-accent').trim()"

# Of the page's ground, from 0 to 255.
LIGHTNESS = """() => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = getComputedStyle(document.getElementById('main')).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    return Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3));
}"""

IN_CHECKOUT = "() => document.activeElement.closest('sf-checkout') !== null"

# Name of what has the focus, and whether that is seen: on itself, its label or its neighbour.
FOCUSED = """() => {
    const here = document.activeElement;
    const { width } = here.getBoundingClientRect();
    const drawn = [here, here.parentElement, ...here.parentElement?.children ?? []];
    const isRinged = drawn.some((one) => one && getComputedStyle(one).outlineStyle !== 'none');
    const name = here.dataset.testid ?? here.className;
    return [name, here === document.body || (isRinged && width > 0)];
}"""


def test_axe_review_finds_a_planted_fault(stage: Stage) -> None:
    page, review = stage.browser.new_page(), Review()
    page.set_content("<main lang=en><input><p style='width: 500px'>Wide</p></main>")
    review.look(page, "blind", sizes=("phone",))
    found = "\n".join(review.found)
    for word in ("label (critical)", "document-title", "wide in 390", "needs 44"):
        assert word in found, found
    page.close()


def test_every_page_is_accessible(stage: Stage) -> None:
    review = Review()
    producer, ada, german = stage.staff(), stage.person(phone=True), stage.person(language="de")
    without_shows(review, producer.page("/console/"), ada.page("/"))
    stage.server.python(ROWS)
    lists(review, producer.page("/console/"), german.page("/"))

    console = producer.page(f"/console/shows/{LIVE}")
    going_live(stage, review, console)
    page = ada.page(f"/shows/{LIVE}")
    watching(review, console, page)
    by_keyboard(page)
    three_on_screen(stage, review, page)
    buying(review, page)
    end_show(console)
    review.look(console, "console-ended")
    after_the_end(review, german.page("/"), german.page(f"/shows/{LIVE}"))
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


def going_live(stage: Stage, review: Review, console: Page) -> None:
    """The console before the encoder, with its picture, and live."""
    expect(console.get_by_test_id("stream-url").first).to_contain_text("rtmp://")
    review.look(console, "console-waiting", dark=True)
    console.set_viewport_size(DESKTOP)
    stage.publish(stream_address(console))
    expect(console.get_by_test_id("latency")).to_contain_text("behind", timeout=60_000)
    review.look(console, "console-ready")
    console.set_viewport_size(DESKTOP)
    start_show(console)


def watching(review: Review, console: Page, page: Page) -> None:
    """A live show: quiet, then with chat and a card over the picture."""
    picture = Picture(page)
    picture.wait_playing()
    review.look(page, "show-live-quiet", sizes=("phone",))
    picture.step_back(3)
    highlight(console, LONG)
    page.set_viewport_size(PHONE)
    say(page, "Passt das auch zu empfindlicher Haut?", name="Ada")
    expect(console.get_by_text("empfindlicher")).to_be_visible()
    expect(page.get_by_test_id("highlight-card")).to_be_visible()
    review.look(page, "show-live-card", sizes=("phone", "turned", "desktop"), dark=True)
    held_on_its_side(page)
    for tab in ("rundown", "show", "chat"):
        console.set_viewport_size(PHONE)
        console.get_by_test_id(f"tab-{tab}").click()
        review.look(console, f"console-live-{tab}", sizes=("phone",), dark=tab == "rundown")
    review.look(console, "console-live", sizes=("desktop",), dark=True)
    console.keyboard.press("?")
    expect(console.locator("dialog[open]")).to_be_visible()
    review.look(console, "console-keys")
    console.keyboard.press("Escape")
    console.set_viewport_size(DESKTOP)


def box(page: Page, part: str) -> FloatRect:
    found = page.locator(part).bounding_box()
    assert found is not None, part
    return found


def held_on_its_side(page: Page) -> None:
    """A phone that is turned keeps the draft; the card lies at the picture, and the chat has the
    column beside it. So it is on the largest phones, and on a tablet with its keyboard open the
    column of a desktop stays."""
    page.set_viewport_size(PHONE)
    page.get_by_test_id("chat-input").fill("Und für trockene")
    for width, height, chat_px in ((844, 390, 230), (956, 440, 280)):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator("sf-stage").get_by_test_id("highlight-card")).to_be_visible()
        expect(page.get_by_test_id("chat-input")).to_have_value("Und für trockene")
        expect(page.get_by_test_id("chat-input")).to_be_focused()
        picture, card = box(page, "sf-stage"), box(page, "sf-product-card")
        assert box(page, "sf-chat")["height"] > chat_px
        assert (picture["y"], picture["height"]) == (0, height)
        assert card["x"] + card["width"] < picture["width"]
        assert card["y"] + card["height"] < height
    page.set_viewport_size({"width": 1180, "height": 460})
    expect(page.get_by_test_id("tab-chat")).to_be_visible()
    page.set_viewport_size(PHONE)
    expect(page.locator("sf-rail").get_by_test_id("highlight-card")).to_be_visible()
    expect(page.locator("sf-stage")).to_have_attribute("data-filled", "")  # no line beside it
    page.get_by_test_id("chat-input").fill("")


def by_keyboard(page: Page) -> None:
    """Without a pointer: write, add the card's product, open the cart, and come back."""
    page.set_viewport_size(DESKTOP)
    page.emulate_media(reduced_motion="reduce")
    page.get_by_test_id("cart-open").wait_for()
    page.evaluate("() => document.activeElement?.blur()")
    seen = walk(page, 40)
    assert {"card-add", "cart-open", "chat-input", "tab-chat"} <= set(seen), seen
    for opener in ("cart-open", "card-open"):
        page.get_by_test_id(opener).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("panel")).to_be_visible()
        assert page.evaluate("() => !!document.activeElement.closest('dialog')"), opener
        assert page.evaluate(MOVING) == [], "she asked for less motion"
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("panel")).to_have_count(0)
        expect(page.get_by_test_id(opener)).to_be_focused()
    page.emulate_media(reduced_motion="no-preference")


def walk(page: Page, steps: int) -> list[str]:
    """Press Tab; what got the focus. Each must be seen, and show that it has it."""
    seen = []
    for _step in range(steps):
        page.keyboard.press("Tab")
        name, shows = page.evaluate(FOCUSED)
        seen.append(name)
        assert shows, f"{name} has the focus and doesn't show it"
    return seen


THREE_ON_SCREEN = """
from showfloor.accounts.models import User
from showfloor.shows import queries, services
from showfloor.shows.models import Show
show = Show.objects.all_brands().get(state="live")
products = [product.pk for product in queries.rundown_products(show)]
services.highlight(show, [*products[:2], products[-1]], None, User.objects.get())
"""


def three_on_screen(stage: Stage, review: Review, page: Page) -> None:
    """On a desktop all cards are seen, each with its button: nobody swipes with a mouse. A product
    without a price here has a card without one."""
    stage.server.python(THREE_ON_SCREEN)
    cards = page.locator("sf-product-card")
    expect(cards).to_have_count(3, timeout=30_000)
    expect(page.get_by_test_id("card-add")).to_have_count(2)
    abroad = page.locator("sf-product-card").filter(has_text=ABROAD)
    expect(abroad.get_by_test_id("not-sold")).to_have_text("Not sold in your currency")
    expect(abroad.get_by_role("button")).to_have_count(1)  # it can be put aside
    for width in (DESKTOP["width"], 1000):
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        picture = box(page, "sf-stage")
        for card in cards.all():
            place = card.bounding_box()
            assert place is not None
            assert place["x"] + place["width"] <= picture["x"] + picture["width"], width
    review.look(page, "show-live-three", sizes=("desktop",))


def buying(review: Review, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.get_by_test_id("products-open").click()
    expect(page.get_by_test_id("product-row").first).to_be_visible()
    row = page.get_by_test_id("product-row").filter(has_text=ABROAD)
    expect(row.get_by_test_id("not-sold")).to_be_visible()
    review.look(page, "products", sizes=("phone",))
    row.get_by_test_id("product-open").click()
    expect(page.get_by_test_id("product-name")).to_have_text(ABROAD)
    expect(page.get_by_test_id("panel").get_by_test_id("not-sold")).to_be_visible()
    expect(page.get_by_test_id("product-add")).to_have_count(0)
    page.go_back()
    page.get_by_test_id("product-row").filter(has_text=LONG).get_by_test_id("product-open").click()
    review.look(page, "product", dark=True)
    page.set_viewport_size(PHONE)
    page.get_by_test_id("product-add").click()
    expect(page.get_by_test_id("toast")).to_be_visible()
    review.look(page, "product-added", sizes=("phone",))
    page.get_by_test_id("panel-close").click()
    expect(page.get_by_test_id("panel")).to_have_count(0)
    page.get_by_test_id("cart-open").click()
    review.look(page, "cart", sizes=("phone", "turned", "desktop"), dark=True)
    page.get_by_test_id("checkout-start").click()
    expect(page.get_by_test_id("details-form")).to_be_visible()
    expect(page.get_by_test_id("total")).to_have_text("€52.40")  # with the chosen shipping
    page.get_by_test_id("to-payment").click()
    expect(page.locator(".sf-error").first).to_be_visible()
    review.look(page, "checkout-errors", dark=True)
    fill_details(page)
    expect(page.get_by_test_id("payment-form")).to_be_visible()
    assert page.evaluate(IN_CHECKOUT), "the focus left the sheet with the step"
    review.look(page, "checkout-payment")
    pay(page)
    expect(page.get_by_test_id("confirmation")).to_have_attribute("data-outcome", "paid")
    assert page.evaluate(IN_CHECKOUT), "the focus left the sheet with the step"
    review.look(page, "confirmation", dark=True)
    order = page.context.new_page()
    order.goto(page.get_by_test_id("see-order").get_attribute("href") or "")
    expect(order.get_by_role("heading", level=1)).to_contain_text("Order ")
    order.close()
    page.get_by_test_id("back-to-show").click()


def after_the_end(review: Review, programme: Page, page: Page) -> None:
    review.look(programme, "programme-replays")
    programme.close()
    Picture(page).wait_playing()
    review.look(page, "replay-german", dark=True)
    page.close()


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
