"""Who comes back to a show: what was read stays read, and nobody can tell that only they see what
they say."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage, make_show, say, start_show
from tests.journeys.talking import ModeratorApi, line
from tests.support.browser import screenshot

pytestmark = [pytest.mark.journey, pytest.mark.timeout(200)]


def test_returning_viewer_finds_everything_as_it_was(stage: Stage) -> None:
    producer, ada, bea = stage.staff(), stage.person(phone=True), stage.person()
    console = producer.page("/console/")
    slug = make_show(console, "Once more")
    start_show(console)
    desk = ModeratorApi(console, slug)
    first, second = ada.page(f"/shows/{slug}"), bea.page(f"/shows/{slug}")
    say(first, "Good evening", name="Ada")
    said = line(second, "Good evening")
    expect(said).to_have_count(1)
    message_id = said.get_attribute("data-message-id")

    a_warning_is_read_once(desk, first, message_id)
    what_only_she_sees_looks_like_the_rest(desk, first, second, message_id)
    for person in (producer, ada, bea):
        assert person.trouble == []


def a_warning_is_read_once(desk: ModeratorApi, first: Page, message_id: str | None) -> None:
    desk.post("/warnings", message_id=message_id, reason="Be kind")
    expect(first.get_by_test_id("warning-reason")).to_have_text("Be kind")
    first.get_by_test_id("warning-acknowledge").click()
    expect(first.get_by_test_id("warning")).to_have_count(0)
    first.reload()
    expect(line(first, "Good evening")).to_have_count(1)
    say(first, "I am sorry")
    expect(line(first, "I am sorry")).to_have_count(1)
    expect(first.get_by_test_id("warning")).to_have_count(0)


def what_only_she_sees_looks_like_the_rest(
    desk: ModeratorApi, first: Page, second: Page, message_id: str | None
) -> None:
    desk.post("/shadows", message_id=message_id, reason="troll", minutes=5)
    say(first, "Nobody hears this")
    say(second, "Is anybody there?", name="Bea")
    expect(line(second, "Is anybody there?")).to_have_count(1)
    expect(line(second, "Nobody hears this")).to_have_count(0)
    first.reload()
    expect(line(first, "Is anybody there?")).to_have_count(1)
    words = first.get_by_test_id("message").locator(".sf-message__text")
    expect(words).to_have_text(
        ["Good evening", "I am sorry", "Nobody hears this", "Is anybody there?"]
    )
    looks = {line(first, text).get_attribute("class") for text in ("sorry", "Nobody hears")}
    assert len(looks) == 1
    line(first, "Nobody hears").locator(".sf-message__text").tap()
    first.get_by_test_id("message-reply").click()
    say(first, "Not even this")
    first.reload()
    expect(line(first, "Not even this").get_by_test_id("message-quote")).to_contain_text("Nobody")
    screenshot(first, "journey-come-back")
