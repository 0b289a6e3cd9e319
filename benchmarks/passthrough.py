"""CPU of a show whose encoder makes the rungs itself, and of the same show encoded here.

FFmpeg sends three sizes of 30 frames/s and sound by enhanced RTMP, as OBS does, in real
time. What is counted is the server with all its children, less what it uses without a show. The
baseline of the same run sends the largest picture alone.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg

from benchmarks.figures import CannotMeasure, Figure
from tests.roles.test_served import Shop
from tests.support.live import LiveServer
from tests.support.waiting import wait_until

LADDER = "720:2500,480:1200,360:700"
RUNGS = ((1280, 720, 2500), (854, 480, 1200), (640, 360, 700))
FILM_S = 20
WATCHED_S = 12.0
SETTLED_S = 3.0
WITHIN_S = 30.0
FIGURES = ("passthrough_cpu_pct", "encoded_cpu_beside_pct")


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        film = _film(Path(folder))
        server = LiveServer(Path(folder) / "data", environ={"SHOWFLOOR_LADDER": LADDER})
        server.data_dir.mkdir(parents=True)
        server.migrate()
        server.set_up("M", "owner@example.test", "enough-123")
        server.start()
        try:
            shop = Shop(server)
            shop.post("start")
            idle = _share(server)
            passed = _published(shop, film, ("-map", "0")) - idle
            encoded = _published(shop, film, ("-map", "0:v:0", "-map", "0:a")) - idle
        finally:
            server.stop()
    yield Figure("passthrough_cpu_pct", 100 * passed, "% of a core", "<= 5")
    yield Figure("encoded_cpu_beside_pct", 100 * encoded, "% of a core")


def _film(folder: Path) -> Path:
    film = folder / "film.flv"
    sizes = "".join(f";[s{n}]scale={w}:{h}[v{n}]" for n, (w, h, _kbps) in enumerate(RUNGS))
    names = "".join(f"[s{n}]" for n in range(len(RUNGS)))
    tracks = [
        word for n, (_w, _h, kbps) in enumerate(RUNGS)
        for word in (
            "-map", f"[v{n}]", f"-b:v:{n}", f"{kbps}k", f"-maxrate:v:{n}", f"{kbps}k",
            f"-bufsize:v:{n}", f"{kbps}k",
        )
    ]  # fmt: skip
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error",
            "-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=30:duration={FILM_S}",
            "-f", "lavfi", "-i", f"sine=frequency=330:sample_rate=48000:duration={FILM_S}",
            "-filter_complex", f"[0:v]noise=alls=12:allf=t,split={len(RUNGS)}{names}{sizes}",
            *tracks, "-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt",
            "yuv420p", "-tune", "zerolatency", "-g", "60", "-keyint_min", "60",
            "-sc_threshold", "0", "-c:a", "aac", "-ac", "2", "-b:a", "128k", str(film),
        ],
        check=True, timeout=180,
    )  # fmt: skip
    return film


def _published(shop: Shop, film: Path, tracks: tuple[str, ...]) -> float:
    """Return the share of a core that the server takes while these tracks are sent."""
    before = _encodings(shop)
    with _publisher(shop, film, tracks):
        wait_until(lambda: _encodings(shop) > before, WITHIN_S, "an encoding")
        time.sleep(SETTLED_S)
        share = _share(shop.server)
        if shop.broadcasts != 1:
            raise CannotMeasure("the encoder was cut")
    wait_until(lambda: shop.broadcasts == 0, WITHIN_S, "the encoder to be gone")
    return share


def _encodings(shop: Shop) -> int:
    return shop.server.log_path.read_text("utf-8", "replace").count("broadcast_encoding")


@contextmanager
def _publisher(shop: Shop, film: Path, tracks: tuple[str, ...]) -> Iterator[None]:
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re", "-i", str(film), *tracks,
        "-c", "copy", "-f", "flv", f"{shop.server.rtmp_url}/{shop.key}",
    ]  # fmt: skip
    encoder = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        encoder.kill()
        encoder.wait(10)


def _share(server: LiveServer) -> float:
    assert server.process is not None
    began, used_s = time.monotonic(), _cpu_s(server.process.pid)
    time.sleep(WATCHED_S)
    return (_cpu_s(server.process.pid) - used_s) / (time.monotonic() - began)


def _cpu_s(pid: int) -> float:
    """Return the CPU of a process and of its living children, s."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total
