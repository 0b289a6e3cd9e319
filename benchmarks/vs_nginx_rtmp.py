"""From the encoder's clock to the picture on screen: ours, and nginx's with its RTMP module.

The same encoder publishes to one after the other, and the same Chromium reads the clock that it
writes over each frame. nginx cuts a segment with each key frame, every 2 s, which is the shortest
that it can with this encoder (its own default is 5 s); hls.js plays them with its defaults.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import CannotMeasure, Figure, percentile
from benchmarks.glass_to_glass import measure
from benchmarks.live_show import live_show
from benchmarks.nginx import PATHS, find_nginx, nginx
from tests.journeys.stage import Stage
from tests.support.live import ROOT, free_port
from tests.support.waiting import wait_until

MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
PLAYER = ROOT / "frontend" / "node_modules" / "hls.js" / "dist" / "hls.min.js"
SAMPLES, SEGMENTS, LISTED_WITHIN_S = 50, 4, 30.0
FIGURES = ("vs_nginx_rtmp", "vs_nginx_rtmp_ours_p50_s", "vs_nginx_rtmp_theirs_p50_s")
_CONFIG = """\
load_module {module};
events {{ worker_connections 256; }}
rtmp {{ server {{ listen 127.0.0.1:{rtmp}; application live {{
  live on; hls on; hls_path {folder}/files; hls_fragment 2s; hls_playlist_length 20s;
}} }} }}
http {{ access_log off; {paths}
  types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; text/html html;
    text/javascript js; }}
  server {{ listen 127.0.0.1:{http}; root {folder}/files; add_header Cache-Control no-cache; }}
}}
"""
# The page of their player. `showfloor` is what the reader of the picture asks for frames.
_PAGE = """\
<!doctype html><video muted autoplay playsinline style="width: 640px"></video>
<script src="hls.min.js"></script>
<script>
  const video = document.querySelector('video');
  const hls = new Hls();
  hls.loadSource('show.m3u8');
  hls.attachMedia(video);
  window.showfloor = { player: {
    get decodedFrames() { return video.getVideoPlaybackQuality().totalVideoFrames; },
  } };
</script>
"""


def run() -> Iterator[Figure]:
    find_nginx()
    if not MODULE.is_file():
        raise CannotMeasure(
            "nginx's RTMP module is missing: install it (Debian: `apt install libnginx-mod-rtmp`)"
        )
    if not PLAYER.is_file():
        raise CannotMeasure("hls.js is missing: `make bench` installs it")
    with live_show() as (stage, slug, address):
        ours = _delay_s(stage, address, f"/shows/{slug}")
        with _nginx_rtmp() as (rtmp, http, files):
            listed = files / "show.m3u8"
            theirs = _delay_s(stage, f"{rtmp}/live/show", f"{http}/player.html", listed)
    yield Figure("vs_nginx_rtmp", ours / theirs, "times", "<= 0.2")
    yield Figure("vs_nginx_rtmp_ours_p50_s", ours, "s")
    yield Figure("vs_nginx_rtmp_theirs_p50_s", theirs, "s")


def _delay_s(stage: Stage, address: str, page: str, listed: Path | None = None) -> float:
    """Publish to `address` and return the median delay on a page, which is opened when the playlist
    `listed` has as many segments as a player wants to stay behind the end, and one more."""
    encoder = stage.publish(address)
    if listed is not None:
        wait_until(
            lambda: listed.is_file() and listed.read_text().count("#EXTINF") >= SEGMENTS,
            LISTED_WITHIN_S, "nginx's segments",
        )  # fmt: skip
    viewer = stage.person()
    opened = viewer.context.new_page()
    opened.goto(page)
    delays = measure(opened, SAMPLES)
    viewer.close()
    encoder.stop()
    return percentile(delays, 0.5)


@contextmanager
def _nginx_rtmp() -> Iterator[tuple[str, str, Path]]:
    """Give nginx's RTMP address, its HTTP address, and the folder of what it serves."""
    with tempfile.TemporaryDirectory(prefix="showfloor-nginx-") as name:
        folder, files = Path(name), Path(name) / "files"
        files.mkdir()
        files.chmod(0o777)  # the worker writes there
        shutil.copy(PLAYER, files)
        (files / "player.html").write_text(_PAGE, "utf-8")
        rtmp, http = free_port(), free_port()
        paths = PATHS.format(folder=folder)
        config = _CONFIG.format(module=MODULE, rtmp=rtmp, http=http, folder=folder, paths=paths)
        with nginx(folder, config):
            yield f"rtmp://127.0.0.1:{rtmp}", f"http://127.0.0.1:{http}", files
