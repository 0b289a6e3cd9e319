"""A show with its picture, as the people who use it meet it: on a phone and on a desktop, in light
and dark, with a keyboard, with less motion, in German, and with the longest words that a catalogue
has."""

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.journeys.long_words import ABROAD, LIVE, LONG, ROWS
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
from tests.support.axe import Review
from tests.support.browser import DESKTOP, PHONE
from tests.support.picture import Picture

pytestmark = [pytest.mark.journey, pytest.mark.whole_machine, pytest.mark.timeout(300)]

MOVING = """() => document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().duration > 0)
    .map((one) => one.animationName ?? one.transitionProperty)"""

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


def test_every_page_of_a_show_is_accessible(stage: Stage) -> None:
    review = Review()
    producer, ada, german = stage.staff(), stage.person(phone=True), stage.person(language="de")
    stage.server.python(ROWS)
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

    review.check()
    assert [*producer.trouble, *ada.trouble, *german.trouble] == []
    for person in (producer, ada, german):
        person.close()


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
    expect(cards).to_have_count(3, timeout=60_000)
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
