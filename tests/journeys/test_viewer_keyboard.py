"""The viewer page without a mouse, and with one thumb: everything people do in a show can be
reached, the focus is never lost on the way, and a screen reader hears what it must, once."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage, open_notices
from tests.journeys.talking import ModeratorApi, line
from tests.journeys.voices import ROWS, Voice
from tests.support.axe import Review
from tests.support.browser import PHONE, screenshot
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

TABS_MAX = 60
WAITING = "Waiting for review"
SUMMARY = re.compile(r"\d+ new messages in the chat")

# Two hundred people say something within some seconds; of each tick a dozen messages are sent.
CROWD = """
import sys
import time
from showfloor.accounts.tokens import Claims
from showfloor.community.chat.posting import MessageResult, MessageRequest, say
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
show = Show.objects.all_brands().get(slug=sys.argv[1])
words = [f"Words of number {number}" for number in range(200)]
for part in range(0, 200, 10):
    due = time.monotonic() + 0.15
    answers = say(show.pk, [
        MessageRequest(Claims(f"m:{new_id()}", str(show.brand_id), "Someone"), new_id(), text)
        for text in words[part:part + 10]
    ])
    assert all(isinstance(one, MessageResult) for one in answers), answers
    time.sleep(max(0.0, due - time.monotonic()))
"""
# All that any live region of the page has come to say, in `told`.
LISTEN = """
window.told = [];
new MutationObserver((changes) => {
    for (const { target, addedNodes, type } of changes) {
        const place = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
        const region = place?.closest('[aria-live], [role=status], [role=alert], [role=timer]');
        if (!region || region.matches('[aria-live=off], [role=timer]')) continue;
        for (const node of type === 'characterData' ? [target] : addedNodes) {
            const text = node.nodeType === Node.COMMENT_NODE ? '' : node.textContent.trim();
            if (text) told.push({ by: region.dataset.testid ?? region.className, text });
        }
    }
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
FOCUSED = """() => {
    const one = document.activeElement;
    return one === document.body ? '' : one.dataset.testid || one.id || one.localName;
}"""


def told(page: Page, by: str = "") -> list[str]:
    every: list[dict[str, str]] = page.evaluate("told")
    return [one["text"] for one in every if by in ("", one["by"])]


def is_told(page: Page, words: str, by: str = "") -> None:
    """Told by now or soon; `is_told_once` looks whether it was more than that."""
    wait_until(lambda: any(words in text for text in told(page, by)), 15, f"told: {words}")


def focused(page: Page) -> str:
    return str(page.evaluate(FOCUSED))


def reach(page: Page, test_id: str, key: str = "Tab") -> None:
    """Go there as the keyboard does. Where the keyboard is caught, or the thing can't be reached,
    it ends with the way it went."""
    way = [focused(page)]
    while way[-1] != test_id:
        assert len(way) < TABS_MAX, f"{test_id} is not reached by {key}: {way}"
        page.keyboard.press(key)
        way.append(focused(page))


def has_focus(page: Page, test_id: str) -> None:
    wait_until(lambda: focused(page) == test_id, 5, f"the focus on {test_id}")


def the_show(stage: Stage, title: str) -> tuple[str, ModeratorApi, Any]:
    stage.server.python(ROWS.replace("TITLE", repr(title)))
    slug = title.lower().replace(" ", "-")
    producer = stage.staff()
    return slug, ModeratorApi(producer.page(f"/console/shows/{slug}"), slug), producer


def test_viewer_page_works_by_keyboard_alone(stage: Stage) -> None:
    slug, desk, producer = the_show(stage, "Hands off the mouse")
    ada, bea = stage.person(), stage.person()
    voice = Voice(bea, slug, "Bea")
    voice.say("Is it good for dry skin?")
    voice.ask("Is it vegan?")
    ada.context.add_init_script(LISTEN)
    page = ada.page(f"/shows/{slug}")
    expect(line(page, "dry skin")).to_be_visible()

    the_way_leads_through_the_page_and_out(page)
    a_message_is_written_and_answered(page)
    hearts_and_others_are_given(page)
    a_message_is_reported(page)
    a_question_is_asked_and_another_wanted(page, desk)
    a_poll_is_answered(page, desk)
    a_product_is_looked_at(page)
    what_waits_is_told(page, desk)
    a_warning_is_acknowledged(page, desk)
    a_time_out_takes_the_field_and_not_the_focus(page, desk)
    a_crowd_is_counted_and_not_read_out(stage, slug, page)
    for person in (producer, ada, bea):
        assert person.trouble == []
        person.close()


def the_way_leads_through_the_page_and_out(page: Page) -> None:
    way: list[str] = []
    while not way or focused(page):
        assert len(way) < TABS_MAX, f"no way out: {way}"
        page.keyboard.press("Tab")
        way.append(focused(page))
    assert {"tab-chat", "cart-open", "chat", "chat-input", "heart"} <= set(way)
    screenshot(page, "keyboard-start")


def a_message_is_written_and_answered(page: Page) -> None:
    reach(page, "chat-input")
    page.keyboard.type("Good evening")
    page.keyboard.press("Enter")
    has_focus(page, "name-input")
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    expect(line(page, "Good evening")).to_be_visible()
    has_focus(page, "chat-input")
    to_the_message(page, "dry skin")
    page.keyboard.press("Enter")
    has_focus(page, "message-reply")
    screenshot(page, "keyboard-actions")
    page.keyboard.press("Escape")
    has_focus(page, "message")
    page.keyboard.press("r")
    has_focus(page, "chat-input")
    expect(page.get_by_test_id("reply-to")).to_contain_text("dry skin")
    page.keyboard.type("It is")
    reach(page, "chat-send")
    page.keyboard.press("Enter")
    expect(line(page, "It is").get_by_test_id("message-quote")).to_contain_text("dry skin")
    has_focus(page, "chat-input")  # the button is off until something is written


def to_the_message(page: Page, words: str) -> None:
    """From the list of messages by arrows, from the last one up."""
    reach(page, "chat", "Shift+Tab")
    page.keyboard.press("End")
    for _ in range(TABS_MAX):
        if words in page.evaluate("document.activeElement.textContent"):
            return
        page.keyboard.press("ArrowUp")
    pytest.fail(f"no message says {words}")


def hearts_and_others_are_given(page: Page) -> None:
    heart = page.get_by_test_id("heart")
    reach(page, "heart")
    page.keyboard.press("Enter")
    expect(heart).to_have_attribute("data-total", "1")
    page.keyboard.press("ArrowUp")
    has_focus(page, "react-clap")
    page.keyboard.press("Space")
    expect(heart).to_have_attribute("data-total", "2")
    page.keyboard.press("Escape")
    has_focus(page, "heart")
    expect(heart).to_have_accessible_name("Heart")
    expect(heart).to_have_accessible_description("2 so far")


def a_message_is_reported(page: Page) -> None:
    to_the_message(page, "dry skin")
    page.keyboard.press("Enter")
    reach(page, "message-report")
    page.keyboard.press("Enter")
    has_focus(page, "report-spam")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    is_told(page, "The moderators will look at it.")
    has_focus(page, "message")


def a_question_is_asked_and_another_wanted(page: Page, desk: ModeratorApi) -> None:
    reach(page, "tab-chat", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    has_focus(page, "tab-questions")
    reach(page, "question-vote")
    vote = page.get_by_test_id("question-vote")
    expect(vote).to_have_accessible_name("I’d like to know, too")
    expect(vote).to_have_accessible_description("1 person wants to know")
    page.keyboard.press("Enter")
    expect(vote).to_have_attribute("aria-pressed", "true")
    expect(vote).to_have_accessible_description("2 people want to know")
    expect(vote).to_have_accessible_name("I’d like to know, too")
    has_focus(page, "question-vote")
    reach(page, "question-input")
    page.keyboard.type("Does it smudge?")
    reach(page, "question-send")
    page.keyboard.press("Enter")
    mine = page.get_by_test_id("question").filter(has_text="smudge")
    expect(mine).to_be_visible()
    has_focus(page, "question-input")
    answered_on_air_and_in_writing(page, desk)


def answered_on_air_and_in_writing(page: Page, desk: ModeratorApi) -> None:
    """The words do not take away the way to the moment; neither where the news of it stands."""
    asked = {one["text"]: one["question_id"] for one in desk.call("GET", "/questions")}
    mine = asked["Does it smudge?"]
    desk.post(f"/questions/{mine}/answer", how="on_air")
    desk.post(f"/questions/{mine}/answer", how="public", text="Never.")
    answered = page.get_by_test_id("question").filter(has_text="smudge")
    expect(answered.get_by_test_id("question-answer")).to_contain_text("Never.")
    expect(answered.get_by_test_id("question-watch")).to_be_visible()
    screenshot(page, "keyboard-answered")
    reach(page, "news-open", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("panel")).to_be_visible()
    news = page.get_by_test_id("news-item").filter(has_text="Never.")
    expect(news.get_by_role("button", name="Watch the answer")).to_be_visible()
    page.keyboard.press("Escape")
    has_focus(page, "news-open")


def a_poll_is_answered(page: Page, desk: ModeratorApi) -> None:
    """A quiz with two right answers, of which one is known."""
    options = [{"text": text, "is_right": text != "Fig"} for text in ("Rose", "Fig", "Oud")]
    quiz = desk.post(
        "/polls", question="What is in it?", options=options, is_quiz=True, choices_max=2
    )["poll_id"]
    desk.post(f"/polls/{quiz}/open")
    is_told(page, "New poll: What is in it?", "said")
    reach(page, "poll-option", "Shift+Tab" if focused(page) == "news-open" else "Tab")
    option = page.locator("[data-testid=poll-option]:focus")
    page.keyboard.press("Space")
    expect(option).to_have_attribute("aria-pressed", "true")
    reach(page, "poll-vote")
    page.keyboard.press("Enter")
    foot = page.get_by_test_id("poll-foot")
    expect(foot).to_contain_text("1 vote")
    has_focus(page, "poll-option")
    desk.post(f"/polls/{quiz}/close")
    expect(foot).to_have_text("Partly right.")
    has_focus(page, "poll-aside")
    screenshot(page, "keyboard-quiz")
    page.keyboard.press("Enter")
    has_focus(page, "poll-put-back")
    is_told(page, "The poll is closed: What is in it?", "said")


def a_product_is_looked_at(page: Page) -> None:
    reach(page, "tab-questions", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    has_focus(page, "tab-products")
    reach(page, "product-open")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("product-name")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    reach(page, "product-add")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("cart-count")).to_have_text("1")
    has_focus(page, "product-add")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("panel")).to_have_count(0)
    has_focus(page, "product-open")
    reach(page, "cart-open", "Shift+Tab")
    page.keyboard.press("Enter")
    reach(page, "line-less")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("cart-line")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    has_focus(page, "cart-open")


def what_waits_is_told(page: Page, desk: ModeratorApi) -> None:
    """A message and a question that a moderator has to look at, and does not let in."""
    desk.rules(holds_links=True)
    reach(page, "tab-products", "Shift+Tab")
    page.keyboard.press("ArrowLeft")
    reach(page, "question-input")
    page.keyboard.type("Is it on www.maison.test?")
    reach(page, "question-send")
    page.keyboard.press("Enter")
    mine = page.get_by_test_id("question").filter(has_text="maison.test")
    expect(mine).to_contain_text(WAITING)
    is_told(page, WAITING, "said")
    (item,) = [one for one in desk.call("GET", "/review") if one["reason"] != "reported"]
    desk.post(f"/review/{item['item_id']}/decide", decision="decline")
    expect(mine).to_have_attribute("data-state", "dismissed")
    expect(mine).to_contain_text("Not taken up this time")
    is_told(page, "Your question wasn’t taken up this time")
    screenshot(page, "keyboard-dismissed")

    reach(page, "tab-questions", "Shift+Tab")
    page.keyboard.press("ArrowLeft")
    reach(page, "chat-input")
    page.keyboard.type("Come to www.elsewhere.test")
    page.keyboard.press("Enter")
    expect(line(page, "elsewhere")).to_contain_text(WAITING)
    wait_until(lambda: told(page, "said").count(WAITING) == 2, 15, "told that it waits, too")
    (item,) = [one for one in desk.call("GET", "/review") if one["reason"] != "reported"]
    desk.post(f"/review/{item['item_id']}/decide", decision="decline")
    is_told(page, "One of your messages wasn’t published.")
    desk.rules()


def a_warning_is_acknowledged(page: Page, desk: ModeratorApi) -> None:
    has_focus(page, "chat-input")
    message = line(page, "Good evening").get_attribute("data-message-id")
    desk.post("/warnings", message_id=message, reason="Please be kind.")
    expect(page.get_by_test_id("warning-reason")).to_have_text("Please be kind.")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    has_focus(page, "chat-warned")
    reach(page, "warning-open")
    page.keyboard.press("Enter")
    reach(page, "warning-acknowledge")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("warning")).to_have_count(0)
    has_focus(page, "chat-input")


def a_time_out_takes_the_field_and_not_the_focus(page: Page, desk: ModeratorApi) -> None:
    message = line(page, "Good evening").get_attribute("data-message-id")
    desk.post("/time-outs", message_id=message, minutes=5, reason="")
    closed = page.get_by_test_id("chat-timed-out")
    expect(closed).to_contain_text("You can write again at")
    has_focus(page, "chat-timed-out")
    expect(closed.get_by_role("status")).to_contain_text("You can write again at")
    screenshot(page, "keyboard-timed-out")
    before = len(told(page))
    figures = closed.get_by_role("timer")
    seen = figures.inner_text()
    expect(figures).not_to_have_text(seen)
    assert len(told(page)) == before  # the seconds are seen, and not said each
    (entry,) = [one for one in desk.call("GET", "/audit") if one["action"].startswith("time")][:1]
    desk.post(f"/audit/{entry['audit_id']}/undo")
    expect(closed).to_have_count(0)
    has_focus(page, "chat-input")


def a_crowd_is_counted_and_not_read_out(stage: Stage, slug: str, page: Page) -> None:
    before = len(told(page))
    stage.server.python(CROWD, slug)
    heard_of = "showfloor.timeline.view.messages.length"
    wait_until(lambda: page.evaluate(heard_of) > 20, 20, "the crowd’s words")
    wait_until(lambda: any(map(SUMMARY.fullmatch, told(page)[before:])), 35, "a summary")
    heard = told(page)[before:]
    assert all(SUMMARY.fullmatch(text) for text in heard), heard
    assert len(heard) <= 2, heard
    said = told(page)
    for once in ("New poll: What is in it?", "The poll is closed: What is in it?"):
        assert said.count(once) == 1, said
    assert sum("wasn’t published" in text for text in said) == 1, said
    assert sum("wasn’t taken up" in text for text in said) == 1, said


def test_viewer_page_works_with_one_thumb(stage: Stage) -> None:
    slug, desk, producer = the_show(stage, "In one hand")
    ada, bea = stage.person(phone=True), stage.person()
    Voice(bea, slug, "Bea").say("Is it good for dry skin?")
    page = ada.page(f"/shows/{slug}")
    expect(line(page, "dry skin")).to_be_visible()
    poll = desk.post("/polls", question="Which next?", options=[{"text": "Fig"}, {"text": "Oud"}])
    desk.post(f"/polls/{poll['poll_id']}/open")
    expect(page.get_by_test_id("notices-open")).to_contain_text("Which next?")
    review = Review()
    review.look(page, "one-thumb", sizes=("phone",), dark=True)
    page.set_viewport_size(PHONE)
    within_the_thumb(page, "chat-input", "heart", "products-open", "cart-open")
    open_notices(page)
    big_enough(page, "poll-option", "notices-open", "questions-open", "rail-open", "rail-add")
    review.look(page, "one-thumb-notices", sizes=("phone",), dark=True)
    page.set_viewport_size(PHONE)
    page.get_by_test_id("poll-aside").click()
    has_focus(page, "notices-open")
    sheets = {"questions-open": "question-input", "products-open": "product-open"}
    for opener, leads_to in sheets.items():
        page.get_by_test_id(opener).click()
        expect(page.get_by_test_id(leads_to).first).to_be_visible()
        review.look(page, f"one-thumb-{opener}", sizes=("phone",), dark=True)
        page.set_viewport_size(PHONE)
        page.keyboard.press("Escape")
        has_focus(page, opener)
    review.check()
    for person in (producer, ada, bea):
        assert person.trouble == []
        person.close()


def big_enough(page: Page, *test_ids: str) -> None:
    """Check that a thumb hits the controls."""
    for test_id in test_ids:
        box = page.get_by_test_id(test_id).first.bounding_box()
        assert box is not None, test_id
        assert min(box["width"], box["height"]) >= 44, f"{test_id} is small: {box}"


def within_the_thumb(page: Page, *test_ids: str) -> None:
    """Check that controls are in the lower half and big enough for a thumb."""
    for test_id in test_ids:
        box = page.get_by_test_id(test_id).first.bounding_box()
        assert box is not None, test_id
        assert box["y"] >= PHONE["height"] / 2, f"{test_id} is out of reach: {box}"
    big_enough(page, *test_ids)
