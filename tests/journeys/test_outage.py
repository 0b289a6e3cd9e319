"""Outages of a launch night: the encoder drops, the server is killed, a phone is offline.
Nobody watching has to press anything."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import (
    Stage,
    end_show,
    highlight,
    make_show,
    say,
    start_show,
    stream_address,
)
from tests.support.browser import screenshot
from tests.support.picture import Picture
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.whole_machine, pytest.mark.timeout(400)]


def test_show_survives_loss_of_encoder_server_and_network(stage: Stage) -> None:
    producer, ada, bea = stage.staff(), stage.person(phone=True), stage.person()
    console = producer.page("/console/")
    slug = make_show(console, "Come what may")
    address = stream_address(console)
    encoder = stage.publish(address, size="640x360")
    wait_until(lambda: console.evaluate("() => !!document.querySelector('video')?.videoWidth"), 60)
    start_show(console)
    page = ada.page(f"/shows/{slug}")
    picture = Picture(page)
    picture.wait_playing()
    assert rungs(page) == [360, 240]

    encoder.kill()
    the_curtain_comes(page)
    screenshot(page, "journey-paused")
    encoder = stage.publish(address)
    the_picture_goes_on(page, picture)
    wait_until(lambda: rungs(page) == [720, 480, 360, 240], 20, "the larger picture's rungs")

    stage.server.kill()
    encoder.kill()
    stage.server.start()
    the_curtain_comes(page)
    encoder = stage.publish(address)
    the_picture_goes_on(page, picture)
    assert "#EXT-X-DISCONTINUITY" in playlist(stage, slug)

    nothing_is_missed_offline(stage, slug, page, bea.page(f"/shows/{slug}"))
    highlight(console, "Fan brush")
    encoder.kill()
    the_curtain_comes(page)
    highlight(console, "Evening lipstick")  # no picture will ever show it
    end_show(console)
    the_end_leads_on_to_the_replay(page)
    the_replay_counts_its_own_pictures(page, picture)
    for person in (producer, ada, bea):
        person.close()


def rungs(page: Page) -> list[int]:
    """Return the renditions that the player may choose from."""
    heights: list[int] = page.evaluate(
        "() => window.showfloor.player.state.qualities.map(({height}) => height)"
    )
    return heights


def the_curtain_comes(page: Page) -> None:
    expect(page.get_by_test_id("curtain")).to_be_visible(timeout=30_000)


def the_picture_goes_on(page: Page, picture: Picture) -> None:
    """Frames and picture times advance without a curtain and without anybody pressing anything."""
    before_ms = picture.program_ms() or 0
    wait_until(lambda: (picture.program_ms() or 0) > before_ms + 1500, 45, "later pictures")
    expect(page.get_by_test_id("curtain")).to_have_count(0, timeout=15_000)
    frames = picture.frames()
    wait_until(lambda: picture.frames() > frames + 10, 20, "new frames")


def the_end_leads_on_to_the_replay(page: Page) -> None:
    """Nobody is told to wait for a show that is over."""
    expect(page.get_by_test_id("curtain")).to_have_attribute("data-curtain", "ended")
    expect(page.get_by_test_id("more-shows")).to_be_visible()
    screenshot(page, "journey-ended")
    page.get_by_test_id("watch-again").click()


def the_replay_counts_its_own_pictures(page: Page, picture: Picture) -> None:
    """Every time that is told is a place in the recording: two outages are not in it."""
    wait_until(lambda: page.evaluate("() => window.showfloor.player.isRecording"), 30)
    picture.wait_playing()
    chapters = page.get_by_test_id("chapter")
    expect(chapters).to_have_count(1)
    expect(chapters).to_contain_text("Fan brush")
    told_s = clock_s(chapters.locator(".sf-chapter__time").text_content())
    at_ms = float(chapters.get_attribute("data-picture-ms") or 0)
    page.evaluate("ms => window.showfloor.player.seekToPicture(ms)", at_ms)
    wait_until(lambda: (picture.program_ms() or 0) >= at_ms - 500, 20, "the chapter's picture")
    told = page.locator(".sf-controls__time").text_content() or ""
    position, length = told.split("/")
    assert told_s <= clock_s(position) <= clock_s(length)
    shown_s = page.evaluate("() => window.showfloor.player.video.duration")
    assert abs(clock_s(length) - shown_s) <= 2
    expect(page.get_by_test_id("curtain")).to_have_count(0)


def clock_s(text: str | None) -> int:
    minutes, seconds = (text or "").strip().split(":")
    return int(minutes) * 60 + int(seconds)


def playlist(stage: Stage, slug: str) -> str:
    return stage.server.get(f"/hls/{slug}/360p.m3u8")


def nothing_is_missed_offline(stage: Stage, slug: str, offline: Page, other: Page) -> None:
    """What is said while a phone is offline is there when it comes back, once and in order."""
    say(other, "before", name="Bea")
    expect(offline.get_by_text("before", exact=True)).to_be_visible()
    offline.context.set_offline(True)
    for number in range(3):
        say(other, f"while away {number}")
        expect(other.get_by_text(f"while away {number}")).to_be_visible()
    offline.context.set_offline(False)
    for number in range(3):
        expect(offline.get_by_text(f"while away {number}")).to_have_count(1, timeout=40_000)
