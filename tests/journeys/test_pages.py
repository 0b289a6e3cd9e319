"""Every page, as the people who use it meet it: on a phone and on a desktop, in light and dark,
with a keyboard, with less motion, in German, and with the longest words that a catalogue has."""

import pytest
from playwright.sync_api import Page, expect

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

# A product and shows with long names; one show in each state that needs no encoder.
ROWS = f"""
from datetime import UTC, datetime, timedelta
from showfloor.accounts.models import Brand, User
from showfloor.catalogue.models import Product
from showfloor.shows import services
brand, owner = Brand.objects.get(), User.objects.get()
brand.tagline = "Make-up for the hours after dark"
brand.save()
Product.objects.for_brand(brand).filter(name="Night balm").update(name={LONG!r})
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
)


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
services.highlight(show, products, None, User.objects.get())
"""


def three_on_screen(stage: Stage, review: Review, page: Page) -> None:
    """On a desktop all cards are seen, each with its button: nobody swipes with a mouse."""
    stage.server.python(THREE_ON_SCREEN)
    buttons = page.get_by_test_id("card-add")
    expect(buttons).to_have_count(3, timeout=30_000)
    for width in (DESKTOP["width"], 1000):
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        stage_box = page.locator("sf-stage").bounding_box()
        assert stage_box is not None
        for button in buttons.all():
            box = button.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= stage_box["x"] + stage_box["width"], width
    review.look(page, "show-live-three", sizes=("desktop",))


def buying(review: Review, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.get_by_test_id("products-open").click()
    expect(page.get_by_test_id("product-row").first).to_be_visible()
    review.look(page, "products", sizes=("phone",))
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
    page.goto("/admin/catalogue/product/")
    review.look(page, "back-office-products", theirs=UNFOLD)
    page.get_by_role("link", name=LONG).click()
    review.look(page, "back-office-product", theirs=UNFOLD)
    page.close()
