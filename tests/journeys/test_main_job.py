"""The main job, end to end, with a real encoder and real browsers."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import (
    LAST_ONE,
    Stage,
    end_show,
    fill_details,
    highlight,
    make_show,
    pay,
    say,
    start_show,
    stream_address,
)
from tests.support.browser import screenshot
from tests.support.picture import Picture
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]

SYNC_MS = 500  # a card may be this far from its picture
RUDE = "rubbish, all of it"


def test_a_show_from_encoder_to_replay(stage: Stage) -> None:
    producer, ada, bea = stage.staff(), stage.person(phone=True), stage.person()
    console = producer.page("/console/")
    slug = make_show(console, "The evening edit")

    encoder = stage.publish(stream_address(console))
    see_preview_before_start(stage, console, slug)
    start_show(console)

    first, second = ada.page(f"/shows/{slug}"), bea.page(f"/shows/{slug}")
    picture = Picture(first)
    picture.wait_playing()
    Picture(second).wait_playing()

    picture.step_back(3)
    highlight(console, "Evening lipstick")
    card_came_at_its_picture(stage, slug, first, picture)
    screenshot(first, "journey-viewer-card")
    screenshot(console, "journey-console-live")

    a_rude_message_is_gone_for_everyone(stage, slug, console, first, second)
    the_last_one_is_sold_once(stage, first, second)
    an_order_mail_is_sent(stage)

    end_show(console)
    encoder.stop()
    the_recording_is_complete(stage, slug)
    the_replay_shows_the_card_at_the_same_moment(stage, slug, bea.page(f"/shows/{slug}"))
    for person in (producer, ada, bea):
        assert person.trouble == []
        person.close()


def see_preview_before_start(stage: Stage, console: Page, slug: str) -> None:
    """Staff see the picture and how it comes in; the public gets nothing before *Start*."""
    wait_until(
        lambda: console.evaluate("() => (document.querySelector('video')?.videoWidth ?? 0) > 0"),
        30,
        "the preview",
    )
    health = console.get_by_test_id("health")
    expect(health).to_contain_text(re.compile(r"1280\s×\s720 · H.264 \+ AAC"), timeout=20_000)
    # A busy machine sends unevenly: the order of magnitude is what the stream itself must show.
    words = re.compile(r"Mbit/s, [23]\d(\.\d)?\sframes/s, keyframe every [12]")
    expect(health).to_contain_text(words, timeout=20_000)
    answer = console.request.get(f"{stage.server.url}/hls/{slug}/index.m3u8")
    assert answer.status == 404
    answer = console.request.get(f"{stage.server.url}/hls/{slug}/preview/index.m3u8")
    assert answer.status in {401, 403}


def card_came_at_its_picture(stage: Stage, slug: str, page: Page, picture: Picture) -> None:
    """The card stands over the picture that the producer was looking at, by the burnt-in clock."""
    expect(page.get_by_test_id("highlight-card")).to_be_visible()
    (card,) = picture.cards()
    (asked,) = stage.server.get_json(f"/api/v1/shows/{slug}")["highlights"]
    wanted_ms = page.evaluate("iso => Date.parse(iso)", asked["started_at"])
    assert abs(card["cameProgram"] - wanted_ms) <= SYNC_MS
    # The clock was written by the encoder, program date time by the server a moment later.
    assert card["came"] is not None
    assert -SYNC_MS <= wanted_ms - card["came"] <= 2 * SYNC_MS


def a_rude_message_is_gone_for_everyone(
    stage: Stage, slug: str, console: Page, first: Page, second: Page
) -> None:
    say(first, RUDE, name="Ada")
    for page in (console, second):
        expect(page.get_by_text(RUDE)).to_be_visible()
    row = console.locator("[data-testid^=chat-message-]").filter(has_text=RUDE)
    row.hover()
    row.locator("[data-testid^=chat-delete-]").click()
    for page in (console, first, second):
        expect(page.get_by_text(RUDE)).to_have_count(0)
    for path in (
        f"/api/v1/shows/{slug}",
        f"/api/v1/shows/{slug}/entries?after=0",
        f"/shows/{slug}",
    ):
        assert RUDE not in console.request.get(stage.server.url + path).text()


def the_last_one_is_sold_once(stage: Stage, first: Page, second: Page) -> None:
    """Both put the last one into their carts; one buys it, the other is told."""
    for page in (first, second):
        card = page.get_by_test_id("highlight-card")
        card.get_by_test_id("card-variant").select_option(LAST_ONE)
        card.get_by_test_id("card-add").click()
        expect(page.get_by_test_id("cart-count").first).to_have_text(re.compile("1"))
    first.get_by_test_id("cart-open").first.click()
    first.get_by_test_id("checkout-start").click()
    fill_details(first)
    second.get_by_test_id("cart-open").first.click()
    expect(second.get_by_test_id("cart-line")).to_contain_text(
        re.compile("sold out", re.IGNORECASE)
    )
    expect(first.get_by_test_id("total")).to_have_text("€42.90")
    pay(first)
    expect(first.get_by_test_id("confirmation")).to_be_visible()
    expect(first.get_by_test_id("confirmation")).to_have_attribute(
        "data-outcome", "paid", timeout=15_000
    )
    before = Picture(first).frames()
    wait_until(lambda: Picture(first).frames() > before, 10, "the picture to go on beside checkout")
    screenshot(first, "journey-viewer-paid")
    screenshot(second, "journey-viewer-refused")


def an_order_mail_is_sent(stage: Stage) -> None:
    folder: Path = stage.server.data_dir / "mail"
    mail = wait_until(lambda: "".join(one.read_text("utf-8") for one in folder.glob("*")), 15)
    assert "To: ada@example.test" in mail
    assert mail.count("Message-ID:") == 1


def the_recording_is_complete(stage: Stage, slug: str) -> None:
    """At the same address, once the last segment is kept; its segments follow one another."""
    path = f"/hls/{slug}/360p.m3u8"
    wait_until(lambda: stage.server.get(path).rstrip().endswith("#EXT-X-ENDLIST"), 15, "the end")
    numbers = [
        int(n) for n in re.findall(r"^1/360p/(\d+)\.m4s$", stage.server.get(path), re.MULTILINE)
    ]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert len(numbers) > 5


def the_replay_shows_the_card_at_the_same_moment(stage: Stage, slug: str, page: Page) -> None:
    picture = Picture(page)
    picture.wait_playing()
    (asked,) = stage.server.get_json(f"/api/v1/shows/{slug}")["highlights"]
    wanted_ms = page.evaluate("iso => Date.parse(iso)", asked["started_at"])
    shown = page.get_by_test_id("shown-at")
    if not shown.first.is_visible():
        page.get_by_test_id("tab-products").click()
    shown.first.click()
    expect(page.get_by_test_id("highlight-card")).to_be_visible()
    wait_until(lambda: picture.clock_ms() is not None, 10, "the clock in the replay")
    clock_ms = picture.clock_ms()
    assert clock_ms is not None
    assert abs(clock_ms - wanted_ms) < 6_000
    card = picture.cards()[-1]
    assert -SYNC_MS <= card["cameProgram"] - wanted_ms <= 6_000
    screenshot(page, "journey-replay")
