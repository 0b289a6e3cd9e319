"""Staff act on one person: they recommend a product, lift a restriction and erase the person."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.stage import OWNER, Stage
from tests.journeys.voices import (
    ENDLESS,
    LEA,
    ROWS,
    Voice,
    act,
    confirm,
    leave,
    open_tool,
    row,
    sign_in,
    undo,
)
from tests.support.axe import Review
from tests.support.browser import DESKTOP
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

NAME = "Anneliese v. Wolkenstein"


def standing(window: Locator, kind: str, name: str = "") -> Locator:
    """Return the restrictions of this person, or of anyone, at the brand of all shows here."""
    return window.locator(f"li[data-testid^=person-][data-kind={kind}]").filter(has_text=name)


def test_staff_recommend_restrict_and_erase_one_person(stage: Stage) -> None:
    stage.server.python(ROWS.replace("TITLE", repr("After dark")))
    slug = "after-dark"
    marie, lea = stage.staff(), sign_in(stage, LEA)
    ada = stage.person()
    voice = Voice(ada, slug, "Ada")
    console, second = (one.page(f"/console/shows/{slug}") for one in (marie, lea))
    page = ada.page(f"/shows/{slug}")
    for one in (console, second):
        expect(one.get_by_test_id("tool-people")).to_be_visible()
    voice.say("Which balm is for the night?")
    voice.ask("Is the brush made of hair?")

    an_offer_by_keyboard(console, page)
    an_offer_to_who_asked(second, page)
    a_time_out_is_listed_and_lifted(console, second, page, voice)
    a_list_of_words_is_brought_along(console, second)
    only_the_owner_erases(console, second, page)
    for person in (marie, lea, ada):
        assert person.trouble == []
        person.close()


def an_offer_by_keyboard(console: Page, page: Page) -> None:
    """A message is chosen, O; what is refused keeps what was written, and says at which field."""
    expect(row(console, "chat-message", "balm")).to_be_visible()
    console.keyboard.press("m")
    expect(row(console, "chat-message", "balm")).to_be_focused()
    console.keyboard.press("o")
    text = console.get_by_test_id("offer-text")
    expect(text).to_be_focused()
    console.keyboard.type("   ")
    expect(console.get_by_test_id("offer-left")).to_have_text("277 characters left")
    send(console)
    expect(console.get_by_test_id("dialog-error")).to_contain_text("What you say: ")
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(text).to_have_value("   ")
    console.keyboard.press("Shift+Tab")
    console.keyboard.press("Shift+Tab")
    expect(text).to_be_focused()
    console.keyboard.type("The night balm melts at once.")
    console.keyboard.press("Shift+Tab")
    console.keyboard.type("Night")  # chooses in the list
    console.keyboard.press("Tab")
    send(console)
    expect(console.locator("dialog")).to_have_count(0)
    expect(console.get_by_test_id("toast").filter(has_text="Ada has")).to_be_visible()
    told = page.get_by_test_id("toast").filter(has_text="The night balm melts at once.")
    expect(told).to_contain_text("Marie recommends")
    expect(told.get_by_test_id("toast-action")).to_be_visible()


def send(console: Page) -> None:
    """From the text, past *Cancel*."""
    console.keyboard.press("Tab")
    console.keyboard.press("Tab")
    expect(console.get_by_test_id("dialog-confirm")).to_be_focused()
    console.keyboard.press("Enter")


def an_offer_to_who_asked(second: Page, page: Page) -> None:
    second.get_by_test_id("talk-questions").click()
    act(row(second, "question", "brush"), "offer")
    second.get_by_test_id("offer-text").fill("It is, and it is soft.")
    confirm(second)
    page.get_by_test_id("news-open").click()
    news = page.get_by_test_id("news-item")
    expect(news.filter(has_text="Lea Stern recommends: It is, and it is soft.")).to_be_visible()
    expect(news.filter(has_text="melts at once")).to_be_visible()
    page.keyboard.press("Escape")


def a_time_out_is_listed_and_lifted(console: Page, second: Page, page: Page, voice: Voice) -> None:
    window = open_tool(console, "people")
    one = standing(window, "time_out", "Ada")
    expect(one).to_have_count(0)
    second.get_by_test_id("talk-chat").click()
    act(row(second, "chat-message", "balm"), "chat-measure")
    expect(second.get_by_test_id("measure-erase")).to_have_count(0)
    second.get_by_test_id("kind-time-outs").check(force=True)
    second.get_by_test_id("measure-reason").fill("Be kind")
    confirm(second)
    for words in ("Be kind", "Lea Stern", " left"):
        expect(one).to_contain_text(words)
    expect(page.get_by_test_id("time-out-reason")).to_have_text("The moderators’ reason: Be kind")

    one.focus()
    console.keyboard.press("l")
    expect(one).to_have_count(0)
    expect(page.get_by_test_id("chat-timed-out")).to_have_count(0)
    undo(console, "Lifted for Ada")
    expect(one).to_contain_text("Be kind")
    expect(page.get_by_test_id("chat-timed-out")).to_be_visible()
    one.get_by_role("button", name="Lift").click()
    expect(one).to_have_count(0)
    leave(console)
    wait_until(lambda: voice.mine()["time_out_until"] is None, 10, "the time-out to be lifted")


def a_list_of_words_is_brought_along(console: Page, second: Page) -> None:
    """In the back office, beside the console; Lea's account doesn't open that."""
    window = open_tool(console, "words")
    with console.expect_popup() as opened:
        window.get_by_test_id("words-import").click()
    expect(opened.value.locator("input[type=file]")).to_be_visible()
    opened.value.close()
    leave(console)
    window = open_tool(second, "words")
    expect(window.get_by_test_id("word-test")).to_be_visible()
    expect(window.get_by_test_id("words-import")).to_have_count(0)
    leave(second)


def only_the_owner_erases(console: Page, second: Page, page: Page) -> None:
    act(row(console, "chat-message", "balm"), "chat-measure")
    confirm(console)
    window = open_tool(second, "people")
    expect(standing(window, "warning", "Ada")).to_be_visible()
    expect(window.locator("[data-testid^=erase-]")).to_have_count(0)
    expect(page.get_by_text("Which balm is for the night?").first).to_be_visible()

    act(row(console, "chat-message", "balm"), "chat-measure")
    console.get_by_test_id("measure-erase").click()
    erase = console.get_by_test_id("dialog-erase")
    expect(erase).to_contain_text("Erase Ada?")
    expect(erase.get_by_test_id("dialog-cancel")).to_be_focused()
    confirm(console)
    done = console.get_by_test_id("toast").filter(has_text="Erased")
    expect(done).to_have_text("Erased: 1 message, 1 question, 1 show.")
    expect(page.get_by_text("Which balm is for the night?")).to_have_count(0)
    expect(row(console, "chat-message", "balm")).to_have_count(0)
    leave(second)
    window = open_tool(second, "people")
    expect(standing(window, "warning", "Guest")).to_be_visible()
    expect(window).not_to_contain_text("Ada")
    leave(second)


def test_console_dialogs_are_accessible(stage: Stage) -> None:
    """Check each dialog in German with the longest words, light and dark."""
    stage.server.python(ROWS.replace("TITLE", repr("Spätschicht")))
    slug, review = "spatschicht", Review()
    marie = sign_in(stage, OWNER, "de")
    crowd = [stage.person() for _ in range(3)]
    console = marie.page(f"/console/shows/{slug}")
    expect(console.get_by_test_id("tool-people")).to_be_visible()
    for number, person in enumerate(crowd):  # first all: a time-out holds for their network
        Voice(person, slug, f"{NAME} {number}").say(f"{number}: {ENDLESS}")
    for number in range(len(crowd)):
        for kind in ("warnings", "time-outs", "shadows"):
            act(row(console, "chat-message", f"{number}:"), "chat-measure")
            console.get_by_test_id(f"kind-{kind}").check(force=True)
            console.get_by_test_id("measure-reason").fill(ENDLESS)
            confirm(console)

    window = open_tool(console, "people")
    expect(standing(window, "time_out")).to_have_count(3)
    review.look(console, "people-window-people", dark=True)
    window.get_by_test_id("people-filter").fill("wolken 2")
    expect(window.locator("li[data-testid^=person-]")).to_have_count(3)
    window.get_by_test_id("people-filter").fill("niemand")
    expect(window.locator("li[data-testid^=person-]")).to_have_count(0)
    review.look(console, "people-window-nobody")
    window.get_by_test_id("people-filter").fill("")
    window.locator("[data-testid^=erase-]").first.click()
    review.look(console, "people-window-erase", dark=True)
    leave(console)
    console.set_viewport_size(DESKTOP)
    for verb in ("chat-offer", "chat-measure"):
        act(row(console, "chat-message", "2:"), verb)
        review.look(console, f"people-window-{verb}", dark=True)
        leave(console)
        console.set_viewport_size(DESKTOP)
    review.check()
    assert marie.trouble == []
    for person in (marie, *crowd):
        person.close()
