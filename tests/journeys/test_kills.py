"""`kill -9` of the server in mid-show, at random moments: no listed segment or part is ever lost,
and the replay is complete to the last part that was listed. And `systemctl stop` in mid-show. One
small rung is encoded, so that another test may run beside these."""

import json
import random
import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.stage import installation
from tests.support.live import LiveServer
from tests.support.publisher import Publisher, clip
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(600)

PART = re.compile(r'^#EXT-X-PART:.*URI="(\d+/360p/\d+)\.(\d+)\.m4s"$', re.MULTILINE)
LENGTH = re.compile(r"^#EXTINF:([\d.]+),\n(\d+/360p/\d+)\.m4s$", re.MULTILINE)
SEGMENT = re.compile(r"^(\d+/360p/\d+\.m4s)$", re.MULTILINE)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    server = small_server(tmp_path)
    yield server
    server.kill()


def small_server(folder: Path) -> LiveServer:
    """One small rung: this is about what is on disk, not about the picture."""
    server = LiveServer(
        folder / "data",
        {"SHOWFLOOR_LADDER": "360:400", "SHOWFLOOR_ENCODER_PRESET": "ultrafast"},
    )
    shutil.copytree(installation(), server.data_dir)
    return server


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=pytest.mark.soak)])
def test_kills_lose_no_listed_part(kills: int, server: LiveServer, tmp_path: Path) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    chance = random.Random(seed)
    slug, key = server.python(MAKE_A_LIVE_SHOW).split()
    source = clip(tmp_path)
    listed: set[str] = set()
    parts: dict[str, int] = {}  # of each segment: the last one that was listed
    for _round in range(kills):
        server.start()
        encoder = Publisher(source, f"{server.rtmp_url}/{key}", "640x360")
        encoder.start()
        wait_for_a_new_segment(server, slug, listed)
        until = time.monotonic() + chance.uniform(0.2, 2.5)
        while time.monotonic() < until:
            text = playlist(server, slug)
            listed |= set(SEGMENT.findall(text))
            parts |= {name: int(index) for name, index in PART.findall(text)}
        server.kill()
        encoder.kill()
    server.start()
    server.python(END_THE_SHOW, slug)
    assert wait_for_the_end(server, slug) >= listed
    lengths = {name: float(length) for length, name in LENGTH.findall(playlist(server, slug))}
    missing = {n for n, last in parts.items() if lengths.get(n, 0.0) < (last + 1) / 3 - 0.01}
    assert len(parts) >= kills  # some of each round
    assert missing == set()
    for name in sorted(listed):
        with urllib.request.urlopen(f"{server.url}/hls/{slug}/{name}", timeout=10) as answer:
            assert answer.status == 200
            assert len(answer.read()) > 1000


def test_stop_in_mid_show_loses_nothing_and_closes_everything(
    server: LiveServer, tmp_path: Path
) -> None:
    """The publisher is cut, what it sent is kept, the exit code is 0."""
    slug, key = server.python(MAKE_A_LIVE_SHOW).split()
    server.start()
    encoder = Publisher(clip(tmp_path), f"{server.rtmp_url}/{key}", "640x360")
    encoder.start()
    wait_until(lambda: "#EXTINF" in server.get_or_empty(f"/hls/{slug}/360p.m3u8"), 40)
    listed = segments(server, slug)
    assert server.stop() == 0
    encoder.exit_text()  # the publisher was cut and exits with an error
    assert server.python(BROADCASTS_STILL_OPEN) == "0\n"
    (index,) = server.data_dir.glob("media/*/index.jsonl")
    kept = [json.loads(line) for line in index.read_text("utf-8").splitlines()]
    assert sum("msn" in record for record in kept) > len(listed)


def wait_for_a_new_segment(server: LiveServer, slug: str, listed: set[str]) -> None:
    before = len(listed)
    wait_until(lambda: len(look(server, slug, listed)) > before, 40, "a segment of this round")


def look(server: LiveServer, slug: str, listed: set[str]) -> set[str]:
    """Note every segment that the playlist lists now."""
    listed |= segments(server, slug)
    return listed


def segments(server: LiveServer, slug: str) -> set[str]:
    return set(SEGMENT.findall(playlist(server, slug)))


def playlist(server: LiveServer, slug: str) -> str:
    return server.get_or_empty(f"/hls/{slug}/360p.m3u8")


def wait_for_the_end(server: LiveServer, slug: str) -> set[str]:
    wait_until(lambda: "#EXT-X-ENDLIST" in playlist(server, slug), 20, "the replay")
    return segments(server, slug)


MAKE_A_LIVE_SHOW = """
from showfloor.accounts.models import Brand, User
from showfloor.media import services as media
from showfloor.shows import services as shows
show = shows.create_show(Brand.objects.get(), shows.ShowDraft(title="Killed again and again"))
shows.start(show, User.objects.get())
print(show.slug, media.stream_key(show.channel))
"""

END_THE_SHOW = """
import sys
from showfloor.accounts.models import User
from showfloor.shows import services as shows
from showfloor.shows.models import Show
shows.end(Show.objects.all_brands().get(slug=sys.argv[1]), User.objects.get())
"""

BROADCASTS_STILL_OPEN = """
from showfloor.shows.models import Broadcast
print(Broadcast.objects.all_brands().filter(ended_at=None).count())
"""
