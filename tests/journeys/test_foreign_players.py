"""Players of others play our stream: ffplay, GStreamer's hlsdemux2, VLC, and our page in Firefox.

Each is run where it is installed and skipped elsewhere; with Debian's packages `ffmpeg`,
`gstreamer1.0-tools` with `-plugins-base`, `-good`, `-bad` and `-libav`, `vlc-bin` with
`vlc-plugin-base`, and `firefox-esr`. Shaka comes from npm and plays in `test_main_job.py`.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import pytest

from tests.journeys.stage import installation
from tests.support.bidi import Firefox
from tests.support.browser import RESULTS
from tests.support.live import LiveServer
from tests.support.publisher import Publisher, clip
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.soak, pytest.mark.whole_machine, pytest.mark.timeout(120)]

PLAYED_S = 8.0  # of the show, by each player
SILENT = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}

MAKE_A_LIVE_SHOW = """
from showfloor.accounts.models import Brand, User
from showfloor.media import services as media
from showfloor.shows import services as shows
show = shows.create_show(Brand.objects.get(), shows.ShowDraft(title="For every player"))
shows.start(show, User.objects.get())
print(show.slug, media.stream_key(show.channel))
"""
SAY = """
import sys
from showfloor.captions import services as captions
from showfloor.shows.models import Show
slug, number = sys.argv[1:]
show = Show.objects.all_brands().get(slug=slug)
for language, words in ("en", "Good evening"), ("de", "Guten Abend"):
    captions.say(show, language, [captions.CaptionDraft(number, f"{words} {number}")], "")
"""


class LiveShow:
    """A show on air with two rungs, and captions in two languages."""

    def __init__(self, server: LiveServer, slug: str) -> None:
        self._server, self.slug, self._said = server, slug, 0
        self.page = f"{server.url}/shows/{slug}"

    def url(self, name: str = "index") -> str:
        return f"{self._server.url}/hls/{self.slug}/{name}.m3u8"

    def talk_while(self, player: "subprocess.Popen[bytes]", seconds: float) -> None:
        """Say something every second while a player runs."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.say()
            with suppress(subprocess.TimeoutExpired):
                player.wait(1)
                return

    def say(self) -> None:
        self._said += 1
        self._server.python(SAY, self.slug, str(self._said))


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveShow]:
    folder = tmp_path_factory.mktemp("players")
    environ = {"SHOWFLOOR_LADDER": "360:400,240:200", "SHOWFLOOR_ENCODER_PRESET": "ultrafast"}
    server = LiveServer(folder / "data", environ)
    shutil.copytree(installation(), server.data_dir)
    slug, key = server.python(MAKE_A_LIVE_SHOW).split()
    server.start()
    encoder = Publisher(clip(folder), f"{server.rtmp_url}/{key}", "640x360")
    encoder.start()
    try:
        ready = LiveShow(server, slug)
        wait_until(lambda: "#EXTINF" in server.get_or_empty(f"/hls/{slug}/360p.m3u8"), 40)
        ready.say()
        wait_until(lambda: "captions-de" in server.get(f"/hls/{slug}/index.m3u8"), 20)
        yield ready
    finally:
        encoder.kill()
        server.stop()


def watch(
    show: LiveShow, seconds: float, program: str, *arguments: str,
    asked: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Let a player without screen and loudspeaker play while the show talks; return what it told.
    `asked`: commands for it at the end, and how its answers end. Skip where it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    # VLC does not run as root.
    user = "nobody" if program == "cvlc" and os.geteuid() == 0 else None
    with tempfile.TemporaryFile() as log:
        player = subprocess.Popen(
            [program, *arguments], stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/",
            env=os.environ | SILENT | {"HOME": tempfile.gettempdir()}, user=user,
        )  # fmt: skip
        try:
            show.talk_while(player, seconds)
            assert player.stdin is not None
            for command, end in (asked or {}).items():
                player.stdin.write(f"{command}\n".encode())
                player.stdin.flush()
                wait_until(partial(lambda end: end in text_of(log), end), 10, command)
        finally:
            player.terminate()
            player.communicate(timeout=20)
        return text_of(log)


def text_of(log: IO[bytes]) -> str:
    """Return what is in a file that a player writes on."""
    return os.pread(log.fileno(), 1 << 24, 0).decode(errors="replace")


def test_ffplay_plays_in_step(show: LiveShow) -> None:
    told = watch(show, PLAYED_S + 6, "ffplay", "-hide_banner", show.url())
    clocks = re.findall(r"([\d.]+) (A-V|M-V|M-A): *(-?[\d.]+) fd= *(\d+)", told)
    assert clocks, told[-2000:]
    assert {kind for _, kind, _, _ in clocks[-50:]} == {"A-V"}, "picture and sound"
    assert float(clocks[-1][0]) - float(clocks[0][0]) >= PLAYED_S / 2
    assert abs(float(clocks[-1][2])) < 0.1
    assert "Error" not in told


@pytest.mark.parametrize("rendition", ["index", "audio"])
def test_gstreamer_plays_pictures_sound_and_captions(show: LiveShow, rendition: str) -> None:
    """By its HLS demuxer of adaptivedemux2, which loads parts; each sink tells what it got."""
    sinks = [
        f'{kind}-sink=fakesink name={kind} sync=true silent=false'
        for kind in ("video", "audio", "text")
    ]  # fmt: skip
    launch = ("gst-launch-1.0", "-v", "playbin3", f"uri={show.url(rendition)}", *sinks)
    told = watch(show, PLAYED_S + 4, *launch)
    assert "GstHLSDemux2" in told
    assert "ERROR" not in told
    got = {kind: times_of(told, kind) for kind in ("video", "audio", "text")}
    assert span_s(got["audio"]) >= PLAYED_S / 2
    if rendition == "index":
        assert len(got["video"]) >= 30 * PLAYED_S / 2
        assert span_s(got["video"]) >= PLAYED_S / 2
        assert len(got["text"]) >= 2
    else:
        assert got["video"] == []


def times_of(told: str, sink: str) -> list[float]:
    """Return the times of the buffers that a sink got, in s."""
    found = re.findall(rf":{sink}: last-message = chain .*? pts: (\d+):(\d+):([\d.]+),", told)
    return [int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in found]


def span_s(times: list[float]) -> float:
    return times[-1] - times[0] if times else 0.0


def test_vlc_shows_frames_and_offers_the_captions(show: LiveShow) -> None:
    silent = ("-I", "rc", "--rc-fake-tty", "--vout", "dummy", "--aout", "dummy")
    ends = {"stats": "end of statistical info", "info": "end of stream info"}
    told = watch(show, PLAYED_S + 6, "cvlc", *silent, show.url(), asked=ends)
    figures = {name: int(n) for name, n in re.findall(r"\| ([a-z ]+?) *: +(\d+)", told)}
    assert "frames displayed" in figures, told[-3000:]
    assert figures["frames displayed"] >= 30 * PLAYED_S / 2
    assert figures["frames lost"] <= 30
    assert figures["buffers played"] > 0
    assert figures["buffers lost"] == 0
    assert {"captions English", "captions Deutsch"} <= set(re.findall("captions [A-Z]\\w+", told))


def test_firefox_shows_the_picture_near_the_live_edge(show: LiveShow, tmp_path: Path) -> None:
    """Our page, in the other engine of browsers: the picture moves, in step with the server."""
    if shutil.which("firefox-esr") is None:
        pytest.skip("firefox-esr is not installed")
    with Firefox(tmp_path) as firefox:
        firefox.open(show.page)
        player = "window.showfloor?.player"
        wait_until(lambda: firefox.tells(f"{player}?.state.hasPicture ?? false"), 40)
        before = firefox.tells(f"{player}.pictureTimeMs")
        wait_until(lambda: firefox.tells(f"{player}.pictureTimeMs") > before + 5_000, 15)
        assert firefox.tells(f"{player}.latencyS") < 6
        assert firefox.tells(f"{player}.video.videoWidth") in {640, 426}
        firefox.screenshot(RESULTS / "firefox.png")
