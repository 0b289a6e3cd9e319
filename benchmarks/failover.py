"""From an encoder that is killed, or comes back, to the picture going on, as an HLS player sees it.

A picture counts when a playlist lists media whose time is after the event. The baseline of the same
run has no backup: another encoder starts at the moment at which the first is killed.
"""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from benchmarks.encoded_show import started_show
from benchmarks.figures import Figure, percentile
from tests.roles.test_served import Shop
from tests.support.publisher import Publisher, clip
from tests.support.waiting import wait_until

ROUNDS = 3
SIZE = "640x360"
WITHIN_S = 30.0
FIGURES = ("failover_s", "failover_same_broadcast", "failover_cold_s", "reconnect_s")


def run() -> Iterator[Figure]:
    with started_show({"SHOWFLOOR_LADDER": "360:700"}) as shop:
        stage = _Stage(shop)
        rounds = [stage.failover() for _ in range(ROUNDS)]
        cold = [stage.cold() for _ in range(ROUNDS)]
    yield Figure("failover_s", percentile([took for took, _ in rounds], 0.5), "s", "<= 1.5")
    yield Figure("failover_same_broadcast", sum(one for _, one in rounds) / ROUNDS, "share", "1")
    yield Figure("failover_cold_s", percentile([took for took, _ in cold], 0.5), "s")
    yield Figure("reconnect_s", percentile([took for _, took in cold], 0.5), "s", "<= 1.5")


class _Stage:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._clip = clip(shop.server.data_dir)
        self._playlist = f"{shop.server.url}/hls/{shop.slug}/360p.m3u8"

    def failover(self) -> tuple[float, bool]:
        """Kill a primary beside which a backup sends; return how long the picture took, s, and
        whether it went on in the same broadcast."""
        with self._publisher("") as primary:
            self._wait_for_picture(time.time())
            with self._publisher("-backup"):
                time.sleep(4)  # at no certain place in its group of pictures
                broadcasts = self._broadcasts()
                took = self._kill(primary)
                same = self._broadcasts() == broadcasts
        return took, same

    def cold(self) -> tuple[float, float]:
        """Kill a lone encoder and start another; return the times from the kill and from its
        acceptance, s."""
        with self._publisher("") as primary:
            self._wait_for_picture(time.time())
            time.sleep(4)
            accepted = self._accepted()
            primary.kill()
            killed_at = time.time()
            with self._publisher(""):
                wait_until(lambda: self._accepted() > accepted, WITHIN_S, "the other encoder")
                accepted_at = time.time()
                self._wait_for_picture(accepted_at)
                now = time.time()
        return now - killed_at, now - accepted_at

    def _kill(self, publisher: Publisher) -> float:
        killed_at = time.time()
        publisher.kill()
        self._wait_for_picture(killed_at)
        return time.time() - killed_at

    @contextmanager
    def _publisher(self, suffix: str) -> Iterator[Publisher]:
        server = self._shop.server
        publisher = Publisher(self._clip, f"{server.rtmp_url}/{self._shop.key}{suffix}", SIZE)
        publisher.start()
        try:
            yield publisher
        finally:
            publisher.kill()

    def _wait_for_picture(self, after: float) -> None:
        wait_until(lambda: _listed_to(self._text()) > after, WITHIN_S, "a newer picture")

    def _text(self) -> str:
        try:
            with urllib.request.urlopen(self._playlist, timeout=5) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError:
            return ""

    def _broadcasts(self) -> int:
        return self._text().count("#EXT-X-MAP")

    def _accepted(self) -> int:
        log = self._shop.server.log_path.read_text("utf-8", "replace")
        return log.count("broadcast_accepted")


def _listed_to(playlist: str) -> float:
    """Return the wall clock of the end of what is listed, s; 0 without any."""
    end = 0.0
    parts = 0.0  # of the segment in the making
    for line in playlist.splitlines():
        if line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            end, parts = datetime.fromisoformat(line.partition(":")[2]).timestamp(), 0.0
        elif found := re.match(r"#EXT-X-PART:.*DURATION=([0-9.]+)", line):
            parts += float(found[1])
        elif found := re.match(r"#EXTINF:([0-9.]+)", line):
            end, parts = end + float(found[1]), 0.0
    return end + parts if end else 0.0
