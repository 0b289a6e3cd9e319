"""Release at the picture is mapped, not delayed: near the live edge and far behind it, a card comes
with the same picture. A timer, or a fixed delay, fails this. The live edge is where the picture
comes from at first, and HLS where the edge is refused, or has not got the picture any more."""

import re

import pytest
from playwright.sync_api import Page

from tests.journeys.stage import Stage, highlight, make_show, start_show, stream_address
from tests.support.picture import Picture
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.whole_machine, pytest.mark.timeout(300)]

SYNC_MS = 500


def keep_behind(viewer: Picture, preview: Picture) -> None:
    """Step the viewer back until the preview is ahead: a card cannot reach a picture that
    has been, and a busy machine can leave the preview seconds behind."""
    for _ in range(3):
        if (preview.clock_ms() or 0) - (viewer.clock_ms() or 0) > SYNC_MS:
            return
        viewer.step_back(2)


def is_at_edge(page: Page) -> bool:
    return bool(page.evaluate("() => window.showfloor.player.isAtEdge"))


def test_a_card_comes_with_the_same_picture_2_s_and_20_s_behind(stage: Stage) -> None:
    producer, near, far = stage.staff(), stage.person(), stage.person(phone=True)
    console = producer.page("/console/")
    slug = make_show(console, "At the picture", live_edge=True)
    far.context.route_web_socket(re.compile("/live-edge/"), lambda ws: ws.close(code=4503))
    stage.publish(stream_address(console))
    wait_until(lambda: console.evaluate("() => !!document.querySelector('video')?.videoWidth"), 60)
    start_show(console)
    pages = [near.page(f"/shows/{slug}"), far.page(f"/shows/{slug}")]
    pictures = [Picture(page) for page in pages]
    for picture in pictures:
        picture.wait_playing()
    assert [is_at_edge(page) for page in pages] == [True, False]
    pictures[1].step_back(18)
    pictures[0].step_back(2)
    wait_until(lambda: not is_at_edge(pages[0]), 10, "the picture of before, by HLS")
    pictures[0].wait_playing()
    keep_behind(pictures[0], Picture(console))

    highlight(console, "Night balm")
    wait_until(lambda: pictures[0].cards(), 30, "the card near the live edge")
    assert pictures[1].cards() == [], "far behind, its picture has not been yet"
    wait_until(lambda: pictures[1].cards(), 60, "the card far behind")

    came = [picture.cards()[0] for picture in pictures]
    assert came[0]["id"] == came[1]["id"]
    assert abs(came[0]["came"] - came[1]["came"]) <= SYNC_MS
    assert abs(came[0]["cameProgram"] - came[1]["cameProgram"]) <= SYNC_MS
    for person in (producer, near, far):
        person.close()
