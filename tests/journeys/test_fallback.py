"""A show without WebSockets: it works over server-sent events and over plain GETs."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.stage import Stage, make_show, say, start_show
from tests.journeys.talking import ModeratorApi, line
from tests.support.browser import Person, screenshot

pytestmark = [pytest.mark.journey, pytest.mark.timeout(200)]

# A proxy that knows no WebSockets: the handshake goes where there is none to be had.
_NO_HANDSHAKE = """
    window.WebSocket = class extends WebSocket {
        constructor(url) {
            super(new URL('/no-socket-here', url));
            window.tried = (window.tried ?? 0) + 1;
        }
    };
"""
# A content security policy that forbids WebSockets altogether.
_NO_SOCKET = "window.WebSocket = class { constructor() { throw new Error('forbidden'); } };"


def test_show_works_without_websockets(stage: Stage) -> None:
    producer, ada, bea, cleo = stage.staff(), stage.person(), stage.person(), stage.person()
    console = producer.page("/console/")
    slug = make_show(console, "An evening behind a proxy")
    start_show(console)  # without a picture: nothing waits for one
    desk = ModeratorApi(console, slug)
    bea.context.add_init_script(_NO_HANDSHAKE)
    cleo.context.add_init_script(_NO_SOCKET)
    cleo.context.route(re.compile(r"/timeline/[^/]+\?"), no_stream)
    pages = [person.page(f"/shows/{slug}") for person in (ada, bea, cleo)]
    for page, way in zip(pages, ("socket", "stream", "ticks"), strict=True):
        page.wait_for_function("way => sessionStorage.getItem('sf-way') === way", arg=way)

    everyone_reads_everyone(pages)
    expect(pages[1].get_by_test_id("viewer-count")).to_have_attribute("data-count", "2")
    each_has_a_vote(desk, pages)
    what_is_held_is_decided(desk, pages)
    what_is_for_one_is_told_to_them(desk, pages)
    the_next_page_begins_with_what_got_through(bea, pages[1])

    for person in (producer, ada, bea, cleo):
        assert person.trouble == []
        person.close()


def no_stream(route: Route) -> None:
    if route.request.headers.get("accept") == "text/event-stream":
        route.abort()
    else:
        route.continue_()


def everyone_reads_everyone(pages: list[Page]) -> None:
    said = {"Good evening": "Ada", "Good evening, too": "Bea", "And from me": "Cleo"}
    for page, (text, name) in zip(pages, said.items(), strict=True):
        say(page, text, name=name)
        expect(line(page, text).last).to_be_visible()
    for page in pages:
        for text in said:
            expect(page.get_by_text(text, exact=True)).to_have_count(1)
        expect(page.get_by_test_id("message")).to_have_count(3)


def each_has_a_vote(desk: ModeratorApi, pages: list[Page]) -> None:
    options = [{"text": "Fig"}, {"text": "Rosé"}]
    poll = desk.post("/polls", question="Which colour next?", options=options)["poll_id"]
    desk.post(f"/polls/{poll}/open")
    for place, page in enumerate(pages):
        option = page.get_by_test_id("poll-option").nth(place % 2)
        option.click()
        expect(option).to_have_attribute("aria-pressed", "true")
    for page in pages:
        expect(page.get_by_test_id("poll-option").nth(0)).to_have_attribute("data-count", "2")
        expect(page.get_by_test_id("poll-option").nth(1)).to_have_attribute("data-count", "1")
    desk.post(f"/polls/{poll}/close")
    for page in pages:
        expect(page.get_by_test_id("poll-foot")).to_contain_text("3 votes")
        page.get_by_test_id("poll-aside").click()


def what_is_held_is_decided(desk: ModeratorApi, pages: list[Page]) -> None:
    desk.rules(holds_links=True)
    _, *fallen = pages
    for page, text in zip(fallen, ("See www.maison.test", "Or www.cleo.test"), strict=True):
        say(page, text)
        mark = line(page, text).get_by_test_id("message-mark")
        expect(mark).to_have_attribute("data-mark", "held")
    for item in desk.call("GET", "/review"):
        decision = "approve" if "maison" in str(item) else "decline"
        desk.post(f"/review/{item['item_id']}/decide", decision=decision)
    bea, cleo = fallen
    for page in pages:
        expect(line(page, "maison.test")).to_have_count(1)
    expect(bea.get_by_test_id("message-mark")).to_have_count(0)
    cleo.get_by_test_id("heart").click()  # whoever does something asks at once
    mark = line(cleo, "cleo.test").get_by_test_id("message-mark")
    expect(mark).to_have_attribute("data-mark", "declined")
    for page in (pages[0], bea):
        expect(line(page, "cleo.test")).to_have_count(0)
    desk.rules()
    screenshot(cleo, "journey-fallback-ticks")


def what_is_for_one_is_told_to_them(desk: ModeratorApi, pages: list[Page]) -> None:
    _, *fallen = pages
    for page, text in zip(fallen, ("Good evening, too", "And from me"), strict=True):
        message = line(page, text).get_attribute("data-message-id")
        desk.post("/warnings", message_id=message, reason="Please be kind.")
    bea, cleo = fallen
    expect(bea.get_by_test_id("warning")).to_be_visible(timeout=5_000)  # it is pushed
    cleo.get_by_test_id("heart").click()
    expect(cleo.get_by_test_id("warning")).to_be_visible(timeout=5_000)
    screenshot(bea, "journey-fallback-stream")
    expect(pages[0].get_by_test_id("warning")).to_have_count(0)
    for page in fallen:
        page.get_by_test_id("warning-acknowledge").click()
        expect(page.get_by_test_id("warning")).to_have_count(0)


def the_next_page_begins_with_what_got_through(person: Person, page: Page) -> None:
    with page.expect_request(lambda asked: asked.headers.get("accept") == "text/event-stream"):
        page.reload()
    assert page.evaluate("() => window.tried ?? 0") == 0
    for text in ("Good evening", "Good evening, too", "And from me"):
        expect(page.get_by_text(text, exact=True)).to_have_count(1)
