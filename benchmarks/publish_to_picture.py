"""From the encoder being let in to the first picture that a waiting viewer's Chromium decodes.

The viewer has the page open, with the *paused* curtain, before the encoder starts. The baseline of
the same run: what the server itself needs to list a first segment, seen by a plain HTTP client.
"""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.live_show import live_show
from tests.journeys.stage import Stage
from tests.support.picture import Picture
from tests.support.waiting import wait_until

ROUNDS = 5
ACCEPTED = "broadcast_accepted"
FIGURES = (
    "publish_to_picture_s", "publish_to_picture_worst_s", "publish_to_segment_s",
)  # fmt: skip


def run() -> Iterator[Figure]:
    with live_show() as (stage, slug, address):
        rounds = [_round(stage, slug, address) for _ in range(ROUNDS)]
    to_picture = [picture for picture, _segment in rounds]
    to_segment = [segment for _picture, segment in rounds]
    yield Figure("publish_to_picture_s", percentile(to_picture, 0.5), "s")
    yield Figure("publish_to_picture_worst_s", max(to_picture), "s")
    yield Figure("publish_to_segment_s", percentile(to_segment, 0.5), "s")


def _round(stage: Stage, slug: str, address: str) -> tuple[float, float]:
    """Return the seconds from *accepted* to the first new picture, and to the first new segment
    in the playlist."""
    viewer = stage.person()
    picture = Picture(viewer.page(f"/shows/{slug}"))
    listed = _Listed(f"{stage.server.url}/hls/{slug}/360p.m3u8")
    accepted = _accepted(stage.server.log_path)
    encoder = stage.publish(address)
    wait_until(lambda: _accepted(stage.server.log_path) > accepted, 30, "the encoder to be let in")
    accepted_at, accepted_ms = time.monotonic(), time.time() * 1000
    # A viewer may be looking at the last picture of the broadcast before: this one is newer.
    wait_until(lambda: (picture.program_ms() or 0.0) >= accepted_ms, 60, "a picture of this one")
    to_picture = time.monotonic() - accepted_at
    to_segment = listed.wait() - accepted_at
    encoder.stop()
    viewer.close()
    return to_picture, to_segment


def _accepted(log: Path) -> int:
    return log.read_text("utf-8", "replace").count(ACCEPTED)


class _Listed:
    """The moment at which a media playlist first lists one more segment; it is read every 20 ms."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._before = self._segments()
        self._at = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def wait(self) -> float:
        self._thread.join(30)
        return self._at

    def _watch(self) -> None:
        while self._segments() <= self._before:
            time.sleep(0.02)
        self._at = time.monotonic()

    def _segments(self) -> int:
        try:
            with urllib.request.urlopen(self._url, timeout=5) as answer:
                return int(answer.read().count(b"#EXTINF"))
        except urllib.error.HTTPError:
            return 0
