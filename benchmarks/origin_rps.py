"""Playlists and parts for each CPU-second of the origin, and of nginx that serves the same bytes as
files.

Both are asked for the same addresses by one client. The encoder is gone by then, and what the
server does beside is measured first and taken off.
"""

import asyncio
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import rig
from benchmarks.encoded_show import encoded_show
from benchmarks.figures import Figure, percentile
from benchmarks.hls_clients import Connection
from benchmarks.nginx import PATHS, find_nginx, nginx
from tests.support.live import free_port
from tests.support.waiting import wait_until

ROUNDS, REQUESTS, CLIENTS = 3, 6_000, 20
SIZE, RUNG = "1280x720", "720p"
FIGURES = ("origin_rps_vs_nginx", "origin_requests_per_cpu_s", "nginx_requests_per_cpu_s")
_CONFIG = """\
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; keepalive_requests 1000000; default_type video/mp4; {paths}
  server {{ listen 127.0.0.1:{port}; root {folder}/files; add_header Cache-Control max-age=86400; }}
}}
"""


def run() -> Iterator[Figure]:
    find_nginx()
    with encoded_show(SIZE, "720:2500,240:200") as (shop, encoder):
        time.sleep(8)  # some segments with parts
        encoder.stop()
        server, folder = shop.server, f"/hls/{shop.slug}"
        wait_until(lambda: server.get_json("/healthz")["broadcasts"] == 0, 30, "the encoder's end")
        playlist = f"{folder}/{RUNG}.m3u8"
        parts = re.findall(r'PART:[^\n]*URI="([^"]+)"', server.get(playlist))
        asked = [path for part in parts for path in (playlist, f"{folder}/{part}")]
        assert server.process is not None
        with _files(server.port, sorted(set(asked))) as (port, worker):
            rounds = [
                (_rate(server.process.pid, server.port, asked), _rate(worker, port, asked))
                for _ in range(ROUNDS)
            ]
    ours, theirs = [one for one, _ in rounds], [one for _, one in rounds]
    shares = [one / other for one, other in rounds]
    yield Figure("origin_rps_vs_nginx", percentile(shares, 0.5), "share", ">= 0.5")
    yield Figure("origin_requests_per_cpu_s", percentile(ours, 0.5), "1/s")
    yield Figure("nginx_requests_per_cpu_s", percentile(theirs, 0.5), "1/s")


def _rate(pid: int, port: int, asked: Sequence[str]) -> float:
    """Return requests per CPU-second of a process."""
    began, used = time.monotonic(), rig.cpu_s(pid)
    time.sleep(2)
    idle = (rig.cpu_s(pid) - used) / (time.monotonic() - began)
    began, used = time.monotonic(), rig.cpu_s(pid)
    asyncio.run(_ask(port, asked))
    return REQUESTS / (rig.cpu_s(pid) - used - idle * (time.monotonic() - began))


async def _ask(port: int, asked: Sequence[str]) -> None:
    async def client(number: int) -> None:
        connection = Connection("127.0.0.1", port)
        await connection.open()
        for n in range(number, REQUESTS, CLIENTS):
            status, body = await connection.get(asked[n % len(asked)])
            assert status == 200, asked[n % len(asked)]
            assert body
        connection.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))


@contextmanager
def _files(origin: int, paths: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Let nginx serve the origin's answers to these paths; give the port and the worker's
    process."""
    with tempfile.TemporaryDirectory(prefix="showfloor-nginx-") as name:
        folder, port = Path(name), free_port()
        asyncio.run(_copy(origin, paths, folder / "files"))
        temporary = PATHS.format(folder=folder)
        with nginx(folder, _CONFIG.format(folder=folder, port=port, paths=temporary)) as worker:
            yield port, worker


async def _copy(port: int, paths: Sequence[str], folder: Path) -> None:
    connection = Connection("127.0.0.1", port)
    await connection.open()
    for path in paths:
        status, body = await connection.get(path)
        assert status == 200, path
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    connection.close()
