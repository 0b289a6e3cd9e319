"""People take part in a show, in real browsers: they reply, ask, vote and react, and they see what
they are told when they may not."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage, make_show, open_notices, say, start_show, stream_address
from tests.journeys.talking import ModeratorApi, line
from tests.support.browser import screenshot
from tests.support.picture import Picture
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.whole_machine, pytest.mark.timeout(400)]


def test_people_talk_ask_vote_and_react(stage: Stage) -> None:
    producer, ada, bea = stage.staff(), stage.person(phone=True), stage.person()
    console = producer.page("/console/")
    slug = make_show(console, "An evening of questions")
    encoder = stage.publish(stream_address(console))
    start_show(console)
    desk = ModeratorApi(console, slug)
    # One of them has a picture, for which things wait; on the other's line none gets through, so
    # that nothing waits. (A machine that encodes a show has no strength to play it four times.)
    for one in (producer, bea):
        one.context.route("**/hls/**", lambda route: route.abort())
    console.reload()
    first, second = ada.page(f"/shows/{slug}"), bea.page(f"/shows/{slug}")
    Picture(first).wait_playing()

    an_answer_names_whom_it_answers(first, second)
    a_comment_is_pinned_and_news_is_told(desk, first, second)
    a_question_is_wanted_picked_and_answered(desk, first, second)
    the_answer_stands_at_its_product(desk, first)
    one_person_has_one_vote(desk, ada.page(f"/shows/{slug}"), first, second)
    hearts_are_counted_for_everyone(first, second)
    slow_mode_is_counted_down(desk, first)
    a_held_message_waits_with_its_author(desk, first, second)

    encoder.stop()
    for person in (producer, ada, bea):
        assert person.trouble == []
        person.close()


def an_answer_names_whom_it_answers(first: Page, second: Page) -> None:
    say(first, "Is it good for dry skin?", name="Ada")
    asked = line(second, "dry skin")
    asked.hover()
    asked.get_by_test_id("message-menu").click()
    second.get_by_test_id("message-reply").click()
    expect(second.get_by_test_id("reply-to")).to_contain_text("Is it good for dry skin?")
    field = second.get_by_test_id("chat-input")
    field.fill("Yes, very, @ad")
    expect(second.get_by_test_id("mention-choice")).to_have_text(re.compile("@Ada"))
    field.press("Enter")
    expect(field).to_have_value("Yes, very, @Ada ")
    field.press("Enter")
    second.get_by_test_id("name-input").fill("Bea")
    second.get_by_test_id("name-save").click()
    answer = line(first, "Yes, very,")
    expect(answer.get_by_test_id("message-quote")).to_contain_text("Is it good for dry skin?")
    expect(answer).to_have_class(re.compile("sf-message--for-you"))
    screenshot(first, "journey-talk-answer")


def a_comment_is_pinned_and_news_is_told(desk: ModeratorApi, first: Page, second: Page) -> None:
    pinned = line(first, "Yes, very,").get_attribute("data-message-id")
    desk.post("/pin", message_id=pinned)
    banner = desk.post("/announcements", text="Free shipping until midnight")
    open_notices(first)
    for page in (first, second):
        expect(page.get_by_test_id("pinned")).to_contain_text("Yes, very,")
        expect(page.get_by_test_id("announcement")).to_contain_text("Free shipping")
    second.get_by_test_id("announcement-close").click()
    expect(second.get_by_test_id("announcement")).to_have_count(0)
    desk.call("DELETE", f"/announcements/{banner['id']}")
    desk.call("DELETE", "/pin")
    for page in (first, second):
        expect(page.get_by_test_id("pinned")).to_have_count(0)
    expect(first.get_by_test_id("announcement")).to_have_count(0)
    expect(first.get_by_test_id("notices-open")).to_have_count(0)


def a_question_is_wanted_picked_and_answered(desk: ModeratorApi, first: Page, second: Page) -> None:
    first.get_by_test_id("questions-open").click()
    first.get_by_test_id("question-input").fill("Does it last through dinner?")
    first.get_by_test_id("question-send").click()
    mine = first.get_by_test_id("question")
    expect(mine).to_contain_text("Does it last through dinner?")

    second.get_by_test_id("tab-questions").click()
    theirs = second.get_by_test_id("question")
    wish = theirs.get_by_test_id("question-vote")
    expect(wish).to_have_attribute("aria-pressed", "false")
    wish.click()
    expect(wish).to_have_attribute("aria-pressed", "true")
    for page in (first, second):
        vote = page.get_by_test_id("question-vote")
        expect(vote).to_have_attribute("data-votes", "2")

    question = desk.call("GET", "/questions")[0]["question_id"]
    desk.post(f"/questions/{question}/pick")
    for one in (mine, theirs):
        expect(one).to_have_attribute("data-state", "picked")
    expect(first.get_by_test_id("toast").first).to_contain_text("being answered now")
    desk.post(f"/questions/{question}/answer", how="on_air")
    for one in (mine, theirs):
        expect(one.get_by_test_id("question-watch")).to_be_visible()
    screenshot(second, "journey-talk-questions")
    second.get_by_test_id("tab-chat").click()
    first.get_by_test_id("panel-close").click()


def the_answer_stands_at_its_product(desk: ModeratorApi, page: Page) -> None:
    """From its picture on, and leads back there; what was answered in writing stands with it."""
    rows = page.get_by_test_id("product-row")
    page.get_by_test_id("products-open").click()
    product = rows.first.get_attribute("data-product-id")
    rows.first.get_by_test_id("product-open").click()
    expect(page.get_by_test_id("answers")).to_have_count(0)
    page.get_by_test_id("panel-close").click()
    questions = {}
    for text in ("Is it vegan?", "Does it smudge?"):
        questions[text] = page.evaluate(
            "([text, product]) => showfloor.timeline.send('question', {text, product_id: product})",
            [text, product],
        )["question_id"]
    desk.post(f"/questions/{questions['Does it smudge?']}/answer", how="public", text="Never.")
    desk.post(f"/questions/{questions['Is it vegan?']}/answer", how="on_air")
    page.get_by_test_id("products-open").click()
    rows.first.get_by_test_id("product-open").click()
    expect(page.get_by_test_id("answer")).to_have_count(2)
    expect(page.get_by_test_id("answer-text")).to_have_text("Never.")
    moment = page.get_by_test_id("answered-at")
    expect(moment).to_have_text(re.compile(r"Answered at \d+:\d\d"))
    at_ms = int(moment.get_attribute("data-picture-ms") or 0)
    picture = Picture(page)
    wait_until(lambda: (picture.program_ms() or 0) > at_ms + 4000, 20, "pictures after the answer")
    screenshot(page, "journey-talk-product-answers")
    moment.click()
    wait_until(lambda: abs((picture.clock_ms() or 0) - at_ms) < 3000, 15, "the answer's moment")
    page.evaluate("showfloor.player.seekToLive()")


def one_person_has_one_vote(desk: ModeratorApi, other_tab: Page, first: Page, second: Page) -> None:
    poll = desk.post(
        "/polls", question="Which colour next?", options=[{"text": "Fig"}, {"text": "Rosé"}]
    )["poll_id"]
    desk.post(f"/polls/{poll}/open")
    for phone in (first, other_tab):
        expect(phone.get_by_test_id("notices-open")).to_contain_text("Which colour next?")
        expect(phone.get_by_test_id("poll-option")).to_have_count(0)
        open_notices(phone)
    options = {page: page.get_by_test_id("poll-option") for page in (first, other_tab, second)}
    for page, found in options.items():
        expect(found).to_have_count(2)
        expect(found.first).to_be_enabled()
        assert page.get_by_test_id("poll").get_attribute("data-poll-id") == poll
    options[first].nth(0).click()
    expect(options[first].nth(0)).to_have_attribute("aria-pressed", "true")
    options[other_tab].nth(1).click()  # the same person thinks again, in another tab
    options[second].nth(0).click()
    expect(options[second].nth(0)).to_have_attribute("data-count", "1")
    expect(options[second].nth(1)).to_have_attribute("data-count", "1")
    screenshot(first, "journey-talk-poll")
    desk.post(f"/polls/{poll}/close")
    for page in (first, second):
        expect(page.get_by_test_id("poll-foot")).to_contain_text("2 votes")
        expect(page.get_by_test_id("poll-option").first).to_be_disabled()
        page.get_by_test_id("poll-aside").click()
    other_tab.close()


def hearts_are_counted_for_everyone(first: Page, second: Page) -> None:
    for _ in range(3):
        first.get_by_test_id("heart").click()
    expect(first.get_by_test_id("heart")).to_have_attribute("data-total", "3")
    first.get_by_test_id("react-clap").click()
    for page in (first, second):
        expect(page.get_by_test_id("heart")).to_have_attribute("data-total", "4")


def slow_mode_is_counted_down(desk: ModeratorApi, first: Page) -> None:
    desk.rules(slow_s=6)
    expect(first.get_by_test_id("slow-mode")).to_be_visible()
    say(first, "One thing at a time")
    expect(line(first, "One thing at a time")).to_have_count(1)
    first.get_by_test_id("chat-input").fill("and then another")
    send = first.get_by_test_id("chat-send")
    expect(send).to_be_disabled()
    expect(first.get_by_test_id("chat-wait")).to_have_text(re.compile("^[1-6]$"))
    expect(first.get_by_test_id("chat-input")).to_have_value("and then another")
    expect(send).to_be_enabled()
    send.click()
    expect(line(first, "and then another")).to_have_count(1)
    desk.rules()
    expect(first.get_by_test_id("slow-mode")).to_have_count(0)


def a_held_message_waits_with_its_author(desk: ModeratorApi, first: Page, second: Page) -> None:
    desk.rules(holds_links=True)
    say(second, "It is on www.maison.test, too")
    held = line(second, "maison.test")
    expect(held.get_by_test_id("message-mark")).to_have_attribute("data-mark", "held")
    expect(line(first, "maison.test")).to_have_count(0)
    (item,) = desk.call("GET", "/review")
    desk.post(f"/review/{item['item_id']}/decide", decision="approve")
    for page in (first, second):
        expect(line(page, "maison.test")).to_have_count(1)
    expect(second.get_by_test_id("message-mark")).to_have_count(0)
    screenshot(second, "journey-talk-held")
