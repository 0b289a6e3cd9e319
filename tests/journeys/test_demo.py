"""`showfloor demo`, the first thing anybody does: shows that are alive, replays, two brands, and
log-ins that work."""

import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import imageio_ffmpeg
import pytest

from showfloor_demo import video
from showfloor_demo.films import FILMS
from tests.support.live import LiveServer
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.whole_machine, pytest.mark.timeout(400)]

DRAWN = "slow-sunday"  # the film that is drawn here; the others lie there, as at a second start
SET_UP_WITHIN_S = 300  # pictures and video are drawn and encoded, on cores that others may use


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[LiveServer]:
    """The demo's process, with its output in a file; ended like by Ctrl-C if the test did not."""
    server = LiveServer(tmp_path / "data", {"SHOWFLOOR_ENCODER_PRESET": "ultrafast"})
    lay_down_films(server.data_dir / "material" / "films")
    with server.log_path.open("ab") as log:
        server.process = subprocess.Popen(
            [sys.executable, "-m", "showfloor.roles.cli", "demo"],
            env=server.env(), cwd=server.data_dir, stdout=log, stderr=log,
        )  # fmt: skip
    yield server
    server.kill()


def test_the_demo_is_live_and_ends_with_ctrl_c(demo: LiveServer) -> None:
    assert demo.process is not None
    wait_until(lambda: "Ctrl-C stops everything" in said(demo), SET_UP_WITHIN_S, "the addresses")
    slug = re.findall(r"/shows/([-a-z0-9]+)\n", said(demo))[0]
    wait_until(lambda: "#EXTINF" in demo.get_or_empty(f"/hls/{slug}/480p.m3u8"), 60, "a picture")
    show = demo.get_json(f"/api/v1/shows/{slug}")
    assert (show["state"], show["curtain"]) == ("live", None)
    assert slug in demo.get("/")
    assert f"/shows/{slug}" in demo.get("/demo")

    # A producer and an audience are at work without anybody pressing anything.
    wait_until(lambda: snapshot(demo, slug)["highlights"], 60, "a card")
    wait_until(lambda: snapshot(demo, slug)["messages"], 60, "somebody who talks")
    wait_until(lambda: sum(snapshot(demo, slug)["reactions"].values()), 60, "a heart")

    # A replay plays to its end, with what was shown and said.
    replays = re.findall(r"/shows/((?:skin|slow)-[-a-z0-9]+)\"", demo.get("/"))
    assert len(set(replays)) == 2
    for replay in sorted(set(replays)):
        then = snapshot(demo, replay)
        assert (then["state"], then["curtain"]) == ("ended", "ended")
        assert len(then["messages"]) > 15
        assert {question["state"] for question in then["questions"]} == {"answered"}
        assert demo.get(f"/hls/{replay}/480p.m3u8").rstrip().endswith("#EXT-X-ENDLIST")

    german = demo.get("/", host=f"scherbenglueck.localhost:{demo.port}")
    assert "offene-werkstatt" in german
    assert slug not in german

    products = demo.get_json(f"/api/v1/shows/{slug}/products")
    assert len(products) >= 9
    assert all(product["image_url"] for product in products)
    levels = {variant["available"] for product in products for variant in product["variants"]}
    assert 0 in levels

    logins = re.findall(r"^ +\w+ +(\S+@\S+) +(\S+)$", said(demo), re.MULTILINE)
    assert len(logins) == 3
    for email, password in logins:
        assert signed_in(demo, email, password) == f"{demo.url}/console/"

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(30) == 0
    demo.process = None
    left = subprocess.run(
        ["pgrep", "-f", str(demo.data_dir)], capture_output=True, text=True, check=False
    )
    assert left.stdout == "", "nothing of it still runs"


def lay_down_films(folder: Path) -> None:
    """Make films of the right lengths and sizes that cost nothing to draw; drawing is tested in
    `tests/demo`."""
    folder.mkdir(parents=True)
    for film in FILMS.values():
        if film.name == DRAWN:
            continue
        size, long_s = f"{film.size[0]}x{film.size[1]}", str(film.long_s)
        subprocess.run(
            [
                imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error",
                "-f", "lavfi", "-i", f"color=c=0x7a3b46:s={size}:r={film.fps}",
                "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000", "-t", long_s,
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
                "-g", str(2 * film.fps), "-c:a", "aac",
                str(folder / f"{film.name}.mp4"),
            ],
            check=True, timeout=120,
        )  # fmt: skip
        (folder / f"{film.name}.made").write_text(video.source_state())


def snapshot(demo: LiveServer, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = demo.get_json(f"/api/v1/shows/{slug}")
    return found


def said(demo: LiveServer) -> str:
    assert demo.process is not None
    assert demo.process.poll() is None, demo.log_path.read_text("utf-8")[-3000:]
    return demo.log_path.read_text("utf-8")


def signed_in(demo: LiveServer, email: str, password: str) -> str:
    """Sign in with the printed log-in and return the page that follows."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(f"{demo.url}/accounts/login/", timeout=10).close()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = urlencode({"login": email, "password": password, "csrfmiddlewaretoken": token})
    with opener.open(f"{demo.url}/accounts/login/", form.encode(), timeout=10) as landed:
        return str(landed.url)
