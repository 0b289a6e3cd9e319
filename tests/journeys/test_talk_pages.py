"""The states of talk in a show, looked at with axe, on small screens and in the dark."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage, make_show, open_notices, say, start_show
from tests.journeys.talking import ModeratorApi, line
from tests.support.axe import Review
from tests.support.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def test_talk_in_a_show_is_accessible(stage: Stage) -> None:
    producer, ada = stage.staff(), stage.person()
    console = producer.page("/console/")
    slug = make_show(console, "An evening for everyone")
    start_show(console)  # without a picture: nothing waits for one
    desk = ModeratorApi(console, slug)
    page = ada.page(f"/shows/{slug}")
    say(page, "Good evening", name="Ada")
    message = line(page, "Good evening").get_attribute("data-message-id")
    review = Review()
    talk_with_everything(desk, page, message)
    review.look(page, "talk", sizes=("phone", "turned", "desktop"), dark=True)
    page.set_viewport_size(PHONE)
    open_notices(page)
    expect(page.get_by_test_id("poll-option")).to_have_count(2)
    review.look(page, "talk-notices", sizes=("phone", "turned"), dark=True)
    page.set_viewport_size(DESKTOP)
    page.get_by_test_id("poll-aside").click()
    page.get_by_test_id("emoji-open").click()
    page.get_by_test_id("heart").click()
    review.look(page, "talk-writing", dark=True)
    a_question_answered_in_writing(desk, page)
    review.look(page, "talk-questions", sizes=("desktop",), dark=True)
    page.get_by_test_id("news-open").click()
    review.look(page, "talk-news", dark=True)
    desk.post("/warnings", message_id=message, reason="Please be kind.")
    expect(page.get_by_test_id("warning")).to_be_visible()
    review.look(page, "talk-warning", dark=True)
    review.check()
    for person in (producer, ada):
        assert person.trouble == []
        person.close()


def talk_with_everything(desk: ModeratorApi, page: Page, message: str | None) -> None:
    """A pinned comment, a banner, a quiz that was answered, and a message's actions."""
    desk.post("/pin", message_id=message)
    desk.post("/announcements", text="Free shipping", url="https://maison.test/shipping")
    options = [{"text": "Twelve"}, {"text": "Forty", "is_right": True}]
    quiz = desk.post("/polls", question="How many petals?", options=options, is_quiz=True)
    desk.post(f"/polls/{quiz['poll_id']}/open")
    page.get_by_test_id("poll-option").first.click()
    expect(page.get_by_test_id("poll-option").first).to_have_attribute("data-count", "1")
    line(page, "Good evening").last.hover()
    page.get_by_test_id("message-menu").last.click()
    expect(page.get_by_test_id("message-reply")).to_be_visible()


def a_question_answered_in_writing(desk: ModeratorApi, page: Page) -> None:
    page.set_viewport_size(DESKTOP)
    page.get_by_test_id("tab-questions").click()
    for text in ("Is it vegan?", "Does it last?"):
        page.get_by_test_id("question-input").fill(text)
        page.get_by_test_id("question-send").click()
        expect(page.get_by_test_id("question").filter(has_text=text)).to_have_count(1)
    first, second = (one["question_id"] for one in desk.call("GET", "/questions"))
    desk.post(f"/questions/{first}/answer", how="public", text="Every part of it.")
    desk.post(f"/questions/{second}/pick")
    expect(page.get_by_test_id("question-answer")).to_be_visible()
    expect(page.get_by_test_id("question-picked")).to_be_visible()
