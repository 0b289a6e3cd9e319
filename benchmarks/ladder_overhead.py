"""CPU of a show's video, ours and FFmpeg's together, beside FFmpeg alone with the same ladder.

A film is sent in real time. Ours is the server with its encoder, less what the server uses without
a show: ingest, hub, encoder, packaging, playlists and recording. The baseline of the same run is
FFmpeg with the very arguments that the server gave it, which reads the same film at the same pace
and writes its rungs to nowhere. They take turns.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.encoded_show import started_show
from benchmarks.figures import CannotMeasure, Figure, percentile
from benchmarks.published_film import film, sent, share
from showfloor.adapters.ffmpeg.parent_process import ending_with_us
from tests.roles.test_served import Shop
from tests.support.waiting import wait_until

LADDER = "720:2500,480:1200,360:700"
SIZES = ((1280, 720, 3000),)
TRACKS = ("-map", "0:v:0", "-map", "0:a")
ROUNDS, FILM_S, WATCHED_S, SETTLED_S, WITHIN_S = 2, 12, 5.0, 3.0, 30.0
FIGURES = ("ladder_overhead", "ladder_cpu_pct", "ladder_ffmpeg_alone_cpu_pct")


def run() -> Iterator[Figure]:
    ours, alone = [], []
    with tempfile.TemporaryDirectory(prefix="showfloor-bench-") as folder:
        path = film(Path(folder), SIZES, FILM_S)
        with started_show({"SHOWFLOOR_LADDER": LADDER}) as shop:
            idle = share(_server(shop), WATCHED_S)
            for _ in range(ROUNDS):
                taken, arguments = _with_us(shop, path)
                ours.append(taken - idle)
                alone.append(_alone(arguments, path))
    overheads = [one / other for one, other in zip(ours, alone, strict=True)]
    yield Figure("ladder_overhead", percentile(overheads, 0.5), "times", "<= 1.05")
    yield Figure("ladder_cpu_pct", 100 * percentile(ours, 0.5), "% of a core")
    yield Figure("ladder_ffmpeg_alone_cpu_pct", 100 * percentile(alone, 0.5), "% of a core")


def _with_us(shop: Shop, path: Path) -> tuple[float, list[str]]:
    """Return the share of a core of the server with its encoder, and the encoder's arguments."""
    with sent(path, TRACKS, f"{shop.server.rtmp_url}/{shop.key}"):
        wait_until(lambda: _encoders(_server(shop)), WITHIN_S, "an encoder")
        time.sleep(SETTLED_S)
        arguments = _encoders(_server(shop))
        taken = share(_server(shop), WATCHED_S)
        if not arguments or _encoders(_server(shop)) != arguments:
            raise CannotMeasure("the encoder began anew")
    wait_until(lambda: shop.broadcasts == 0, WITHIN_S, "the encoder to be gone")
    return taken, arguments[0]


def _alone(arguments: Sequence[str], path: Path) -> float:
    """Return the share of a core of FFmpeg alone."""
    outputs = [re.sub(r"^pipe:[1-9]\d*$", "/dev/null", one) for one in arguments]
    command = [outputs[0], "-y", *outputs[1:]]
    with sent(path, TRACKS, "-") as sender:
        encoder = subprocess.Popen(ending_with_us(command), stdin=sender.stdout)
        try:
            time.sleep(SETTLED_S)
            taken = share(encoder.pid, WATCHED_S)
            if encoder.poll() is not None:
                raise CannotMeasure("FFmpeg alone has ended")
        finally:
            encoder.kill()
            encoder.wait(10)
    return taken


def _encoders(server: int) -> list[list[str]]:
    """Return the arguments of the server's children that encode H.264."""
    found = []
    listed = Path(f"/proc/{server}/task").glob("*/children")
    for pid in " ".join(one.read_text() for one in listed).split():
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        except OSError:
            continue  # it has ended meanwhile
        if "libx264" in arguments:
            found.append(arguments)
    return found


def _server(shop: Shop) -> int:
    assert shop.server.process is not None
    return shop.server.process.pid
