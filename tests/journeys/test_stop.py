"""`systemctl stop` in mid-show: the publisher is cut, what it sent is kept, the exit code is 0."""

import json
from pathlib import Path

import pytest

from tests.journeys.test_kills import MAKE_A_LIVE_SHOW, segments, small_server
from tests.support.publisher import Publisher, clip
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.whole_machine, pytest.mark.timeout(120)]

BROADCASTS_STILL_OPEN = """
from showfloor.shows.models import Broadcast
print(Broadcast.objects.all_brands().filter(ended_at=None).count())
"""


def test_stop_in_mid_show_loses_nothing_and_closes_everything(tmp_path: Path) -> None:
    server = small_server(tmp_path)
    slug, key = server.python(MAKE_A_LIVE_SHOW).split()
    server.start()
    encoder = Publisher(clip(tmp_path), f"{server.rtmp_url}/{key}")
    encoder.start()
    wait_until(lambda: "#EXTINF" in server.get_or_empty(f"/hls/{slug}/360p.m3u8"), 40)
    listed = segments(server, slug)
    assert server.stop() == 0
    encoder.exit_text()  # the publisher was cut and exits with an error
    assert server.python(BROADCASTS_STILL_OPEN) == "0\n"
    (index,) = server.data_dir.glob("media/*/index.jsonl")
    kept = [json.loads(line) for line in index.read_text("utf-8").splitlines()]
    assert sum("msn" in record for record in kept) > len(listed)
