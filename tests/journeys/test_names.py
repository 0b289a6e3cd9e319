"""A refused name: its bearer is told why in the name form, and loses
nothing of it."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage, make_show, say, start_show
from tests.support.axe import Review

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

REFUSED = "evil.com"


def test_refused_name_can_be_changed_in_the_composer(stage: Stage) -> None:
    producer, ada, bea = stage.staff(), stage.person(phone=True), stage.person()
    console = producer.page("/console/")
    slug = make_show(console, "An evening with names")
    start_show(console)  # without a picture: nothing waits for one
    chat, questions = ada.page(f"/shows/{slug}"), bea.page(f"/shows/{slug}")
    review = Review()

    say(chat, "Good evening", name=REFUSED)
    is_asked_for_another(chat, "message")
    review.look(chat, "name-refused", sizes=("phone",), dark=True)
    take_name(chat, "Ada")
    expect(chat.get_by_test_id("message").filter(has_text="Good evening")).to_contain_text("Ada")

    questions.get_by_test_id("tab-questions").click()
    questions.get_by_test_id("question-input").fill("Is it vegan?")
    questions.get_by_test_id("question-send").click()
    take_name(questions, REFUSED)
    is_asked_for_another(questions, "question")
    review.look(questions, "name-refused-question", sizes=("desktop",), dark=True)
    take_name(questions, "Bea")
    expect(questions.get_by_test_id("question").filter(has_text="vegan")).to_have_count(1)

    review.check()
    for person in (producer, ada, bea):
        person.close()


def take_name(page: Page, name: str) -> None:
    page.get_by_test_id("name-input").fill(name)
    page.get_by_test_id("name-save").click()


def is_asked_for_another(page: Page, kind: str) -> None:
    expect(page.get_by_test_id("name-error")).to_contain_text(f"without “{REFUSED}”")
    expect(page.get_by_test_id("name-input")).to_have_value(REFUSED)
    expect(page.get_by_test_id(kind)).to_have_count(0)
